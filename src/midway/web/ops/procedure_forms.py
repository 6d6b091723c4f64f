"""The forms of a procedure's page."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from midway.ops.procedure import Limit

SPANS = (
    ("1", _("One day")),
    ("7", _("One week")),
    ("30", _("One month")),
    ("90", _("Three months")),
)


class SnoozeForm(forms.Form):
    """What sleeps, how long and why."""

    prefix = "snooze"
    object = forms.CharField(max_length=200, required=False, label=_("Only this object"))
    days = forms.ChoiceField(choices=SPANS, initial="7", label=_("It sleeps for"))
    reason = forms.CharField(max_length=300, label=_("Why"))

    def span(self) -> timedelta:
        """How long."""
        return timedelta(days=int(self.cleaned_data["days"]))


class LimitForm(forms.Form):
    """Two thresholds and why they are set so. `reason` is only needed to set them, not to try them."""

    warn = forms.FloatField(required=False, label=_("Warn at"))
    crit = forms.FloatField(required=False, label=_("Critical at"))
    reason = forms.CharField(max_length=300, required=False, label=_("Why"))

    def __init__(self, limit: Limit, data: Any = None) -> None:
        super().__init__(data, prefix=f"limit-{limit.name}", initial={"warn": limit.warn, "crit": limit.crit})
        self.limit = limit

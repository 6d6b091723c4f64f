"""What customers say about a plan: when it rests, when it ends, on which day and at what time it comes."""

from collections.abc import Mapping
from datetime import date, time
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from midway.booking.models import Plan
from midway.web.design.words import time_in_words, weekday_in_words

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

A_DAY = {"required": _("Choose a day."), "invalid": _("Write the day as 2026-11-24.")}


def _day(label: "_StrPromise", *, required: bool = True, hint: "_StrPromise | str" = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget, error_messages=A_DAY, help_text=hint)


class FromForm(forms.Form):
    """From which day on; never one that has gone by."""

    from_on = _day(_("From"))

    def __init__(self, data: Mapping[str, Any] | None = None, *, today: date, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.today = today

    def clean_from_on(self) -> date:
        """A day that has gone by changes nothing any more."""
        day: date = self.cleaned_data["from_on"]
        if day < self.today:
            raise forms.ValidationError(_("This day has gone by. Choose today or a later one."))
        return day


class PauseForm(FromForm):
    """When it rests."""

    resumes_on = _day(_("Goes on from"), required=False, hint=_("Leave it empty if you do not know yet."))

    def clean(self) -> dict[str, Any]:
        """A pause ends after it begins."""
        given = super().clean() or {}
        if given.get("resumes_on") and given.get("from_on") and given["resumes_on"] <= given["from_on"]:
            self.add_error("resumes_on", _("It can only go on after it has paused."))
        return given


class EndForm(FromForm):
    """When it ends, and why."""

    reason = forms.CharField(
        label=_("Would you tell us why?"),
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class ChangeForm(FromForm):
    """Another weekday or time, from a day on."""

    weekday = forms.TypedChoiceField(label=_("Day"), coerce=int)
    clock = forms.ChoiceField(label=_("Time"))

    def __init__(self, data: Mapping[str, Any] | None = None, *, plan: Plan, today: date) -> None:
        chosen = {"weekday": plan.weekdays[0], "clock": plan.local_time.strftime("%H:%M"), "from_on": today}
        super().__init__(data, today=today, initial=chosen)
        grid = plan.branch.start_grid_minutes
        times = {time(m // 60, m % 60) for m in range(7 * 60, 19 * 60, grid)} | {plan.local_time}
        days, clocks = self.fields["weekday"], self.fields["clock"]
        assert isinstance(days, forms.ChoiceField)
        assert isinstance(clocks, forms.ChoiceField)
        # A Monday, from which the names of the weekdays are read.
        days.choices = [(n, weekday_in_words(date(2026, 3, 2 + n)).capitalize()) for n in range(7)]
        clocks.choices = [(t.strftime("%H:%M"), time_in_words(t)) for t in sorted(times)]

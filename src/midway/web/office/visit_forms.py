"""What the office may ask of a visit, as forms."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from midway.booking.models import Visit
from midway.core.timespan import local_instant
from midway.core.visit_states import VisitState
from midway.crew.models import Cleaner
from midway.fieldwork.actions.finish_visit import Worked


class MoveForm(forms.Form):
    """Another time: one of those suggested (`start`), or a day and a wall-clock time of the branch."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    start = forms.DateTimeField(required=False, input_formats=["%Y-%m-%dT%H:%M:%S%z"])
    on = forms.DateField(label=_("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    at = forms.TimeField(
        label=_("Begins at"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time", "step": 900}, format="%H:%M"),
    )
    keep = forms.BooleanField(label=_("With the same people, or not at all"), required=False)
    tell = forms.BooleanField(label=_("Tell the customer by e-mail"), required=False)

    def __init__(self, data: Any = None, *, visit: Visit, **rest: Any) -> None:
        super().__init__(data, **rest)
        self.visit = visit

    @classmethod
    def of(cls, visit: Visit) -> "MoveForm":
        """The form as it stands before anybody touched it."""
        local = visit.starts_at.astimezone(visit.branch.zoneinfo)
        begun = {"revision": visit.revision, "on": local.date().isoformat(), "at": local.time(), "tell": True}
        return cls(visit=visit, initial=begun)

    def clean(self) -> dict[str, Any]:
        """Will turn the answers into one moment, `to`."""
        answers: dict[str, Any] = super().clean() or {}
        if answers.get("start"):
            answers["to"] = answers["start"]
        elif answers.get("on") and answers.get("at"):
            answers["to"] = local_instant(answers["on"], answers["at"], self.visit.branch.zoneinfo)
        elif not self.errors:
            self.add_error("on", _("Say the day and the time, or choose one of the suggested times."))
        return answers

    @property
    def to(self) -> datetime:
        """The moment asked for, once the form is valid."""
        moment = self.cleaned_data["to"]
        assert isinstance(moment, datetime)
        return moment


class AssignForm(forms.Form):
    """Who should come: those ticked, or with none ticked whoever is free."""

    cleaners: "forms.ModelMultipleChoiceField[Cleaner]" = forms.ModelMultipleChoiceField(
        queryset=Cleaner.objects.none(), required=False, to_field_name="code"
    )

    def __init__(self, data: Any = None, *, visit: Visit) -> None:
        super().__init__(data)
        field: Any = self.fields["cleaners"]
        on = visit.starts_at.astimezone(visit.branch.zoneinfo).date()
        field.queryset = Cleaner.objects.employed_on(on).filter(branch=visit.branch_id)


class PriceForm(forms.Form):
    """Another price for this visit, and why."""

    price = forms.DecimalField(label=_("New price"), min_value=0, max_value=100000, decimal_places=2)
    reason = forms.CharField(
        label=_("Why?"), max_length=300, error_messages={"required": _("Say why the price changes; it is kept.")}
    )

    @classmethod
    def of(cls, visit: Visit) -> "PriceForm":
        """The form as it stands before anybody touched it."""
        return cls(initial={"price": Decimal(visit.price_cents) / 100})

    @property
    def price_cents(self) -> int:
        """The price, once the form is valid."""
        return int(self.cleaned_data["price"] * 100)


class CancelForm(forms.Form):
    """Why, and whether the fee is let go."""

    reason = forms.CharField(label=_("Why?"), max_length=300, required=False)
    waive = forms.BooleanField(label=_("Let the fee go"), required=False)

    def clean(self) -> dict[str, Any]:
        """Will ask for a reason when a fee is let go: the owner wants to know."""
        answers: dict[str, Any] = super().clean() or {}
        if answers.get("waive") and not answers.get("reason", "").strip():
            self.add_error("reason", _("Say why the fee is let go; the owner sees it."))
        return answers


class ExtrasForm(forms.Form):
    """The extras to be done at one visit: those sold now, and those it has already."""

    extras = forms.MultipleChoiceField(label=_("Extras"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, data: Any = None, *, visit: Visit, sold: Mapping[str, str]) -> None:
        super().__init__(data, initial={"extras": list(visit.agreed_extras)}, auto_id="extras_%s")
        quoted = {extra["code"]: extra["name"] for extra in visit.booking.quote.price_list.rates.get("extras", ())}
        had = {code: quoted.get(code, code) for code in visit.agreed_extras}
        choice: Any = self.fields["extras"]
        choice.choices = list({**had, **sold}.items())


class TimeForm(forms.Form):
    """How long it really took, and how many people were there."""

    minutes = forms.IntegerField(label=_("Minutes they were there"), min_value=1, max_value=960)
    people = forms.IntegerField(label=_("People"), min_value=1, max_value=12)

    def __init__(self, *args: Any, may_be_blank: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if may_be_blank:
            self.fields["minutes"].required = False
            self.fields["minutes"].help_text = _("Leave it empty where nobody knows.")

    def worked(self) -> Worked | None:
        """How long it took, where somebody knows."""
        minutes = self.cleaned_data["minutes"]
        return None if minutes is None else Worked(minutes, self.cleaned_data["people"])

    @classmethod
    def of(cls, visit: Visit) -> "TimeForm":
        """The form as it stands before anybody touched it: as it was promised, or empty until the visit is over."""
        is_over = visit.state in {VisitState.DONE, VisitState.LOCKED_OUT}
        minutes = int(visit.duration.total_seconds()) // 60 if is_over else None
        begun = {"minutes": minutes, "people": visit.team_size}
        return cls(initial=begun, auto_id="time_%s", may_be_blank=not is_over)

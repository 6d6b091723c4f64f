"""A new plan as a form: an appointment that comes again."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from midway.booking.plan_queries import rule_of_frequency
from midway.core.pricing import Home
from midway.core.recurrence import LAST, Change, HolidayShift, Rule
from midway.crew.models import Branch, Cleaner
from midway.web.office.appointment_forms import AppointmentForm
from midway.web.office.plan_forms import SHIFTS, weekday_choices

MONTHLY = "monthly"
RHYTHMS = (
    ("weekly", _("Every week")),
    ("biweekly", _("Every 2 weeks")),
    ("every_3_weeks", _("Every 3 weeks")),
    ("every_4_weeks", _("Every 4 weeks")),
    (MONTHLY, _("Every month on the same weekday")),
)


class PlanForm(AppointmentForm):
    """The whole plan. The rhythm begins with the first visit's day."""

    rhythm = forms.ChoiceField(label=_("How often"), choices=RHYTHMS)
    also = forms.MultipleChoiceField(
        label=_("Also on these days of the same week"), required=False, widget=forms.CheckboxSelectMultiple
    )
    holiday_shift = forms.ChoiceField(label=_("On closed days it is held"), choices=SHIFTS)
    preferred: "forms.ModelMultipleChoiceField[Cleaner]" = forms.ModelMultipleChoiceField(
        label=_("Ask first"), queryset=Cleaner.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    NEEDED_FOR_TIMES: ClassVar[frozenset[str]] = frozenset(
        {"service", "postcode", "bedrooms", "bathrooms", "half_baths", "square_feet", "extras", "rhythm", "on"}
    )
    NEEDED_FOR_CHECK: ClassVar[frozenset[str]] = NEEDED_FOR_TIMES | {"start", "also", "holiday_shift", "preferred"}

    def __init__(self, data: Any = None, *, branch: Branch, **rest: Any) -> None:
        super().__init__(data, **rest)
        self.branch = branch
        also: Any = self.fields["also"]
        also.choices = weekday_choices()
        preferred: Any = self.fields["preferred"]
        preferred.queryset = Cleaner.objects.employed().filter(branch=branch).order_by("name")

    def keep_errors_of(self, fields: Collection[str]) -> None:
        """Will forget what is still missing for later steps."""
        for name in set(self.errors) - set(fields):
            del self.errors[name]

    def home(self) -> Home:
        """The answers as prices are worked out from; once a month costs as every four weeks."""
        said = self.cleaned_data
        return replace(super().home(), frequency="every_4_weeks" if said["rhythm"] == MONTHLY else said["rhythm"])

    def rule(self) -> Rule:
        """The days and the clock time, counted from the first visit."""
        said = self.cleaned_data
        start: datetime = said["start"]
        local = start.astimezone(self.offer().branch.zoneinfo)
        if said["rhythm"] == MONTHLY:
            number = (local.day - 1) // 7 + 1
            nth = number if number < 5 else LAST
            return Rule(local.date(), local.time(), frozenset({local.weekday()}), nth=nth)
        rule = rule_of_frequency(said["rhythm"], start, self.offer().branch)
        days = rule.weekdays | {int(n) for n in said.get("also") or ()}
        return Rule(rule.anchor, rule.clock, frozenset(days), every=rule.every)

    def shift(self) -> HolidayShift:
        """What becomes of a date on a closed day."""
        return HolidayShift(self.cleaned_data["holiday_shift"])


def decided_for(data: Mapping[str, Any]) -> dict[date, Change]:
    """What was decided for single dates: `decide-<date>` is `skip`, a moment, or anything else to leave it open."""
    decided = {}
    for name in data:
        if name.startswith("decide-"):
            change = _change(str(data[name]))
            if change is not None:
                try:
                    decided[date.fromisoformat(name.removeprefix("decide-"))] = change
                except ValueError:
                    continue
    return decided


def _change(said: str) -> Change | None:
    if said == "skip":
        return Change()
    try:
        moved_to = datetime.fromisoformat(said)
    except ValueError:
        return None
    return Change(moved_to) if moved_to.tzinfo else None

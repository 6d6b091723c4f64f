"""What the office may agree about a plan, as forms."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from midway.booking.actions import PlanChange
from midway.booking.models import Plan
from midway.core.recurrence import HolidayShift, Rule
from midway.core.timespan import local_instant
from midway.crew.models import Cleaner
from midway.web.office.people_forms import CLOCK, DATE
from midway.web.office.plan_words import HOLIDAY_WORDS, weekday_name

NTH = (
    ("", gettext_lazy("every week it is due")),
    ("1", gettext_lazy("the first of the month")),
    ("2", gettext_lazy("the second of the month")),
    ("3", gettext_lazy("the third of the month")),
    ("4", gettext_lazy("the fourth of the month")),
    ("-1", gettext_lazy("the last of the month")),
)
SHIFTS = [(shift.value, words) for shift, words in HOLIDAY_WORDS.items()]


def weekday_choices() -> list[tuple[str, str]]:
    """The weekdays by name."""
    return [(str(n), weekday_name(n)) for n in range(7)]


class MoveDateForm(forms.Form):
    """Another day and time for one date."""

    to_on = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput(attrs=DATE))
    to_at = forms.TimeField(label=gettext_lazy("Time"), widget=forms.TimeInput(attrs=CLOCK, format="%H:%M"))

    def moment(self, plan: Plan) -> datetime:
        """The moment asked for, by the branch's clock."""
        return local_instant(self.cleaned_data["to_on"], self.cleaned_data["to_at"], plan.branch.zoneinfo)


class ChangeForm(forms.Form):
    """What is to be different of a plan, from a date on or for all that is to come."""

    scope = forms.ChoiceField(
        label=gettext_lazy("Which dates"),
        choices=[("future", gettext_lazy("From this date on")), ("whole", gettext_lazy("All that are to come"))],
    )
    from_on = forms.DateField(label=gettext_lazy("Date"), widget=forms.DateInput(attrs=DATE))
    weekdays = forms.MultipleChoiceField(label=gettext_lazy("Weekdays"), widget=forms.CheckboxSelectMultiple)
    local_time = forms.TimeField(label=gettext_lazy("At"), widget=forms.TimeInput(attrs=CLOCK, format="%H:%M"))
    every = forms.IntegerField(label=gettext_lazy("Every … weeks or months"), min_value=1, max_value=26)
    nth = forms.ChoiceField(label=gettext_lazy("Which of them"), choices=NTH, required=False)
    duration_minutes = forms.IntegerField(label=gettext_lazy("Minutes"), min_value=15, max_value=960)
    team_size = forms.IntegerField(label=gettext_lazy("People"), min_value=1, max_value=8)
    holiday_shift = forms.ChoiceField(label=gettext_lazy("On closed days it is held"), choices=SHIFTS)
    price = forms.DecimalField(label=gettext_lazy("Price a visit"), min_value=Decimal(0), decimal_places=2)

    def __init__(self, data: Any = None, *, plan: Plan, next_on: date, may_price: bool) -> None:
        begun = {
            "scope": "future",
            "from_on": next_on.isoformat(),
            "weekdays": [str(n) for n in plan.weekdays],
            "local_time": plan.local_time,
            "every": plan.every,
            "nth": "" if plan.nth is None else str(plan.nth),
            "duration_minutes": plan.duration_minutes,
            "team_size": plan.team_size,
            "holiday_shift": plan.holiday_rule,
            "price": Decimal(plan.price_cents) / 100,
        }
        super().__init__(data, initial=begun, auto_id="change_%s")
        self.plan = plan
        weekdays: Any = self.fields["weekdays"]
        weekdays.choices = weekday_choices()
        if not may_price:
            del self.fields["price"]

    def change(self) -> PlanChange:
        """Only what is different."""
        said, plan = self.cleaned_data, self.plan
        rule = self._rule()
        price = said.get("price")
        cents = None if price is None else int(price * 100)
        return PlanChange(
            rule=None if rule == plan.rule else rule,
            duration_minutes=_if_new(said["duration_minutes"], plan.duration_minutes),
            team_size=_if_new(said["team_size"], plan.team_size),
            price_cents=_if_new(cents, plan.price_cents),
            holiday_shift=HolidayShift(said["holiday_shift"]) if said["holiday_shift"] != plan.holiday_rule else None,
        )

    def _rule(self) -> Rule:
        said = self.cleaned_data
        return replace(
            self.plan.rule,
            weekdays=frozenset(int(n) for n in said["weekdays"]),
            clock=said["local_time"],
            every=said["every"],
            nth=int(said["nth"]) if said["nth"] else None,
        )


def _if_new(said: int | None, present: int) -> int | None:
    return None if said == present else said


class PauseForm(forms.Form):
    """From which day a plan rests, until when, and why."""

    from_on = forms.DateField(label=gettext_lazy("From the date"), widget=forms.DateInput(attrs=DATE))
    resumes_on = forms.DateField(
        label=gettext_lazy("Takes place again from"), required=False, widget=forms.DateInput(attrs=DATE)
    )
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=300, required=False)

    def clean(self) -> dict[str, Any]:
        """Will ask for an end after the beginning."""
        answers: dict[str, Any] = super().clean() or {}
        first, last = answers.get("from_on"), answers.get("resumes_on")
        if first and last and last <= first:
            self.add_error("resumes_on", _("It ends before it begins."))
        return answers


class ResumeForm(forms.Form):
    """From which day a plan takes place again."""

    from_on = forms.DateField(label=gettext_lazy("From the date"), widget=forms.DateInput(attrs=DATE))


class EndForm(forms.Form):
    """The first day without a visit, and why."""

    from_on = forms.DateField(label=gettext_lazy("No visit from"), widget=forms.DateInput(attrs=DATE))
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=300, required=False)


class PreferForm(forms.Form):
    """Who should rather come."""

    cleaners: "forms.ModelMultipleChoiceField[Cleaner]" = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Ask first"),
        queryset=Cleaner.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, data: Any = None, *, plan: Plan) -> None:
        super().__init__(data, initial={"cleaners": plan.preferred.all()}, auto_id="prefer_%s")
        field: Any = self.fields["cleaners"]
        people = Cleaner.objects.employed().filter(branch=plan.branch)
        skill = plan.service.skill_id
        field.queryset = (people.filter(skills=skill) if skill else people).order_by("name")

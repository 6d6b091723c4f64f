"""What the office may say of the people who clean, as forms."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from midway.core.timespan import Span, local_instant
from midway.crew.actions import CleanerDetails
from midway.crew.models import Absence, Branch, Cleaner, Skill, Team
from midway.crew.queries import week_from
from midway.web.design.words import weekday_in_words

DATE = {"type": "date"}
CLOCK = {"type": "time", "step": 900}
MONDAY = date(2024, 1, 1)
"""Any Monday, for the names of weekdays."""


class PersonForm(forms.Form):
    """Name, phone, language, skills, team."""

    name = forms.CharField(label=_("Name"), max_length=120)
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=[("en", "English"), ("es", "Español")])
    team: "forms.ModelChoiceField[Team]" = forms.ModelChoiceField(
        label=_("Team"), queryset=Team.objects.none(), required=False, empty_label=_("None")
    )
    skills: "forms.ModelMultipleChoiceField[Skill]" = forms.ModelMultipleChoiceField(
        label=_("Has learnt"), queryset=Skill.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any = None, *, branch: Branch, **rest: Any) -> None:
        super().__init__(data, **rest)
        team: Any = self.fields["team"]
        skills: Any = self.fields["skills"]
        team.queryset = Team.objects.in_use().filter(branch=branch).order_by("name")
        skills.queryset = Skill.objects.in_use().order_by("name")

    @classmethod
    def of(cls, cleaner: Cleaner) -> "PersonForm":
        """The form as it stands."""
        begun = {
            "name": cleaner.name,
            "phone": cleaner.phone,
            "language": cleaner.language,
            "team": cleaner.teams.filter(retired_at__isnull=True).first(),
            "skills": list(cleaner.skills.all()),
        }
        return cls(branch=cleaner.branch, initial=begun)

    def details(self) -> CleanerDetails:
        """The answers as the action takes them."""
        said = self.cleaned_data
        return CleanerDetails(
            name=said["name"],
            phone=said["phone"],
            language=said["language"],
            skills=list(said["skills"]),
            team=said["team"],
        )


@dataclass(frozen=True)
class WeekdayFields:
    """The fields of one weekday: two stretches of hours."""

    name: str
    fields: list[forms.BoundField]


class WeekForm(forms.Form):
    """Weekly hours from a day on: two stretches a weekday, both empty for a day off."""

    from_day = forms.DateField(label=pgettext_lazy("hours", "From"), widget=forms.DateInput(attrs=DATE))

    def __init__(self, data: Any = None, **rest: Any) -> None:
        super().__init__(data, **rest)
        for weekday in range(7):
            for part in ("a", "b"):
                for edge, label in (("start", _("from")), ("end", _("to"))):
                    widget = forms.TimeInput(attrs={**CLOCK, "aria-label": self._say(weekday, label)}, format="%H:%M")
                    self.fields[f"{edge}{weekday}{part}"] = forms.TimeField(label=label, required=False, widget=widget)

    @classmethod
    def as_planned(cls, cleaner: Cleaner, *, on: date) -> "WeekForm":
        """The form as the week stands on a day."""
        begun: dict[str, Any] = {"from_day": on.isoformat()}
        for weekday, hours in week_from(cleaner, on=on).items():
            for part, (start, end) in zip("ab", hours, strict=False):
                begun[f"start{weekday}{part}"], begun[f"end{weekday}{part}"] = start, end
        return cls(initial=begun)

    @property
    def weekdays(self) -> Iterator[WeekdayFields]:
        """The weekdays with their fields, for the page."""
        for weekday in range(7):
            names = [f"{edge}{weekday}{part}" for part in "ab" for edge in ("start", "end")]
            yield WeekdayFields(self._name(weekday), [self[name] for name in names])

    def clean(self) -> dict[str, Any]:
        """Will ask for both ends of every stretch, and for stretches that do not overlap."""
        answers: dict[str, Any] = super().clean() or {}
        for weekday in range(7):
            spans = []
            for part in "ab":
                start, end = answers.get(f"start{weekday}{part}"), answers.get(f"end{weekday}{part}")
                if (start is None) != (end is None):
                    self.add_error(f"end{weekday}{part}", _("Say from when and until when, or leave both empty."))
                elif start is not None and end is not None:
                    spans.append((start, end))
            if len(spans) == 2 and not spans[0][1] <= spans[1][0]:
                self.add_error(f"start{weekday}b", _("The second stretch begins before the first ends."))
        return answers

    def week(self) -> dict[int, list[tuple[time, time]]]:
        """The hours by weekday."""
        said = self.cleaned_data
        return {
            weekday: [
                (said[f"start{weekday}{part}"], said[f"end{weekday}{part}"])
                for part in "ab"
                if said.get(f"start{weekday}{part}") is not None
            ]
            for weekday in range(7)
        }

    @staticmethod
    def _name(weekday: int) -> str:
        return weekday_in_words(MONDAY + timedelta(days=weekday))

    def _say(self, weekday: int, label: Any) -> str:
        return f"{self._name(weekday)} {label}"


class HireForm(WeekForm, PersonForm):
    """Somebody new: who they are and when they work."""

    field_order = ("name", "phone", "language", "team", "skills", "from_day")

    def __init__(self, data: Any = None, *, branch: Branch, today: date) -> None:
        begun: dict[str, Any] = {"from_day": today.isoformat()}
        for weekday in range(5):
            begun[f"start{weekday}a"], begun[f"end{weekday}a"] = time(8), time(17)
        super().__init__(data, branch=branch, initial=begun)


class DayForm(forms.Form):
    """Other hours on one date; without times, a day off."""

    on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs=DATE))
    start = forms.TimeField(label=pgettext_lazy("hours", "From"), required=False, widget=forms.TimeInput(attrs=CLOCK))
    end = forms.TimeField(label=pgettext_lazy("hours", "To"), required=False, widget=forms.TimeInput(attrs=CLOCK))
    reason = forms.CharField(label=_("Why"), max_length=120, required=False)

    def clean(self) -> dict[str, Any]:
        """Will ask for both times or none."""
        answers: dict[str, Any] = super().clean() or {}
        if (answers.get("start") is None) != (answers.get("end") is None) and not self.errors:
            self.add_error("end", _("Say from when and until when, or leave both empty for a day off."))
        return answers

    def hours(self) -> list[tuple[time, time]]:
        """The hours asked for."""
        said = self.cleaned_data
        return [(said["start"], said["end"])] if said["start"] is not None else []


class AbsenceForm(forms.Form):
    """Away from a day to a day, both included; with times, only between them."""

    first = forms.DateField(label=_("First day"), widget=forms.DateInput(attrs=DATE))
    last = forms.DateField(label=_("Last day"), required=False, widget=forms.DateInput(attrs=DATE))
    start = forms.TimeField(label=pgettext_lazy("hours", "From"), required=False, widget=forms.TimeInput(attrs=CLOCK))
    end = forms.TimeField(label=pgettext_lazy("hours", "To"), required=False, widget=forms.TimeInput(attrs=CLOCK))
    reason = forms.ChoiceField(
        label=_("Why"), choices=[("sick", _("Sick")), ("vacation", _("On holiday")), ("other", _("Something else"))]
    )
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, data: Any = None, *, branch: Branch) -> None:
        super().__init__(data)
        self.zone = branch.zoneinfo

    def clean(self) -> dict[str, Any]:
        """Will turn the answers into a span, `during`."""
        answers: dict[str, Any] = super().clean() or {}
        if self.errors:
            return answers
        first, last = answers["first"], answers.get("last") or answers["first"]
        begins = local_instant(first, answers.get("start") or time(0), self.zone)
        ends = self._end(last, answers.get("end"))
        if begins >= ends:
            self.add_error("last" if answers.get("last") else "end", _("It ends before it begins."))
        else:
            answers["during"] = Span(begins, ends)
        return answers

    def _end(self, last: date, end: time | None) -> datetime:
        if end is None:
            return local_instant(last + timedelta(days=1), time(0), self.zone)
        return local_instant(last, end, self.zone)

    def reason_given(self) -> Absence.Reason:
        """Why, as the action takes it."""
        return Absence.Reason(self.cleaned_data["reason"])


class HolidayForm(forms.Form):
    """A day on which the branch is closed."""

    on = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs=DATE))
    name = forms.CharField(label=_("What it is called"), max_length=80)

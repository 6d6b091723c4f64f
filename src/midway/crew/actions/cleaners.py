"""Hiring somebody and keeping their details."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from midway.core.actor import Actor
from midway.crew.actions.calendar_days import write_calendar
from midway.crew.actions.weekly_hours import Hours
from midway.crew.models import Branch, Cleaner, Shift, Skill, Team
from midway.journal.actions import record
from midway.runtime.database import one_transaction


@dataclass(frozen=True)
class CleanerDetails:
    """What the office says of somebody who cleans."""

    name: str
    phone: str = ""
    language: str = "en"
    skills: Sequence[Skill] = ()
    team: Team | None = None


@one_transaction
def hire_cleaner(
    *, branch: Branch, details: CleanerDetails, week: Mapping[int, Hours], from_day: date, by: Actor, now: datetime
) -> Cleaner:
    """Will add somebody who cleans, with their weekly hours and their calendar, so that they can be booked at once."""
    cleaner = Cleaner.objects.create(
        branch=branch, name=details.name, phone=details.phone, language=details.language, employed_from=from_day
    )
    _set_skills_and_team(cleaner, details)
    for weekday, hours in week.items():
        for start, end in hours:
            Shift.objects.create(cleaner=cleaner, weekday=weekday, start=start, end=end, valid_from=from_day)
    write_calendar(cleaner=cleaner, now=now)
    record(event="crew.cleaner.hired", subject=cleaner.code, by=by, at=now, facts={"from": from_day})
    return cleaner


@one_transaction
def change_cleaner(*, cleaner: Cleaner, details: CleanerDetails, by: Actor, now: datetime) -> None:
    """Will keep somebody's name, phone, language, skills and team."""
    row = Cleaner.objects.select_for_update(no_key=True).get(pk=cleaner.pk)
    row.name, row.phone, row.language = details.name, details.phone, details.language
    row.save(update_fields=["name", "phone", "language"])
    _set_skills_and_team(row, details)
    skills = sorted(skill.code for skill in details.skills)
    record(event="crew.cleaner.changed", subject=row.code, by=by, at=now, facts={"skills": skills})


def _set_skills_and_team(cleaner: Cleaner, details: CleanerDetails) -> None:
    cleaner.skills.set(details.skills)
    cleaner.teams.set([] if details.team is None else [details.team])

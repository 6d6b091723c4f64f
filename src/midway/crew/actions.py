"""Hiring, hours, days off and the calendar's days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from django.db import connection
from django.db.models import Count, Max
from psycopg.types.range import TimestamptzRange as DateTimeTZRange

from midway.core.actor import Actor
from midway.core.timespan import Span
from midway.crew import calendar
from midway.crew.before import hours_before
from midway.crew.models import (
    Absence,
    Branch,
    CalendarDay,
    Cleaner,
    Commitment,
    Holiday,
    Shift,
    ShiftException,
    Skill,
    Team,
)
from midway.crew.queries import branch_subject, week_from
from midway.journal.actions import keep_before, record
from midway.runtime.database import one_transaction

CALENDAR_MARGIN_DAYS = 14
"""How far the calendar is written past the booking horizon, so that a worker may be away for a while."""

PLAN_REACH_DAYS = 58 * 7
"""Recurring plans take cleaners 52 weeks ahead, and a few weeks more when a month's day is changed."""


Hours = Sequence[tuple[time, time]]
"""Working hours on one day, from and to, in order."""


class HolidayKnown(ValueError):
    """This day is closed already."""


class AbsenceNotFound(LookupError):
    """This absence was already withdrawn."""


@one_transaction
def set_weekly_hours(
    *, cleaner: Cleaner, weekday: int, hours: Sequence[tuple[time, time]], from_day: date, by: Actor, now: datetime
) -> None:
    """Will set a cleaner's hours on a weekday from a day on; earlier weeks keep theirs. No hours: not working."""
    before = hours_before(cleaner, weekday=weekday)
    later = Shift.objects.filter(cleaner=cleaner, weekday=weekday)
    later.filter(valid_from__gte=from_day).delete()
    for shift in later.filter(valid_to__isnull=True) | later.filter(valid_to__gte=from_day):
        shift.valid_to = from_day - timedelta(days=1)
        shift.save(update_fields=["valid_to"])
    for start, end in hours:
        Shift.objects.create(cleaner=cleaner, weekday=weekday, start=start, end=end, valid_from=from_day)
    entry = record(
        event="crew.hours.changed",
        subject=cleaner.code,
        by=by,
        at=now,
        facts={"weekday": weekday, "hours": [[str(a), str(b)] for a, b in hours], "from": from_day},
    )
    before.keep(entry, now=now)


@one_transaction
def set_day_hours(
    *, cleaner: Cleaner, on: date, hours: Sequence[tuple[time, time]], reason: str, by: Actor, now: datetime
) -> None:
    """Will give a cleaner other hours on one date, holidays included. No hours: a day off."""
    before = hours_before(cleaner, on=on)
    ShiftException.objects.filter(cleaner=cleaner, on=on).delete()
    for start, end in hours:
        ShiftException.objects.create(cleaner=cleaner, on=on, start=start, end=end, reason=reason)
    if not hours:
        ShiftException.objects.create(cleaner=cleaner, on=on, reason=reason)
    entry = record(
        event="crew.day.changed",
        subject=cleaner.code,
        by=by,
        at=now,
        facts={"on": on, "hours": [[str(a), str(b)] for a, b in hours], "reason": reason},
    )
    before.keep(entry, now=now)


@one_transaction
def clear_day_hours(*, cleaner: Cleaner, on: date, by: Actor, now: datetime) -> None:
    """Will let the weekly hours apply again on a date."""
    before = hours_before(cleaner, on=on)
    ShiftException.objects.filter(cleaner=cleaner, on=on).delete()
    entry = record(event="crew.day.restored", subject=cleaner.code, by=by, at=now, facts={"on": on})
    before.keep(entry, now=now)


@one_transaction
def record_absence(
    *,
    cleaner: Cleaner,
    during: Span,
    reason: Absence.Reason,
    note: str = "",
    freed: Mapping[str, Any] | None = None,
    by: Actor,
    now: datetime,
) -> Absence:
    """Will note that a cleaner is away and block their calendar.

    `freed` is what the caller took the cleaner off for it, kept so that all of it is undone together.
    Raises `crew.calendar.SlotTaken` when they are committed then; `booking.actions.excuse_cleaner` frees
    them of their visits first.
    """
    code = uuid4()
    calendar.take(
        calendar.Wanted(
            branch_id=cleaner.branch_id,
            zone=cleaner.branch.zoneinfo,
            during=during,
            kind=Commitment.Kind.ABSENCE,
            reference=code,
            cleaners=[cleaner.pk],
        ),
        now=now,
    )
    absence = Absence.objects.create(
        code=code,
        cleaner=cleaner,
        during=DateTimeTZRange(during.start, during.end),
        reason=reason,
        note=note,
        created_at=now,
    )
    entry = record(
        event="crew.absence.recorded",
        subject=cleaner.code,
        by=by,
        at=now,
        facts={"start": during.start, "end": during.end, "reason": reason.value},
    )
    undoing = {"absence": {"code": code, "was_away": False}, **(freed or {})}
    keep_before(entry=entry, subject=cleaner.code, facts=undoing, at=now)
    return absence


@one_transaction
def withdraw_absence(*, absence: Absence, by: Actor, now: datetime) -> None:
    """Will give the time back. Raises `AbsenceNotFound` when it was withdrawn before."""
    if not Absence.objects.filter(pk=absence.pk, withdrawn_at__isnull=True).update(withdrawn_at=now):
        raise AbsenceNotFound(AbsenceNotFound.__doc__)
    calendar.lock_cleaners([absence.cleaner_id])
    calendar.release(reference=absence.code)
    entry = record(event="crew.absence.withdrawn", subject=absence.cleaner.code, by=by, at=now)
    undoing = {"absence": {"code": absence.code, "was_away": True}}
    keep_before(entry=entry, subject=absence.cleaner.code, facts=undoing, at=now)


@one_transaction
def write_calendar(*, cleaner: Cleaner, now: datetime) -> None:
    """Will write a cleaner's calendar days from yesterday to past the booking horizon and the reach of plans."""
    first, last = calendar_window(cleaner.branch, now=now)
    _write_days(cleaner, first, last)


def calendar_window(branch: Branch, *, now: datetime) -> tuple[date, date]:
    """The days the branch's calendar should hold, both ends included."""
    today = now.astimezone(branch.zoneinfo).date()
    reach = max(branch.horizon_days, PLAN_REACH_DAYS)
    return today - timedelta(days=1), today + timedelta(days=reach + CALENDAR_MARGIN_DAYS)


def extend_calendars(*, now: datetime) -> int:
    """Will write the days that have come within reach and drop those gone by; gives the cleaners extended.

    One transaction a cleaner, so that booking never waits long.
    """
    extended = 0
    for cleaner in Cleaner.objects.select_related("branch").order_by("id"):
        first, last = calendar_window(cleaner.branch, now=now)
        days = CalendarDay.objects.filter(cleaner=cleaner)
        written = days.filter(on__range=(first, last)).aggregate(number=Count("on"), latest=Max("on"))
        if written["number"] != (last - first).days + 1:
            # Where there is no gap, only the new days are written.
            latest = written["latest"]
            whole = latest is not None and written["number"] == (latest - first).days + 1
            _write_days(cleaner, latest + timedelta(days=1) if whole else first, last)
            extended += 1
        days.filter(on__lt=first).delete()
    return extended


@one_transaction
def _write_days(cleaner: Cleaner, first: date, last: date) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT crew_write_days(%s, %s, %s)", [cleaner.pk, first, last])


@one_transaction
def set_week(*, cleaner: Cleaner, week: Mapping[int, Hours], from_day: date, by: Actor, now: datetime) -> list[int]:
    """Will set the hours of those weekdays of `week` that differ from what is planned; gives the weekdays changed."""
    before = week_from(cleaner, on=from_day)
    changed = [weekday for weekday, hours in week.items() if list(hours) != before.get(weekday, [])]
    for weekday in changed:
        set_weekly_hours(cleaner=cleaner, weekday=weekday, hours=week[weekday], from_day=from_day, by=by, now=now)
    return changed


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


@one_transaction
def add_holiday(*, branch: Branch, on: date, name: str, by: Actor, now: datetime) -> Holiday:
    """Will close the branch on a day. Visits already promised stay; raises `HolidayKnown` when it is closed already."""
    holiday, is_new = Holiday.objects.get_or_create(branch=branch, on=on, defaults={"name": name})
    if not is_new:
        raise HolidayKnown(HolidayKnown.__doc__)
    facts = {"on": on, "name": name}
    record(event="crew.holiday.added", subject=branch_subject(branch), by=by, at=now, facts=facts)
    return holiday


@one_transaction
def remove_holiday(*, holiday: Holiday, by: Actor, now: datetime) -> None:
    """Will open the branch again on a day."""
    facts = {"on": holiday.on, "name": holiday.name}
    holiday.delete()
    record(event="crew.holiday.removed", subject=branch_subject(holiday.branch), by=by, at=now, facts=facts)

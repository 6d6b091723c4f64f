"""Hiring, hours, days off and the calendar's days."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from uuid import uuid4

from django.db import connection
from psycopg.types.range import TimestamptzRange as DateTimeTZRange

from midway.core.actor import Actor
from midway.core.timespan import Span
from midway.crew import calendar
from midway.crew.models import Absence, Branch, CalendarDay, Cleaner, Commitment, Shift, ShiftException
from midway.journal.actions import record
from midway.runtime.database import one_transaction

CALENDAR_MARGIN_DAYS = 14
"""How far the calendar is written past the booking horizon, so that a worker may be away for a while."""


class AbsenceNotFound(LookupError):
    """This absence was already withdrawn."""


@one_transaction
def set_weekly_hours(
    *, cleaner: Cleaner, weekday: int, hours: Sequence[tuple[time, time]], from_day: date, by: Actor, now: datetime
) -> None:
    """Will set a cleaner's hours on a weekday from a day on; earlier weeks keep theirs. No hours: not working."""
    later = Shift.objects.filter(cleaner=cleaner, weekday=weekday)
    later.filter(valid_from__gte=from_day).delete()
    for shift in later.filter(valid_to__isnull=True) | later.filter(valid_to__gte=from_day):
        shift.valid_to = from_day - timedelta(days=1)
        shift.save(update_fields=["valid_to"])
    for start, end in hours:
        Shift.objects.create(cleaner=cleaner, weekday=weekday, start=start, end=end, valid_from=from_day)
    record(
        event="crew.hours.changed",
        subject=cleaner.code,
        by=by,
        at=now,
        facts={"weekday": weekday, "hours": [[str(a), str(b)] for a, b in hours], "from": from_day},
    )


@one_transaction
def set_day_hours(
    *, cleaner: Cleaner, on: date, hours: Sequence[tuple[time, time]], reason: str, by: Actor, now: datetime
) -> None:
    """Will give a cleaner other hours on one date, holidays included. No hours: a day off."""
    ShiftException.objects.filter(cleaner=cleaner, on=on).delete()
    for start, end in hours:
        ShiftException.objects.create(cleaner=cleaner, on=on, start=start, end=end, reason=reason)
    if not hours:
        ShiftException.objects.create(cleaner=cleaner, on=on, reason=reason)
    record(
        event="crew.day.changed",
        subject=cleaner.code,
        by=by,
        at=now,
        facts={"on": on, "hours": [[str(a), str(b)] for a, b in hours], "reason": reason},
    )


@one_transaction
def clear_day_hours(*, cleaner: Cleaner, on: date, by: Actor, now: datetime) -> None:
    """Will let the weekly hours apply again on a date."""
    ShiftException.objects.filter(cleaner=cleaner, on=on).delete()
    record(event="crew.day.restored", subject=cleaner.code, by=by, at=now, facts={"on": on})


@one_transaction
def record_absence(
    *, cleaner: Cleaner, during: Span, reason: Absence.Reason, note: str = "", by: Actor, now: datetime
) -> Absence:
    """Will note that a cleaner is away and block their calendar.

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
    record(
        event="crew.absence.recorded",
        subject=cleaner.code,
        by=by,
        at=now,
        facts={"start": during.start, "end": during.end, "reason": reason.value},
    )
    return absence


@one_transaction
def withdraw_absence(*, absence: Absence, by: Actor, now: datetime) -> None:
    """Will give the time back. Raises `AbsenceNotFound` when it was withdrawn before."""
    if not Absence.objects.filter(pk=absence.pk, withdrawn_at__isnull=True).update(withdrawn_at=now):
        raise AbsenceNotFound(AbsenceNotFound.__doc__)
    calendar.lock_cleaners([absence.cleaner_id])
    calendar.release(reference=absence.code)
    record(event="crew.absence.withdrawn", subject=absence.cleaner.code, by=by, at=now)


@one_transaction
def write_calendar(*, cleaner: Cleaner, now: datetime) -> None:
    """Will write a cleaner's calendar days from yesterday to past the booking horizon."""
    first, last = calendar_window(cleaner.branch, now=now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT crew_write_days(%s, %s, %s)", [cleaner.pk, first, last])


def calendar_window(branch: Branch, *, now: datetime) -> tuple[date, date]:
    """The days the branch's calendar should hold, both ends included."""
    today = now.astimezone(branch.zoneinfo).date()
    return today - timedelta(days=1), today + timedelta(days=branch.horizon_days + CALENDAR_MARGIN_DAYS)


def extend_calendars(*, now: datetime) -> int:
    """Will write the days that have come within reach and drop those gone by; gives the cleaners extended.

    One transaction a cleaner, so that booking never waits long.
    """
    extended = 0
    for cleaner in Cleaner.objects.select_related("branch").order_by("id"):
        first, last = calendar_window(cleaner.branch, now=now)
        days = CalendarDay.objects.filter(cleaner=cleaner)
        if days.filter(on__range=(first, last)).count() != (last - first).days + 1:
            write_calendar(cleaner=cleaner, now=now)
            extended += 1
        days.filter(on__lt=first).delete()
    return extended

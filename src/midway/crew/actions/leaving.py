"""Somebody leaves, stays after all, or comes back."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from midway.accounts.actions import deactivate_user, reactivate_user
from midway.accounts.models import Role
from midway.core.actor import SYSTEM, Actor
from midway.crew.actions.calendar_days import write_calendar
from midway.crew.actions.weekly_hours import Hours
from midway.crew.models import Cleaner, Shift, ShiftException
from midway.journal.actions import record
from midway.runtime.database import one_transaction


class LastDayBeforeFirst(ValueError):
    """The last day lies before their first day here. Choose a later one."""


class HasLeft(Exception):
    """They have left already. Take them on again instead."""


class NotLeaving(Exception):
    """No last day is noted; there is nothing to take back."""


class StillEmployed(Exception):
    """They still work here on that day. Choose a day after their last one, or let them stay."""


@one_transaction
def end_employment(*, cleaner: Cleaner, last_day: date, reason: str = "", by: Actor, now: datetime) -> Cleaner:
    """Will note somebody's last day: after it they have no hours and nothing can be booked with them.

    What they are committed to after it stays on the calendar as promises that must be mended
    (`booking.plan_queries.broken_promises`), so that until the day has come it can be taken back without loss.
    Said again before the last day, it is another last day. Raises `LastDayBeforeFirst` or `HasLeft`.
    """
    row = _locked(cleaner)
    if _has_left(row, now=now):
        raise HasLeft(HasLeft.__doc__)
    if last_day < row.employed_from:
        raise LastDayBeforeFirst(LastDayBeforeFirst.__doc__)
    row.left_on = last_day
    row.save(update_fields=["left_on"])
    facts = {"last_day": last_day, "reason": reason}
    record(event="crew.cleaner.left", subject=row.code, by=by, at=now, facts=facts)
    return row


@one_transaction
def keep_employed(*, cleaner: Cleaner, by: Actor, now: datetime) -> Cleaner:
    """Will take a last day back before it has gone by; their hours and visits are as they were.

    Raises `NotLeaving` or `HasLeft`.
    """
    row = _locked(cleaner)
    if row.left_on is None:
        raise NotLeaving(NotLeaving.__doc__)
    if _has_left(row, now=now):
        raise HasLeft(HasLeft.__doc__)
    last_day, row.left_on = row.left_on, None
    row.save(update_fields=["left_on"])
    record(event="crew.cleaner.stayed", subject=row.code, by=by, at=now, facts={"last_day": last_day})
    return row


@one_transaction
def rehire_cleaner(*, cleaner: Cleaner, week: Mapping[int, Hours], from_day: date, by: Actor, now: datetime) -> Cleaner:
    """Will take somebody on again from a day on, with new weekly hours and the skills and team they had.

    They sign in as before. The hours of their time here before stay as they were; between the two they have none.
    Raises `NotLeaving` when they never left and `StillEmployed` when `from_day` is not after their last day.
    """
    row = _locked(cleaner)
    if row.left_on is None:
        raise NotLeaving("They work here already.")
    if from_day <= row.left_on:
        raise StillEmployed(StillEmployed.__doc__)
    last_day = row.left_on
    _close_hours(row, last_day=last_day, until=from_day)
    for weekday, hours in week.items():
        for start, end in hours:
            Shift.objects.create(cleaner=row, weekday=weekday, start=start, end=end, valid_from=from_day)
    row.left_on = None
    row.save(update_fields=["left_on"])
    if row.user is not None:
        reactivate_user(user=row.user, by=by, now=now)
    write_calendar(cleaner=row, now=now)
    facts = {"from": from_day, "last_day": last_day}
    record(event="crew.cleaner.rehired", subject=row.code, by=by, at=now, facts=facts)
    return row


@one_transaction
def end_sign_ins(*, now: datetime) -> list[Cleaner]:
    """Will end the sign-in of every cleaner whose last day has gone by, and return them.

    Whoever also works in the office keeps theirs: it is not a cleaner's.
    """
    gone = Cleaner.objects.filter(left_on__isnull=False, user__is_active=True, user__role=Role.CLEANER)
    left = [cleaner for cleaner in gone.select_related("branch", "user") if _has_left(cleaner, now=now)]
    for cleaner in left:
        assert cleaner.user is not None
        deactivate_user(user=cleaner.user, by=SYSTEM, now=now)
    return left


def _close_hours(cleaner: Cleaner, *, last_day: date, until: date) -> None:
    shifts = Shift.objects.filter(cleaner=cleaner)
    shifts.filter(valid_from__gt=last_day).delete()
    for shift in shifts.filter(valid_to__isnull=True) | shifts.filter(valid_to__gt=last_day):
        shift.valid_to = last_day
        shift.save(update_fields=["valid_to"])
    between = (last_day + timedelta(days=1), until - timedelta(days=1))
    ShiftException.objects.filter(cleaner=cleaner, on__range=between).delete()


def _locked(cleaner: Cleaner) -> Cleaner:
    return Cleaner.objects.select_for_update(of=("self",), no_key=True).select_related("branch").get(pk=cleaner.pk)


def _has_left(cleaner: Cleaner, *, now: datetime) -> bool:
    return cleaner.left_on is not None and cleaner.left_on < now.astimezone(cleaner.branch.zoneinfo).date()

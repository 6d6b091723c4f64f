"""Writing the calendar's days ahead."""

from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Count, Max

from midway.crew.models import Branch, CalendarDay, Cleaner
from midway.runtime.database import one_transaction

CALENDAR_MARGIN_DAYS = 14
"""How far the calendar is written past the booking horizon, so that a worker may be away for a while."""

PLAN_REACH_DAYS = 58 * 7
"""Recurring plans take cleaners 52 weeks ahead, and a few weeks more when a month's day is changed."""


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

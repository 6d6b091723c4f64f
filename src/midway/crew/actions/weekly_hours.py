"""The hours somebody works week by week."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from midway.core.actor import Actor
from midway.crew.before import hours_before
from midway.crew.models import Cleaner, Shift
from midway.crew.queries import week_from
from midway.journal.actions import record
from midway.runtime.database import one_transaction

Hours = Sequence[tuple[time, time]]
"""Working hours on one day, from and to, in order."""


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
def set_week(*, cleaner: Cleaner, week: Mapping[int, Hours], from_day: date, by: Actor, now: datetime) -> list[int]:
    """Will set the hours of those weekdays of `week` that differ from what is planned; gives the weekdays changed."""
    before = week_from(cleaner, on=from_day)
    changed = [weekday for weekday, hours in week.items() if list(hours) != before.get(weekday, [])]
    for weekday in changed:
        set_weekly_hours(cleaner=cleaner, weekday=weekday, hours=week[weekday], from_day=from_day, by=by, now=now)
    return changed

"""Other hours on single dates."""

from collections.abc import Sequence
from datetime import date, datetime, time

from midway.core.actor import Actor
from midway.crew.before import hours_before
from midway.crew.models import Cleaner, ShiftException
from midway.journal.actions import record
from midway.runtime.database import one_transaction


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

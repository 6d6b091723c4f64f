"""Put a visit where the board shows it: at this time, with exactly these cleaners, or with nobody yet."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.range import TimestamptzRange as DateTimeTZRange

from midway.booking.actions.before import before
from midway.booking.actions.plan_exceptions import agree_on_moment
from midway.booking.actions.reschedule_visit import active_cleaners, reschedule_visit
from midway.booking.actions.visit_lock import visit_to_change
from midway.booking.models import Visit
from midway.booking.notifications import tell_of_change
from midway.core.actor import Actor
from midway.crew import calendar
from midway.crew.models import Cleaner
from midway.journal.actions import record
from midway.runtime.database import one_transaction


class VisitChangedMeanwhile(Exception):
    """Somebody else changed this visit meanwhile. Look at it again, then decide anew."""


@one_transaction
def place_visit(
    *, visit: UUID, revision: int, start: datetime, cleaners: Sequence[int], by: Actor, now: datetime, tell: bool = True
) -> Visit:
    """Will move a visit that is still at `revision` to a start and to these cleaners; none: it waits for somebody.

    When it cannot be moved, it stays as it was. Raises `VisitChangedMeanwhile`, `VisitNotFound`,
    `VisitNotChangeable`, `crew.calendar.SlotTaken`.
    """
    found = visit_to_change(visit)
    if found.revision != revision:
        raise VisitChangedMeanwhile(VisitChangedMeanwhile.__doc__)
    if cleaners:
        return reschedule_visit(visit=visit, to=start, cleaners=cleaners, tell=tell, by=by, now=now)
    return _leave_waiting(found, start=start, by=by, now=now, tell=tell)


def _leave_waiting(visit: Visit, *, start: datetime, by: Actor, now: datetime, tell: bool) -> Visit:
    coming, moved_from, stood = active_cleaners(visit), visit.starts_at, before([visit])
    calendar.lock_cleaners(coming)
    calendar.release(reference=visit.code)
    visit.assignments.filter(active=True).update(active=False)
    visit.during = DateTimeTZRange(start, start + visit.duration)
    visit.cleaners_missing = visit.team_size
    visit.revision += 1
    visit.save(update_fields=["during", "cleaners_missing", "revision"])
    facts: dict[str, Any]
    if start == moved_from:
        names = Cleaner.objects.filter(pk__in=coming).order_by("name").values_list("name", flat=True)
        event, facts = "booking.visit.unassigned", {"cleaner": ", ".join(names)}
    else:
        agree_on_moment(visit, by=by, now=now)
        event, facts = "booking.visit.rescheduled", {"from": moved_from, "to": start, "cleaners": []}
        if tell:
            tell_of_change("visit_moved", visit=visit, was_at=moved_from, now=now)
    entry = record(event=event, subject=visit.code, by=by, at=now, facts=facts)
    stood.keep(entry, subject=visit.code, now=now)
    return visit

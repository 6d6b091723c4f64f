"""Take somebody off a visit; it then waits for a decision."""

from datetime import datetime
from uuid import UUID

from midway.booking.actions.before import before
from midway.booking.actions.visit_lock import visit_to_change
from midway.booking.models import Visit
from midway.core.actor import Actor
from midway.crew import calendar
from midway.crew.models import Cleaner
from midway.journal.actions import record
from midway.runtime.database import one_transaction


class NotAssigned(LookupError):
    """This cleaner is not on the visit any more."""


@one_transaction
def unassign_visit(*, visit: UUID, cleaner: Cleaner, by: Actor, now: datetime) -> Visit:
    """Will free a cleaner of a visit, at its promised time, and count them as missing.

    Raises `VisitNotFound`, `VisitNotChangeable`, `NotAssigned`.
    """
    found = visit_to_change(visit)
    stood = before([found])
    if not found.assignments.filter(cleaner=cleaner, active=True).update(active=False):
        raise NotAssigned(NotAssigned.__doc__)
    calendar.lock_cleaners([cleaner.pk])
    calendar.release(reference=found.code, cleaner_id=cleaner.pk)
    found.cleaners_missing = max(0, found.team_size - found.assignments.filter(active=True).count())
    found.revision += 1
    found.save(update_fields=["cleaners_missing", "revision"])
    facts = {"cleaner": cleaner.name}
    entry = record(event="booking.visit.unassigned", subject=found.code, by=by, at=now, facts=facts)
    stood.keep(entry, subject=found.code, now=now)
    return found

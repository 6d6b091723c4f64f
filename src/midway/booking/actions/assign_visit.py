"""Give an unassigned visit its cleaners."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from midway.booking.actions.before import before
from midway.booking.actions.reschedule_visit import active_cleaners, commit_cleaners
from midway.booking.actions.visit_lock import visit_to_change
from midway.booking.models import Visit
from midway.core.actor import Actor
from midway.core.timespan import Span
from midway.journal.actions import record
from midway.runtime.database import one_transaction


@one_transaction
def assign_visit(*, visit: UUID, cleaners: Sequence[int] = (), by: Actor, now: datetime) -> Visit:
    """Will commit cleaners to a visit at its promised time: those named, or whoever is free.

    Raises `VisitNotFound`, `VisitNotChangeable`, `crew.calendar.SlotTaken`.
    """
    found = visit_to_change(visit)
    stood = before([found])
    commit_cleaners(found, during=Span(found.starts_at, found.ends_at), cleaners=cleaners, now=now)
    found.revision += 1
    found.save(update_fields=["revision", "cleaners_missing"])
    facts = {"cleaners": active_cleaners(found)}
    entry = record(event="booking.visit.assigned", subject=found.code, by=by, at=now, facts=facts)
    stood.keep(entry, subject=found.code, now=now)
    return found

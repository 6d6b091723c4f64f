"""Say that planning leaves a visit where it is, or may move it again."""

from datetime import datetime
from uuid import UUID

from midway.booking.actions.visit_lock import visit_to_change
from midway.core.actor import Actor
from midway.dispatch.models import PinnedVisit
from midway.journal.actions import record
from midway.runtime.database import one_transaction


@one_transaction
def pin_visit(*, visit: UUID, by: Actor, now: datetime) -> None:
    """Will keep a visit's cleaners and time from planning. Raises `VisitNotFound`, `VisitNotChangeable`."""
    found = visit_to_change(visit)
    _pin, is_new = PinnedVisit.objects.get_or_create(visit=found, defaults={"by_label": by.label[:120], "at": now})
    if is_new:
        record(event="dispatch.visit.pinned", subject=visit, by=by, at=now)


@one_transaction
def unpin_visit(*, visit: UUID, by: Actor, now: datetime) -> None:
    """Will let planning move the visit again. Raises `VisitNotFound`, `VisitNotChangeable`."""
    found = visit_to_change(visit)
    deleted, _rows = PinnedVisit.objects.filter(visit=found).delete()
    if deleted:
        record(event="dispatch.visit.unpinned", subject=visit, by=by, at=now)

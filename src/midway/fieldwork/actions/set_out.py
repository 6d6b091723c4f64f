"""Somebody is on the way: the customer is told, once."""

from datetime import datetime
from uuid import UUID

from midway.booking.actions.before import before
from midway.booking.models import Visit
from midway.booking.notifications import tell_on_the_way
from midway.core.actor import Actor
from midway.core.visit_states import VisitState
from midway.fieldwork.actions.site_lock import VisitNotNow, is_time_to_set_out, visit_on_site
from midway.journal.actions import record
from midway.runtime.database import one_transaction


@one_transaction
def set_out(*, visit: UUID, by: Actor, now: datetime) -> Visit:
    """Will keep that they have set out, and tell the customer who wants to hear of visits. Said again, or once they
    are there, nothing changes and nobody is told again.

    Raises `VisitNotFound`, `VisitNotChangeable`, `VisitNotNow`.
    """
    found = visit_on_site(visit)
    if found.state != VisitState.SCHEDULED:
        return found
    if not is_time_to_set_out(found, now=now):
        raise VisitNotNow(VisitNotNow.__doc__)
    stood = before([found])
    found.state = VisitState.EN_ROUTE
    found.save(update_fields=["state"])
    facts = {"promised": found.starts_at}
    entry = record(event="fieldwork.visit.set_out", subject=found.code, by=by, at=now, facts=facts)
    stood.keep(entry, subject=found.code, now=now)
    tell_on_the_way(visit=found, now=now)
    return found

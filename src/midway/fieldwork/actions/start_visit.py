"""Somebody is there: the visit is under way."""

from datetime import datetime
from uuid import UUID

from midway.booking.actions.before import before
from midway.booking.actions.record_actual_time import planned_minutes
from midway.booking.models import ActualTime, Visit
from midway.core.actor import Actor
from midway.core.visit_states import VisitState
from midway.fieldwork.actions.site_lock import NOT_BEGUN, VisitNotNow, is_time_to_start, visit_on_site
from midway.journal.actions import record
from midway.runtime.database import one_transaction


@one_transaction
def start_visit(*, visit: UUID, by: Actor, now: datetime) -> Visit:
    """Will keep that they are there from now on. Said again, by the same or a mate, the first time counts.

    Raises `VisitNotFound`, `VisitNotChangeable`, `VisitNotNow`.
    """
    found = visit_on_site(visit)
    if found.state not in NOT_BEGUN:
        return found
    if not is_time_to_start(found, now=now):
        raise VisitNotNow(VisitNotNow.__doc__)
    stood = before([found])
    found.state = VisitState.IN_PROGRESS
    found.save(update_fields=["state"])
    planned, _extras = planned_minutes(found)
    said = {"started_at": now, "finished_at": None, "labour_minutes": None, "planned_minutes": planned, "at": now}
    ActualTime.objects.update_or_create(visit=found, defaults=said)
    facts = {"promised": found.starts_at, "started": now}
    entry = record(event="fieldwork.visit.started", subject=found.code, by=by, at=now, facts=facts)
    stood.keep(entry, subject=found.code, now=now)
    return found

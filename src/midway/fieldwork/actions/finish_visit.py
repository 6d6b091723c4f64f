"""The visit is done, and how long it took."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from midway.booking.actions.before import before
from midway.booking.actions.record_actual_time import check_time, planned_minutes, worked_minutes
from midway.booking.models import ActualTime, Visit
from midway.core.actor import Actor
from midway.core.pace import is_believable
from midway.core.visit_states import VisitState
from midway.fieldwork.actions.site_lock import VisitNotNow, is_time_to_finish, visit_on_site
from midway.journal.actions import record
from midway.runtime.database import one_transaction


@dataclass(frozen=True)
class Worked:
    """How many minutes they were there, and how many of them."""

    minutes: int
    people: int


@one_transaction
def finish_visit(*, visit: UUID, by: Actor, now: datetime, worked: Worked | None = None) -> Visit:
    """Will mark a visit done. How long it took is what was `worked`, else the time since it was begun.

    A time since the beginning that nobody would believe, as of a button pressed twice or forgotten, is kept but teaches
    nothing. Said again, the first time counts. Raises `VisitNotFound`, `VisitNotChangeable`, `VisitNotNow`,
    `TimeImpossible`.
    """
    if worked is not None:
        check_time(worked.minutes, worked.people)
    found = visit_on_site(visit)
    if found.state == VisitState.DONE:
        return found
    if not is_time_to_finish(found, now=now):
        raise VisitNotNow(VisitNotNow.__doc__)
    stood = before([found])
    began = ActualTime.objects.filter(visit=found).values_list("started_at", flat=True).first()
    found.state = VisitState.DONE
    found.save(update_fields=["state"])
    measured = worked or _since(found, began, now=now)
    _keep(found, began, measured, now=now)
    facts: dict[str, object] = {"started": began, "finished": now} if began else {}
    if measured is not None:
        facts |= {"minutes": measured.minutes, "people": measured.people}
    entry = record(event="fieldwork.visit.finished", subject=found.code, by=by, at=now, facts=facts)
    stood.keep(entry, subject=found.code, now=now)
    return found


def _since(visit: Visit, began: datetime | None, *, now: datetime) -> Worked | None:
    if began is None:
        return None
    minutes = max(1, round((now - began) / timedelta(minutes=1)))
    promised = int(visit.duration / timedelta(minutes=1))
    if not is_believable(minutes, promised_minutes=promised):
        return None
    return Worked(minutes, visit.assignments.filter(active=True).count() or visit.team_size)


def _keep(visit: Visit, began: datetime | None, measured: Worked | None, *, now: datetime) -> None:
    if began is None and measured is None:
        return
    planned, extras = planned_minutes(visit)
    labour = None if measured is None else worked_minutes(visit, measured.minutes, measured.people, extras=extras)
    said = {"finished_at": now if began else None, "labour_minutes": labour, "planned_minutes": planned, "at": now}
    ActualTime.objects.update_or_create(visit=visit, defaults=said)

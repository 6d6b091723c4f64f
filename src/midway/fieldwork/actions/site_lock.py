"""The visit somebody stands at, locked, and when it can be said to have begun."""

from datetime import datetime, timedelta
from uuid import UUID

from midway.booking.actions.visit_lock import VisitNotChangeable, VisitNotFound
from midway.booking.models import Visit
from midway.core.visit_states import VisitState

EARLIEST = timedelta(hours=3)
"""So long before the promised time somebody may be there already."""
SETS_OUT = timedelta(minutes=90)
"""So long before the promised time somebody may be on the way: earlier, it tells the customer nothing."""
LATEST = timedelta(hours=12)
"""So long after its promised end a visit can still be begun."""
NOT_BEGUN = frozenset({VisitState.SCHEDULED, VisitState.EN_ROUTE})


class VisitNotNow(ValueError):
    """Nobody can be there now: it is not the time of this visit. Look at its day and time."""


def visit_on_site(code: UUID) -> Visit:
    """Will lock a visit that was not called off. Raises `VisitNotFound` or `VisitNotChangeable`."""
    rows = Visit.objects.select_for_update(of=("self",), no_key=True)
    found = rows.select_related("branch", "booking__quote__price_list").filter(code=code).first()
    if found is None:
        raise VisitNotFound(VisitNotFound.__doc__)
    if found.state not in {*NOT_BEGUN, VisitState.IN_PROGRESS, VisitState.DONE}:
        raise VisitNotChangeable("This visit was called off; nobody is there.")
    return found


def is_time_to_set_out(visit: Visit, *, now: datetime) -> bool:
    """Whether cleaners may say now that they are on their way there."""
    return visit.state == VisitState.SCHEDULED and visit.starts_at - SETS_OUT <= now < visit.ends_at


def is_time_to_start(visit: Visit, *, now: datetime) -> bool:
    """Whether cleaners may say now that they are there."""
    return visit.state in NOT_BEGUN and visit.starts_at - EARLIEST <= now <= visit.ends_at + LATEST


def is_time_to_finish(visit: Visit, *, now: datetime) -> bool:
    """Whether it may be said now that the visit is done: once begun, and if nobody said so, from its time on."""
    return visit.state == VisitState.IN_PROGRESS or (visit.state in NOT_BEGUN and visit.starts_at <= now)

"""The states of a visit and what each one means for the calendar, the customer and the money."""

from enum import StrEnum


class VisitState(StrEnum):
    """Where a promised cleaning stands."""

    SCHEDULED = "scheduled"
    EN_ROUTE = "en_route"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    SKIPPED = "skipped"
    BUMPED = "bumped"
    LOCKED_OUT = "locked_out"
    CANCELLED = "cancelled"
    CANCELLED_LATE = "cancelled_late"


OCCUPIES_CALENDAR = frozenset(
    {VisitState.SCHEDULED, VisitState.EN_ROUTE, VisitState.IN_PROGRESS, VisitState.DONE, VisitState.LOCKED_OUT}
)
STILL_TO_COME = frozenset({VisitState.SCHEDULED})
BEGUN = frozenset({VisitState.EN_ROUTE, VisitState.IN_PROGRESS, VisitState.DONE, VisitState.LOCKED_OUT})
CALLED_OFF = frozenset({VisitState.CANCELLED, VisitState.CANCELLED_LATE, VisitState.SKIPPED, VisitState.BUMPED})
EARNS_REVENUE = frozenset({VisitState.SCHEDULED, VisitState.EN_ROUTE, VisitState.IN_PROGRESS, VisitState.DONE})

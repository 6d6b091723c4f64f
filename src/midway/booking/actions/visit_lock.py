"""Finding a visit to change it: the row is ours until the transaction ends."""

from uuid import UUID

from midway.booking.models import Visit
from midway.core.visit_states import STILL_TO_COME, VisitState


class VisitNotFound(LookupError):
    """There is no such visit. Check the link."""


class VisitNotChangeable(Exception):
    """This visit has begun, is done or was called off; it can no longer be changed."""


def visit_to_change(code: UUID) -> Visit:
    """Will lock a visit that is still to come. Raises `VisitNotFound` or `VisitNotChangeable`."""
    visit = (
        Visit.objects.select_for_update(of=("self",), no_key=True)
        .select_related("branch", "service", "customer", "premises", "booking")
        .filter(code=code)
        .first()
    )
    if visit is None:
        raise VisitNotFound(VisitNotFound.__doc__)
    if VisitState(visit.state) not in STILL_TO_COME:
        raise VisitNotChangeable(VisitNotChangeable.__doc__)
    return visit

"""Say how a visit was."""

from datetime import datetime
from uuid import UUID

from midway.booking.actions.visit_lock import VisitNotFound
from midway.booking.models import Rating, Visit
from midway.core.actor import Actor
from midway.core.visit_states import CALLED_OFF, VisitState
from midway.journal.actions import record
from midway.runtime.database import one_transaction


class VisitNotOver(ValueError):
    """This visit is not over yet. Tell us afterwards how it was."""


@one_transaction
def rate_visit(*, visit: UUID, stars: int, comment: str = "", by: Actor, now: datetime) -> Rating:
    """Will keep what the customer thought, one to five stars; saying it again replaces what was said before.

    Raises `VisitNotFound` or `VisitNotOver`.
    """
    found = Visit.objects.select_for_update(of=("self",), no_key=True).filter(code=visit).first()
    if found is None:
        raise VisitNotFound(VisitNotFound.__doc__)
    if found.ends_at > now or VisitState(found.state) in CALLED_OFF:
        raise VisitNotOver(VisitNotOver.__doc__)
    words = {"stars": stars, "comment": comment.strip()[:1000], "at": now}
    rating, _ = Rating.objects.update_or_create(visit=found, defaults=words)
    record(event="booking.visit.rated", subject=found.code, by=by, at=now, facts={"stars": stars})
    return rating

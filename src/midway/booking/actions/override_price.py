"""The office gives one visit another price, and says why."""

from datetime import datetime
from uuid import UUID

from midway.booking.actions.before import before
from midway.booking.actions.charges import ReasonMissing
from midway.booking.actions.credits import COSTS_LESS, give_credit_back
from midway.booking.actions.visit_lock import visit_to_change
from midway.booking.models import Visit
from midway.booking.notifications import tell_of_change
from midway.core.actor import Actor
from midway.journal.actions import record
from midway.runtime.database import one_transaction


@one_transaction
def override_price(*, visit: UUID, price_cents: int, reason: str, by: Actor, now: datetime) -> Visit:
    """Will give a visit that is still to come this price; the reason lands in the journal, the customer is told.

    Raises `VisitNotFound`, `VisitNotChangeable`, `ReasonMissing`.
    """
    if not reason.strip():
        raise ReasonMissing(ReasonMissing.__doc__)
    found = visit_to_change(visit)
    stood, earlier = before([found]), found.price_cents
    if price_cents == earlier:
        return found
    working = list(found.working)
    found.lines = [*working, {"label": "changed", "amount_cents": price_cents - earlier, "minutes": 0}]
    found.price_cents = price_cents
    found.revision += 1
    found.save(update_fields=["price_cents", "lines", "revision"])
    entry = record(
        event="booking.visit.repriced",
        subject=found.code,
        by=by,
        at=now,
        facts={"from_cents": earlier, "price_cents": price_cents, "reason": reason.strip()},
    )
    give_credit_back(found, by=by, now=now, reason=COSTS_LESS)
    stood.keep(entry, subject=found.code, now=now)
    tell_of_change("visit_repriced", visit=found, now=now)
    return found

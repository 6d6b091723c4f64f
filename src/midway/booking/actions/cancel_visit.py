"""Call a visit off."""

from datetime import datetime
from uuid import UUID

from midway.booking.actions.before import before
from midway.booking.actions.reschedule_visit import change_terms
from midway.booking.actions.visit_lock import VisitNotChangeable, visit_to_change
from midway.booking.models import Cancellation, Visit
from midway.booking.notifications import tell_of_change
from midway.core.actor import Actor, ActorKind
from midway.core.policy import ChangeDecision, decide_cancellation
from midway.core.visit_states import VisitState
from midway.crew import calendar
from midway.journal.actions import record
from midway.runtime.database import one_transaction


def preview_cancellation(*, visit: Visit, now: datetime) -> ChangeDecision:
    """Will say what cancelling costs the customer now, and until when it is free."""
    return decide_cancellation(
        starts_at=visit.starts_at, price_cents=visit.price_cents, terms=change_terms(visit.branch), now=now
    )


@one_transaction
def cancel_visit(*, visit: UUID, reason: str, by: Actor, now: datetime, waive_fee: bool = False) -> Cancellation:
    """Will call a visit off, free its cleaners and keep the fee that was shown.

    Only the office may waive the fee or cancel after the start.
    Raises `VisitNotFound` or `VisitNotChangeable`.
    """
    found = visit_to_change(visit)
    decision = preview_cancellation(visit=found, now=now)
    is_customer = by.kind is ActorKind.CUSTOMER
    if is_customer and not decision.is_allowed:
        raise VisitNotChangeable(VisitNotChangeable.__doc__)
    fee_cents = 0 if waive_fee and not is_customer else decision.fee_cents
    stood = before([found])
    calendar.lock_cleaners(list(found.assignments.filter(active=True).values_list("cleaner_id", flat=True)))
    calendar.release(reference=found.code)
    found.assignments.filter(active=True).update(active=False)
    is_late = now > decision.free_until
    found.state = VisitState.CANCELLED_LATE if is_late else VisitState.CANCELLED
    found.revision += 1
    found.cleaners_missing = 0
    found.save(update_fields=["state", "revision", "cleaners_missing"])
    cancellation = Cancellation.objects.create(
        visit=found, at=now, by_label=by.label, reason=reason, fee_cents=fee_cents, is_late=is_late
    )
    entry = record(
        event="booking.visit.cancelled",
        subject=found.code,
        by=by,
        at=now,
        facts={"reason": reason, "fee_cents": fee_cents, "is_late": is_late},
    )
    stood.keep(entry, subject=found.code, now=now)
    tell_of_change("visit_cancelled", visit=found, fee_cents=fee_cents, now=now)
    return cancellation

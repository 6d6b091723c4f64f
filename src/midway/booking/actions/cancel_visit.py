"""Call a visit off."""

from datetime import datetime
from uuid import UUID

from midway.booking.actions.before import before
from midway.booking.actions.charges import Ruling, charge, waiver_of
from midway.booking.actions.credits import give_credit_back
from midway.booking.actions.gap_prices import reprice_after_gap, with_following
from midway.booking.actions.visit_lock import VisitNotChangeable, visit_to_change
from midway.booking.models import Cancellation, Charge, Visit
from midway.booking.notifications import tell_of_change
from midway.booking.policies import Rulebook, evidence_of
from midway.core.actor import Actor, ActorKind
from midway.core.policy import ChangeDecision, decide_cancellation
from midway.core.visit_states import VisitState
from midway.crew import calendar
from midway.journal.actions import record
from midway.runtime.database import one_transaction


def preview_cancellation(*, visit: Visit, now: datetime, rules: Rulebook | None = None) -> ChangeDecision:
    """Will say what cancelling costs the customer now, and until when it is free."""
    rules = Rulebook(visit.branch) if rules is None else rules
    terms, _policy = rules.terms(service_id=visit.service_id, now=now)
    return decide_cancellation(occasion=rules.occasion(visit, terms, now=now), terms=terms, now=now)


class FeeRose(Exception):
    """It costs more now than what was shown. Look at the fee, then decide anew."""


@one_transaction
def cancel_visit(
    *,
    visit: UUID,
    reason: str,
    by: Actor,
    now: datetime,
    waive_fee: bool = False,
    shown_fee_cents: int | None = None,
) -> Cancellation:
    """Will call a visit off, free its cleaners and keep the fee, with what the rules said and what was shown.

    Only the office may waive the fee, with a reason, or cancel after the start.
    Raises `VisitNotFound`, `VisitNotChangeable`, `ReasonMissing`, and `FeeRose` when more was decided than shown.
    """
    found = visit_to_change(visit)
    rules = Rulebook(found.branch)
    decision = preview_cancellation(visit=found, now=now, rules=rules)
    if by.kind is ActorKind.CUSTOMER and not decision.is_allowed:
        raise VisitNotChangeable(VisitNotChangeable.__doc__)
    if shown_fee_cents is not None and decision.fee_cents > shown_fee_cents:
        raise FeeRose(FeeRose.__doc__)
    _terms, policy = rules.terms(service_id=found.service_id, now=now)
    ruling = Ruling(decision, policy, shown_fee_cents, waiver_of(is_asked=waive_fee, reason=reason, by=by))
    fee_cents = charge(Charge.Kind.LATE_CANCELLATION, found, ruling, by=by, now=now)
    stood = before(with_following(found, now=now))
    calendar.lock_cleaners(list(found.assignments.filter(active=True).values_list("cleaner_id", flat=True)))
    calendar.release(reference=found.code)
    found.assignments.filter(active=True).update(active=False)
    is_late = now > decision.free_until
    found.state = VisitState.CANCELLED_LATE if is_late else VisitState.CANCELLED
    found.revision += 1
    found.cleaners_missing = 0
    found.save(update_fields=["state", "revision", "cleaners_missing"])
    cancellation = Cancellation.objects.create(
        visit=found,
        at=now,
        by_label=by.label,
        reason=reason,
        fee_cents=fee_cents,
        is_late=is_late,
        policy=policy,
        evidence=evidence_of(decision, policy, shown_fee_cents=shown_fee_cents),
    )
    entry = record(
        event="booking.visit.cancelled",
        subject=found.code,
        by=by,
        at=now,
        facts={"reason": reason, "fee_cents": fee_cents, "is_late": is_late},
    )
    give_credit_back(found, by=by, now=now)
    reprice_after_gap(found, by=by, now=now)
    stood.keep(entry, subject=found.code, now=now)
    tell_of_change("visit_cancelled", visit=found, fee_cents=fee_cents, now=now)
    return cancellation

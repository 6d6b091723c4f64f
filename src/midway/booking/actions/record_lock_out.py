"""Nobody let us in: the visit is over, and costs what the rules say."""

from datetime import datetime
from uuid import UUID

from midway.booking.actions.before import before
from midway.booking.actions.charges import Ruling, charge, waiver_of
from midway.booking.actions.credits import give_credit_back
from midway.booking.actions.visit_lock import VisitNotChangeable, VisitNotFound
from midway.booking.models import Charge, Visit
from midway.booking.notifications import tell_of_change
from midway.booking.policies import Rulebook
from midway.core.actor import Actor
from midway.core.policy import ChangeDecision, decide_lock_out
from midway.core.visit_states import VisitState
from midway.journal.actions import record
from midway.runtime.database import one_transaction

_AT_THE_DOOR = frozenset({VisitState.SCHEDULED, VisitState.EN_ROUTE, VisitState.IN_PROGRESS})


def can_be_locked_out(visit: Visit, *, now: datetime) -> bool:
    """Whether somebody can stand at the door now: it has begun and is not done."""
    return VisitState(visit.state) in _AT_THE_DOOR and now >= visit.starts_at


def preview_lock_out(*, visit: Visit, now: datetime) -> ChangeDecision:
    """Will say what it costs when nobody lets us in, and what of it is the cleaners'."""
    return _ruling(visit, now=now).decision


@one_transaction
def record_lock_out(*, visit: UUID, reason: str, by: Actor, now: datetime, waive_fee: bool = False) -> Visit:
    """Will keep that nobody let us in, and charge for it, or waive that with the reason.

    Raises `VisitNotFound`, `VisitNotChangeable`, `ReasonMissing`.
    """
    found = (
        Visit.objects.select_for_update(of=("self",), no_key=True)
        .select_related("branch", "service", "customer", "premises", "booking")
        .filter(code=visit)
        .first()
    )
    if found is None:
        raise VisitNotFound(VisitNotFound.__doc__)
    if not can_be_locked_out(found, now=now):
        raise VisitNotChangeable("Only a visit that has begun and is not done can be recorded as locked out.")
    ruling = _ruling(found, now=now, waiver=waiver_of(is_asked=waive_fee, reason=reason, by=by))
    stood = before([found])
    fee_cents = charge(Charge.Kind.LOCK_OUT, found, ruling, by=by, now=now)
    found.state = VisitState.LOCKED_OUT
    found.revision += 1
    found.save(update_fields=["state", "revision"])
    entry = record(
        event="booking.visit.locked_out",
        subject=found.code,
        by=by,
        at=now,
        facts={"reason": reason, "fee_cents": fee_cents, "waived": ruling.waiver},
    )
    stood.keep(entry, subject=found.code, now=now)
    give_credit_back(found, by=by, now=now)
    tell_of_change("visit_locked_out", visit=found, fee_cents=fee_cents, now=now)
    return found


def _ruling(visit: Visit, *, now: datetime, waiver: str = "") -> Ruling:
    rules = Rulebook(visit.branch)
    terms, policy = rules.terms(service_id=visit.service_id, now=now)
    occasion = rules.occasion(visit, terms, now=now)
    return Ruling(decide_lock_out(occasion=occasion, terms=terms), policy, waiver=waiver)

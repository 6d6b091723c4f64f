"""Charging a fee by the rules, or waiving it with a reason; in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from midway.booking.models import Charge, Policy, Visit
from midway.booking.policies import evidence_of
from midway.core.actor import Actor, ActorKind
from midway.core.policy import ChangeDecision


class ReasonMissing(ValueError):
    """Say why: a fee that is waived and a price that is changed by hand need a reason."""


@dataclass(frozen=True)
class Ruling:
    """A decision, by which policy, and what the customer was shown of it; `waiver` is why nothing is charged."""

    decision: ChangeDecision
    policy: Policy | None
    shown_fee_cents: int | None = None
    waiver: str = ""


def charge(kind: Charge.Kind, visit: Visit, ruling: Ruling, *, by: Actor, now: datetime) -> int:
    """Will keep a charge with its evidence where the rules asked for one, and give its amount."""
    decision = ruling.decision
    if not decision.fee_cents and decision.rule != "grace":
        return 0
    is_waived = bool(ruling.waiver)
    Charge.objects.create(
        visit=visit,
        kind=kind,
        amount_cents=0 if is_waived else decision.fee_cents,
        cleaner_cents=0 if is_waived else decision.cleaner_cents,
        price_cents=visit.price_cents,
        currency=visit.currency,
        policy=ruling.policy,
        decision=evidence_of(decision, ruling.policy, shown_fee_cents=ruling.shown_fee_cents),
        shown=None if ruling.shown_fee_cents is None else {"fee_cents": ruling.shown_fee_cents},
        waived_reason=ruling.waiver,
        at=now,
        by_label=by.label,
    )
    return 0 if is_waived else decision.fee_cents


def undo_charges(visits: Sequence[int], *, at: datetime, now: datetime) -> None:
    """Will withdraw what was charged with a change made `at`, or charge again what was withdrawn then."""
    theirs = Charge.objects.filter(visit_id__in=visits)
    again = list(theirs.filter(withdrawn_at=at).values_list("pk", flat=True))
    theirs.filter(at=at, withdrawn_at=None).update(withdrawn_at=now)
    Charge.objects.filter(pk__in=again).update(withdrawn_at=None)


def withdraw_skip_fees(visit: Visit, *, now: datetime) -> None:
    """Will withdraw what was charged for leaving a date out that takes place as agreed after all."""
    Charge.objects.filter(visit=visit, kind=Charge.Kind.SKIP, withdrawn_at=None).update(withdrawn_at=now)


def waiver_of(*, is_asked: bool, reason: str, by: Actor) -> str:
    """Why a fee is waived, where the office asked for that. Raises `ReasonMissing`."""
    if not is_asked or by.kind is ActorKind.CUSTOMER:
        return ""
    if not reason.strip():
        raise ReasonMissing(ReasonMissing.__doc__)
    return reason.strip()

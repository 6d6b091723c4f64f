"""Gift cards and credit: paid in, spent on a visit, given back. The balance is the ledger's and never below nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Sum

from midway.booking.actions.charges import ReasonMissing
from midway.booking.credit_notifications import tell_of_credit
from midway.booking.models import Credit, CreditEntry, Referral, Visit
from midway.booking.payments import comes_to
from midway.core.actor import Actor
from midway.crew.models import Branch
from midway.customers.codes import new_code
from midway.customers.models import Customer
from midway.journal.actions import record
from midway.runtime.database import one_transaction

SPENT, UNDONE = "Spent on a visit", "Undone"
GIVEN_BACK, COSTS_LESS = "Given back: the visit was called off", "Given back: the visit costs less"


class CreditTooSmall(Exception):
    """There is not as much left on this gift card or credit. Look at its balance."""


@dataclass(frozen=True)
class NewCredit:
    """What is given: a gift card for whoever holds it, or credit of a customer."""

    kind: Credit.Kind
    amount_cents: int
    reason: str
    customer: Customer | None = None
    valid_to: date | None = None
    referral: Referral | None = None


@one_transaction
def issue_credit(*, branch: Branch, given: NewCredit, by: Actor, now: datetime) -> Credit:
    """Will make a gift card, or a customer's credit of which they are told, with its first amount.

    Raises `ReasonMissing`.
    """
    if not given.reason.strip():
        raise ReasonMissing(ReasonMissing.__doc__)
    credit = Credit.objects.create(
        code=new_code(),
        branch=branch,
        kind=given.kind,
        customer=given.customer,
        currency=branch.currency,
        valid_to=given.valid_to,
        referral=given.referral,
        created_at=now,
    )
    entry = _enter(credit, given.amount_cents, given.reason, by=by, now=now)
    record(
        event="booking.credit.issued",
        subject=_subject(credit, entry),
        by=by,
        at=now,
        facts={**_facts(credit, entry), "reason": given.reason},
    )
    tell_of_credit(entry, now=now)
    return credit


@one_transaction
def adjust_credit(*, credit: Credit, amount_cents: int, reason: str, by: Actor, now: datetime) -> CreditEntry:
    """Will pay in (positive) or take out (negative), and say why. Raises `CreditTooSmall` or `ReasonMissing`."""
    if not reason.strip():
        raise ReasonMissing(ReasonMissing.__doc__)
    entry = _enter(credit, amount_cents, reason.strip(), by=by, now=now)
    record(
        event="booking.credit.adjusted",
        subject=_subject(credit, entry),
        by=by,
        at=now,
        facts={**_facts(credit, entry), "balance_cents": entry.balance_cents, "reason": reason.strip()},
    )
    tell_of_credit(entry, now=now)
    return entry


def balance_of(credit: Credit) -> int:
    """What is left, in cents."""
    return credit.balance_cents


def spend_credit(credit: Credit, visit_id: int, *, at_most: int, by: Actor, now: datetime) -> int:
    """Will pay for a visit from a credit as far as it goes, in the caller's transaction, and give the amount."""
    Credit.objects.select_for_update(no_key=True).get(pk=credit.pk)
    amount = min(at_most, balance_of(credit))
    if amount > 0:
        _enter(credit, -amount, SPENT, by=by, now=now, visit_id=visit_id)
    return max(0, amount)


def give_credit_back(visit: Visit, *, by: Actor, now: datetime, reason: str = GIVEN_BACK) -> None:
    """Will give back what credits paid for a visit that was called off or costs less, all but what it comes to now."""
    keep_cents = comes_to(visit)
    paid = (
        CreditEntry.objects.filter(visit=visit)
        .order_by("credit_id")
        .values_list("credit_id")
        .annotate(paid=Sum("amount_cents"))
    )
    for credit_id, spent in paid:
        kept = min(keep_cents, -spent)
        keep_cents -= kept
        if -spent > kept:
            credit = Credit.objects.get(pk=credit_id)
            _enter(credit, -spent - kept, reason, by=by, now=now, visit_id=visit.pk)


def give_credits_back(visits: Iterable[Visit], *, by: Actor, now: datetime) -> None:
    """Will give back all that credits paid for visits that do not take place, but for fees that stand."""
    paid = CreditEntry.objects.filter(visit__in=list(visits)).order_by("visit_id").values_list("visit_id", flat=True)
    for visit in Visit.objects.filter(pk__in=set(paid)).order_by("pk"):
        give_credit_back(visit, by=by, now=now)


def undo_credits(visits: Sequence[int], *, at: datetime, by: Actor, now: datetime) -> None:
    """Will move back what credits gave back with a change made `at`, as far as it is still there."""
    moved = CreditEntry.objects.filter(visit_id__in=visits, at=at).order_by("credit_id", "visit_id")
    for credit_id, visit_id, amount in moved.values_list("credit_id", "visit_id").annotate(Sum("amount_cents")):
        credit = Credit.objects.select_for_update(no_key=True).get(pk=credit_id)
        back = max(-amount, -balance_of(credit))
        if back:
            _enter(credit, back, UNDONE, by=by, now=now, visit_id=visit_id)


def _enter(
    credit: Credit, amount_cents: int, reason: str, *, by: Actor, now: datetime, visit_id: int | None = None
) -> CreditEntry:
    try:
        with transaction.atomic():
            entry = CreditEntry.objects.create(
                credit=credit, amount_cents=amount_cents, reason=reason, at=now, by_label=by.label, visit_id=visit_id
            )
    except IntegrityError as refused:
        if "credit_never_below_nothing" in str(refused):
            raise CreditTooSmall(CreditTooSmall.__doc__) from refused
        raise
    entry.refresh_from_db()
    return entry


def _subject(credit: Credit, entry: CreditEntry) -> UUID:
    # What happens to a customer's credit stands in their history; a gift card belongs to nobody.
    return entry.code if credit.customer is None else credit.customer.code


def _facts(credit: Credit, entry: CreditEntry) -> dict[str, Any]:
    return {
        "credit": credit.pk, "entry": entry.code, "kind": credit.kind,
        "amount_cents": entry.amount_cents, "currency": credit.currency,
    }  # fmt: skip

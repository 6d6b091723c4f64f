"""Gift cards and credit: paid in, spent on a visit, given back. The balance is the ledger's and never below nothing."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Sum

from midway.booking.models import Credit, CreditEntry, Visit
from midway.core.actor import Actor
from midway.crew.models import Branch
from midway.customers.models import Customer
from midway.journal.actions import record
from midway.runtime.database import one_transaction

_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without those that look like another."""


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


@one_transaction
def issue_credit(*, branch: Branch, given: NewCredit, by: Actor, now: datetime) -> Credit:
    """Will make a gift card or a customer's credit with its first amount."""
    credit = Credit.objects.create(
        code=_new_code(),
        branch=branch,
        kind=given.kind,
        customer=given.customer,
        currency=branch.currency,
        valid_to=given.valid_to,
        created_at=now,
    )
    entry = _enter(credit, given.amount_cents, given.reason, by=by, now=now)
    record(
        event="booking.credit.issued",
        subject=entry.code,
        by=by,
        at=now,
        facts={"credit": credit.pk, "kind": credit.kind, "amount_cents": given.amount_cents, "reason": given.reason},
    )
    return credit


@one_transaction
def adjust_credit(*, credit: Credit, amount_cents: int, reason: str, by: Actor, now: datetime) -> CreditEntry:
    """Will pay in (positive) or take out (negative). Raises `CreditTooSmall`."""
    entry = _enter(credit, amount_cents, reason, by=by, now=now)
    record(
        event="booking.credit.adjusted",
        subject=entry.code,
        by=by,
        at=now,
        facts={"credit": credit.pk, "amount_cents": amount_cents, "balance_cents": entry.balance_cents},
    )
    return entry


def balance_of(credit: Credit) -> int:
    """What is left, in cents."""
    last = credit.entries.order_by("-number").values_list("balance_cents", flat=True).first()
    return last or 0


def spend_credit(credit: Credit, visit_id: int, *, at_most: int, by: Actor, now: datetime) -> int:
    """Will pay for a visit from a credit as far as it goes, in the caller's transaction, and give the amount."""
    Credit.objects.select_for_update(no_key=True).get(pk=credit.pk)
    amount = min(at_most, balance_of(credit))
    if amount > 0:
        _enter(credit, -amount, "Spent on a visit", by=by, now=now, visit_id=visit_id)
    return max(0, amount)


def give_credit_back(visit: Visit, *, keep_cents: int, by: Actor, now: datetime) -> None:
    """Will give back what credits paid for a visit that was called off, all but the fee."""
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
            _enter(credit, -spent - kept, "Given back: the visit was called off", by=by, now=now, visit_id=visit.pk)


def undo_credits(visits: Sequence[int], *, at: datetime, by: Actor, now: datetime) -> None:
    """Will move back what credits gave back with a change made `at`, as far as it is still there."""
    moved = CreditEntry.objects.filter(visit_id__in=visits, at=at).order_by("credit_id", "visit_id")
    for credit_id, visit_id, amount in moved.values_list("credit_id", "visit_id").annotate(Sum("amount_cents")):
        credit = Credit.objects.select_for_update(no_key=True).get(pk=credit_id)
        back = max(-amount, -balance_of(credit))
        if back:
            _enter(credit, back, "Undone", by=by, now=now, visit_id=visit_id)


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


def _new_code() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))

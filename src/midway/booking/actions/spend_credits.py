"""Credit pays by itself: as soon as a visit has taken place, or a fee stands, before anything else is asked for."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from midway.booking.actions.credits import spend_credit
from midway.booking.models import Credit, Visit
from midway.booking.payments import due_of, live_credits, may_be_due, purses_of
from midway.core.actor import SYSTEM, Actor
from midway.core.payment import Purse, Share, in_order_of_use, shares_of
from midway.journal.actions import record
from midway.runtime.database import one_transaction


def spend_credits(*, now: datetime, by: Actor = SYSTEM) -> int:
    """Will pay from customers' credit what has become due after the credit was given, and give the cents paid.

    Each visit in a transaction of its own, its row locked: run twice, or twice at once, it pays once.
    """
    holders = set(live_credits(now=now).values_list("customer_id", flat=True))
    waiting = list(may_be_due(holders, now=now).values_list("pk", flat=True))
    return sum(_pay(pk, by=by, now=now) for pk in waiting)


@one_transaction
def _pay(visit_id: int, *, by: Actor, now: datetime) -> int:
    visit = Visit.objects.select_for_update(of=("self",), no_key=True).get(pk=visit_id)
    due = due_of(visit, now=now)
    if due.left_cents <= 0 or due.since is None:
        return 0
    given_before = live_credits(now=now).filter(created_at__lt=due.since)
    purses = purses_of(given_before, visit)
    return _spend(visit, shares_of(due.left_cents, in_order_of_use(list(purses))), purses, by=by, now=now)


def _spend(visit: Visit, shares: Iterable[Share], purses: Mapping[Purse, Credit], *, by: Actor, now: datetime) -> int:
    paid = 0
    for share in shares:
        paid += spend_credit(purses[share.purse], visit.pk, at_most=share.amount_cents, by=by, now=now)
    if paid:
        facts = {"amount_cents": paid, "currency": visit.currency}
        record(event="booking.credit.spent", subject=visit.code, by=by, at=now, facts=facts)
    return paid

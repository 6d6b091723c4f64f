"""What a visit comes to, what gift cards and credit have paid of it, and what they will."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum

from midway.booking.models import Charge, Credit, CreditEntry, Visit
from midway.core.payment import Purse, Share, in_order_of_use, shares_of
from midway.core.visit_states import EARNS_REVENUE, OCCUPIES_CALENDAR, VisitState

COUNTS_AS_DONE_AFTER = timedelta(days=1)
"""A visit nobody reported done, that was neither called off nor found locked, counts as done after so long. A fee is
due after as long, when it can be undone no more."""
LOOK_BACK = timedelta(days=60)
TOOK_PLACE = [VisitState.SCHEDULED, VisitState.EN_ROUTE, VisitState.IN_PROGRESS]


@dataclass(frozen=True)
class Due:
    """What is owed for a visit and since when (nothing yet: since is none), and what was paid of it."""

    owed_cents: int
    paid_cents: int
    since: datetime | None

    @property
    def left_cents(self) -> int:
        """What is left to pay."""
        return max(0, self.owed_cents - self.paid_cents)


@dataclass(frozen=True)
class Paid:
    """A line under a price: by what, how much, and whether that is still to come."""

    kind: str
    amount_cents: int
    is_to_come: bool = False


@dataclass(frozen=True)
class Payments:
    """How a price and its fees are paid before the rest is asked for; the lines and the rest sum to them.

    `fee_cents` is what comes on top of the price of a visit that takes place.
    """

    lines: Sequence[Paid]
    left_cents: int
    fee_cents: int = 0


def paid_of(visit: Visit) -> int:
    """What gift cards and credit have paid for a visit."""
    return -(CreditEntry.objects.filter(visit=visit).aggregate(Sum("amount_cents"))["amount_cents__sum"] or 0)


def has_taken_place(visit: Visit, *, now: datetime) -> bool:
    """Whether a visit is done, or counts as done."""
    if visit.state == VisitState.DONE:
        return True
    return visit.state in TOOK_PLACE and visit.ends_at <= now - COUNTS_AS_DONE_AFTER


def done_by(now: datetime) -> Q:
    """The same as a condition on visits."""
    late = Q(state__in=TOOK_PLACE, during__endswith__lte=now - COUNTS_AS_DONE_AFTER)
    return Q(state=VisitState.DONE) | late


def due_of(visit: Visit, *, now: datetime) -> Due:
    """What is owed for a visit by now: its fees, and its price where it took place. What was paid is for both."""
    paid = paid_of(visit)
    due = _standing(visit).filter(amount_cents__gt=0, at__lte=now - COUNTS_AS_DONE_AFTER)
    charged = list(due.order_by("at").values_list("amount_cents", "at"))
    fee_cents = sum(cents for cents, _at in charged)
    if has_taken_place(visit, now=now):
        return Due(visit.price_cents + fee_cents, paid, visit.ends_at)
    return Due(fee_cents, paid, charged[-1][1] if charged else None)


def may_be_due(customers: Collection[int], *, now: datetime) -> QuerySet[Visit]:
    """Visits of these customers of late for which something may be owed, the oldest first."""
    lately = Visit.objects.filter(customer__in=customers, during__endswith__gt=now - LOOK_BACK)
    charged = Charge.objects.filter(withdrawn_at=None, amount_cents__gt=0, at__lte=now - COUNTS_AS_DONE_AFTER)
    return lately.filter(done_by(now) | Q(pk__in=charged.values("visit_id"))).order_by("during", "pk")


def live_credits(*, now: datetime) -> QuerySet[Credit]:
    """Customers' credits, gift cards of theirs among them, that have something left and have not ended."""
    last = CreditEntry.objects.filter(credit=OuterRef("pk")).order_by("-number").values("balance_cents")[:1]
    found = Credit.objects.annotate(balance=Subquery(last)).filter(balance__gt=0, customer__isnull=False)
    # By the day in London: where a branch's clock is behind, a credit lasts some hours longer.
    return found.filter(Q(valid_to=None) | Q(valid_to__gte=(now - timedelta(hours=12)).date()))


def purses_of(given: QuerySet[Credit], visit: Visit) -> Mapping[Purse, Credit]:
    """The credits that can pay for this visit, as purses."""
    theirs = given.filter(customer=visit.customer_id, branch=visit.branch_id, currency=visit.currency)
    return {Purse(c.pk, c.balance_cents, c.valid_to): c for c in theirs.order_by("pk")}


def comes_to(visit: Visit) -> int:
    """What a visit costs as it stands: its fees, and its price unless it was called off or nobody let us in."""
    return fees_of(visit) + (visit.price_cents if VisitState(visit.state) in EARNS_REVENUE else 0)


def fees_of(visit: Visit) -> int:
    """The fees that stand for a visit: of one that takes place, for moving it as far as if it were left out."""
    return _standing(visit).aggregate(Sum("amount_cents"))["amount_cents__sum"] or 0


def _standing(visit: Visit) -> QuerySet[Charge]:
    return Charge.objects.filter(visit=visit, withdrawn_at=None)


def payments_of(visit: Visit, *, now: datetime) -> Payments:
    """What has paid of what a visit comes to, and what the customer's credit will pay where it is the next to come."""
    spent = CreditEntry.objects.filter(visit=visit).values_list("credit__kind").annotate(Sum("amount_cents"))
    lines = [Paid(kind, -cents) for kind, cents in sorted(spent) if cents]
    left = max(0, comes_to(visit) - sum(line.amount_cents for line in lines))
    if is_next_of_customer(visit, now=now):
        by_purse = purses_of(live_credits(now=now), visit)
        coming: Sequence[Share] = shares_of(left, in_order_of_use(list(by_purse)))
        lines += [Paid(by_purse[s.purse].kind, s.amount_cents, is_to_come=True) for s in coming]
        left -= sum(share.amount_cents for share in coming)
    return Payments(lines, left, fees_of(visit) if VisitState(visit.state) in EARNS_REVENUE else 0)


def is_next_of_customer(visit: Visit, *, now: datetime) -> bool:
    """Whether this is the visit for which the customer pays next."""
    if visit.state not in OCCUPIES_CALENDAR or visit.state == VisitState.DONE or visit.ends_at <= now:
        return False
    sooner = Visit.objects.filter(customer=visit.customer_id, state__in=TOOK_PLACE, during__endswith__gt=now)
    return not sooner.filter(during__lt=visit.during).exists()


def balance_of_customer(customer_id: int, *, now: datetime) -> Sequence[tuple[str, int]]:
    """What a customer has with us, by currency."""
    totals: dict[str, int] = {}
    for credit in live_credits(now=now).filter(customer=customer_id):
        totals[credit.currency] = totals.get(credit.currency, 0) + credit.balance_cents
    return sorted(totals.items())

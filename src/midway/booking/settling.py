"""What took place and was not brought to its end: nobody reported it done, or credit that should have paid has not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from midway.booking.models import Charge, CreditEntry, Visit
from midway.booking.payments import COUNTS_AS_DONE_AFTER, LOOK_BACK, TOOK_PLACE, live_credits
from midway.core.visit_states import VisitState

WEEK = timedelta(days=7)
SETTLED_WITHIN = timedelta(hours=2)
"""Credit pays every quarter of an hour."""


@dataclass(frozen=True)
class Settling:
    """Of a week's visits that are over: how many, and how many of them only count as done; and of the last weeks', the
    codes of those that credit should have paid."""

    over: int
    unreported: int
    unpaid: Sequence[str]


def settling(*, now: datetime) -> Settling:
    """Will look at what has counted as done for at least a day. Read only, two questions."""
    settled = now - COUNTS_AS_DONE_AFTER
    over = Visit.objects.filter(state__in=[*TOOK_PLACE, VisitState.DONE], during__endswith__lte=settled)
    counts = over.filter(during__endswith__gt=settled - WEEK).values_list("state", flat=True)
    states = list(counts)
    return Settling(len(states), sum(state != VisitState.DONE for state in states), _unpaid(now=now))


def _unpaid(*, now: datetime) -> list[str]:
    settled = now - COUNTS_AS_DONE_AFTER - SETTLED_WITHIN
    paid = CreditEntry.objects.filter(visit=OuterRef("pk")).values("visit").annotate(cents=Sum("amount_cents"))
    theirs = live_credits(now=now).filter(
        customer=OuterRef("customer_id"), branch=OuterRef("branch_id"), currency=OuterRef("currency"),
        created_at__lt=OuterRef("ended"),
    )  # fmt: skip
    over = Visit.objects.filter(
        state__in=[*TOOK_PLACE, VisitState.DONE],
        during__endswith__lte=settled,
        during__endswith__gt=now - LOOK_BACK,
    )
    charged = Charge.objects.filter(visit=OuterRef("pk"), withdrawn_at=None, at__lte=settled).values("visit")
    fees = Subquery(charged.annotate(cents=Sum("amount_cents")).values("cents"))
    left = over.annotate(
        ended=F("during__endswith"), paid=Coalesce(Subquery(paid.values("cents")), 0), fees=Coalesce(fees, 0)
    )
    found = left.filter(Q(price_cents__gt=-F("paid") - F("fees")), Exists(theirs)).order_by("ended", "pk")
    return [str(code) for code in found.values_list("code", flat=True)]

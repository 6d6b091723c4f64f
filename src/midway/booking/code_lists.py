"""Coupons, gift cards and credit as the office sees them: what is left, and what they have cost so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum

from midway.booking.codes import why_not
from midway.booking.models import AgreedPrice, Coupon, CouponUse, Credit, CreditEntry, Referral
from midway.crew.models import Branch
from midway.customers.models import Customer


@dataclass(frozen=True)
class CouponRow:
    """A coupon with what it has taken off so far. `problem` is why it does not count today, if it does not."""

    coupon: Coupon
    cost_cents: int
    problem: str

    @property
    def left(self) -> int | None:
        """How often it can be used yet; nothing where there is no limit."""
        most = self.coupon.most_uses
        return None if most is None else most - self.coupon.uses


@dataclass(frozen=True)
class ReferralFigures:
    """How many were brought, how many of them were rewarded, and what that has cost."""

    brought: int
    rewarded: int
    given_cents: int


def coupon_rows(branch: Branch, *, on: date) -> list[CouponRow]:
    """Every coupon of a branch, those that count first, then the newest. Two queries."""
    costs = dict(CouponUse.objects.filter(coupon__branch=branch).values_list("coupon_id").annotate(Sum("amount_cents")))
    rows = [CouponRow(c, costs.get(c.pk, 0), why_not(c, on=on)) for c in Coupon.objects.filter(branch=branch)]
    return sorted(rows, key=lambda row: (bool(row.problem), -row.coupon.pk))


def gift_cards(branch: Branch) -> QuerySet[Credit]:
    """A branch's gift cards with `balance` and `paid_in`, the newest first."""
    cards = Credit.objects.filter(branch=branch, kind=Credit.Kind.GIFT_CARD).select_related("customer")
    return _with_figures(cards).order_by("-id")


def credits_of(customer: Customer) -> Sequence[Credit]:
    """A customer's credits with `balance` and their entries, the newest first."""
    found = Credit.objects.filter(customer=customer).select_related("branch").prefetch_related("entries__visit")
    return list(_with_figures(found).order_by("-id"))


def agreed_prices_of(customer: Customer) -> Sequence[AgreedPrice]:
    """A customer's own prices, the newest first."""
    return list(
        AgreedPrice.objects.filter(customer=customer)
        .select_related("service", "premises")
        .order_by("-starts_on", "-id")
    )


def referral_figures(branch: Branch) -> ReferralFigures:
    """What bringing people has come to at a branch. Two queries."""
    of_branch = Referral.objects.filter(terms__branch=branch)
    counts = of_branch.aggregate(all=Count("id"), done=Count("id", filter=Q(rewarded_at__isnull=False)))
    given = CreditEntry.objects.filter(credit__referral__in=of_branch, number=1).aggregate(Sum("amount_cents"))
    return ReferralFigures(counts["all"], counts["done"], given["amount_cents__sum"] or 0)


def _with_figures(found: QuerySet[Credit]) -> QuerySet[Credit]:
    entries = CreditEntry.objects.filter(credit=OuterRef("pk"))
    last = entries.order_by("-number").values("balance_cents")[:1]
    first = entries.order_by("number")
    return found.annotate(
        balance=Subquery(last), paid_in=Subquery(first.values("amount_cents")[:1]),
        reference=Subquery(first.values("code")[:1]), why=Subquery(first.values("reason")[:1]),
    )  # fmt: skip

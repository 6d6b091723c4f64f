"""Pricing a plan's visits by the gap before them, where the policy says so; in the caller's transaction."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from midway.booking.actions.credits import COSTS_LESS, give_credit_back
from midway.booking.models import Plan, Visit
from midway.booking.payments import fees_of, paid_of
from midway.booking.policies import Rulebook
from midway.booking.visit_prices import FREQUENCY_OF_WEEKS, VisitPrices, working_of
from midway.core.actor import Actor
from midway.core.policy import PolicyTerms, rhythm_of_gap
from midway.core.price_list import FREQUENCIES
from midway.core.pricing import Price, PriceError
from midway.core.visit_states import OCCUPIES_CALENDAR, STILL_TO_COME
from midway.journal.actions import record


def price_after_skip(visit: Visit, terms: PolicyTerms, *, now: datetime) -> int | None:
    """What the plan's next visit would cost if this one fell out, where that is another price than now."""
    following = _following(visit, now=now)
    if following is None:
        return None
    found = _price_for_gap(following, terms, without=visit, now=now)
    return None if found is None or found[0] == following.price_cents else found[0]


def with_following(visit: Visit, *, now: datetime) -> list[Visit]:
    """A visit, and the one after it in its plan: what changes when it falls out."""
    following = _following(visit, now=now)
    return [visit] if following is None else [visit, following]


def reprice_after_gap(visit: Visit, *, by: Actor, now: datetime) -> None:
    """Will give the visit after this one the price of the gap that is before it now.

    A price changed by hand stays as it is. Nothing happens where the policy does not price gaps.
    """
    if visit.plan_id is None:
        return
    terms, _policy = Rulebook(visit.branch).terms(service_id=visit.service_id, now=now)
    following = _following(visit, now=now, is_to_change=True) if terms.is_gap_priced else None
    found = None if following is None else _price_for_gap(following, terms, without=None, now=now)
    if following is None or found is None or found[0] == following.price_cents:
        return
    _reprice(GapPrice(following, *found), by=by, now=now)


@dataclass(frozen=True)
class GapPrice:
    """What a visit costs by the gap before it, with the working."""

    visit: Visit
    price_cents: int
    price: Price
    paid_cents: int = 0

    @property
    def back_cents(self) -> int:
        """What credit and gift cards have paid beyond the new price: it is given back."""
        return max(0, self.paid_cents - self.price_cents)


def prices_after_move(
    visit: Visit, *, to: datetime, terms: PolicyTerms, now: datetime, fee_cents: int = 0
) -> list[GapPrice]:
    """What changes in price when a plan's visit is moved: it, who comes after its new place, who after its old one.

    Nothing where the policy does not price gaps. Each visit's own day keeps deciding on weekends and holidays. What was
    paid for a visit is for its fees too, and for that of this move.
    """
    if not terms.is_gap_priced or visit.plan_id is None:
        return []
    kept = Visit.objects.filter(plan_id=visit.plan_id, state__in=OCCUPIES_CALENDAR).exclude(pk=visit.pk)
    starts = sorted((v.starts_at, v.pk) for v in kept.only("pk", "during"))
    nexts = {next((pk for start, pk in starts if start > moment), None) for moment in (visit.starts_at, to)}
    affected = _with_prices(Visit.objects.filter(pk__in=[visit.pk, *(pk for pk in nexts if pk)]))
    moved = sorted([*starts, (to, visit.pk)])
    zone = visit.branch.zoneinfo
    prices = []
    for one in affected.filter(state__in=STILL_TO_COME).order_by("during"):
        start = to if one.pk == visit.pk else one.starts_at
        before = [s for s, pk in moved if s < start and pk != one.pk]
        gap = (start.astimezone(zone).date() - before[-1].astimezone(zone).date()).days if before else None
        found = _price_at(one, gap, terms, now=now) if one.starts_at > now else None
        if found is not None and found[0] != one.price_cents:
            fees = fees_of(one) + (fee_cents if one.pk == visit.pk else 0)
            prices.append(GapPrice(one, *found, paid_cents=paid_of(one) - fees))
    return prices


def reprice(prices: list[GapPrice], *, by: Actor, now: datetime) -> None:
    """Will give the visits these prices."""
    for found in prices:
        _reprice(found, by=by, now=now)


def _reprice(found: GapPrice, *, by: Actor, now: datetime) -> None:
    visit = Visit.objects.select_for_update(of=("self",), no_key=True).get(pk=found.visit.pk)
    before, visit.price_cents = visit.price_cents, found.price_cents
    visit.lines = working_of(found.price, total_cents=found.price_cents)
    visit.revision += 1
    visit.save(update_fields=["price_cents", "lines", "revision"])
    give_credit_back(visit, by=by, now=now, reason=COSTS_LESS)
    record(
        event="booking.visit.repriced",
        subject=visit.code,
        by=by,
        at=now,
        facts={"from_cents": before, "price_cents": found.price_cents, "reason": "gap"},
    )


def _following(visit: Visit, *, now: datetime, is_to_change: bool = False) -> Visit | None:
    if visit.plan_id is None or visit.occurrence_on is None:
        return None
    ahead = Visit.objects.filter(plan_id=visit.plan_id, occurrence_on__gt=visit.occurrence_on)
    ahead = ahead.filter(state__in=STILL_TO_COME, during__startswith__gt=now)
    if is_to_change:
        ahead = ahead.select_for_update(of=("self",), no_key=True)
    return _with_prices(ahead).order_by("occurrence_on").first()


def _with_prices(visits: "QuerySet[Visit]") -> "QuerySet[Visit]":
    return visits.select_related("branch", "service", "plan", "booking__quote__price_list", "booking__quote__service")


def _price_for_gap(
    visit: Visit, terms: PolicyTerms, *, without: Visit | None, now: datetime
) -> tuple[int, Price] | None:
    before = Visit.objects.filter(
        plan=visit.plan_id, state__in=OCCUPIES_CALENDAR, occurrence_on__lt=visit.occurrence_on
    )
    if without is not None:
        before = before.exclude(pk=without.pk)
    last = before.order_by("-occurrence_on").first()
    return _price_at(visit, _days(last, visit) if last else None, terms, now=now)


def _price_at(visit: Visit, days: int | None, terms: PolicyTerms, *, now: datetime) -> tuple[int, Price] | None:
    # The price by the gap before a visit; nothing where the price was changed by hand, or the rhythm has no name.
    plan = visit.plan
    usual = None if plan is None else rhythm_of_plan(plan)
    if plan is None or usual is None or visit.occurrence_on is None:
        return None
    gap = usual if days is None else rhythm_of_gap(days, terms)
    if FREQUENCIES[gap] and FREQUENCIES[gap] <= FREQUENCIES[usual]:
        gap = usual
    try:
        prices = VisitPrices(visit, now=now)
        in_rhythm = prices.price(frequency=usual)
        normal = (
            plan.price_on(visit.occurrence_on) - prices.price(extras=prices.quote.extras, frequency=usual).total_cents
        )
        known = {prices.price(frequency=f).total_cents + normal for f in FREQUENCIES}
        price = in_rhythm if gap == usual else prices.price(frequency=gap)
    except PriceError:
        return None
    return (max(0, price.total_cents + normal), price) if visit.price_cents in known else None


def rhythm_of_plan(plan: Plan) -> str | None:
    """The rhythm a plan is priced by; nothing where it comes on several days or by months."""
    if plan.nth is not None or len(plan.weekdays) != 1:
        return None
    return FREQUENCY_OF_WEEKS.get(plan.every)


def _days(one: Visit, other: Visit) -> int:
    zone = one.branch.zoneinfo
    return (other.starts_at.astimezone(zone).date() - one.starts_at.astimezone(zone).date()).days

"""What a plan's visits cost by prices agreed with its customer for a time, in the caller's transaction.

One agreed without an end becomes the plan's own price; one with an end holds on its days, however late they get their
visits, and then the plan's price holds again, with every rise that was announced.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.db.models import Q, QuerySet

from midway.booking.models import AgreedPrice, Booking, Plan, Visit
from midway.booking.visit_prices import VisitPrices, working_of
from midway.core.pricing import Price, PriceError


def agreed_for(plan: Plan) -> "QuerySet[AgreedPrice]":
    """The prices agreed with a plan's customer for its service: of its home, and of all their homes."""
    found = AgreedPrice.objects.filter(customer=plan.customer_id, service=plan.service_id)
    return found.filter(Q(premises=None) | Q(premises=plan.premises_id))


def agreed_for_a_time(plan: Plan, *, first: date, last: date) -> list[AgreedPrice]:
    """Those with an end that its visits of these dates follow, that of the home before one of all homes."""
    return nearest_first(agreed_for(plan).filter(is_for_plans=True, starts_on__lte=last, ends_on__gte=first))


def nearest_first(prices: Iterable[AgreedPrice]) -> list[AgreedPrice]:
    """Those of a home before those of all homes."""
    return sorted(prices, key=lambda kept: (kept.premises_id is None, -kept.pk))


def agreed_on(prices: Sequence[AgreedPrice], day: date) -> AgreedPrice | None:
    """The first of these that holds on a day."""
    return next((p for p in prices if p.starts_on <= day and (p.ends_on is None or day <= p.ends_on)), None)


def price_new_visits(plan: Plan, visits: Sequence[Visit], *, now: datetime) -> None:
    """Will give visits that were just made the price that was agreed for their dates, where one was."""
    days = [visit.occurrence_on for visit in visits if visit.occurrence_on is not None]
    prices = agreed_for_a_time(plan, first=min(days), last=max(days))
    held = {v: kept for v in visits if v.occurrence_on and (kept := agreed_on(prices, v.occurrence_on))}
    if not held:
        return
    bookings = Booking.objects.select_related("quote__price_list", "quote__service", "quote__branch")
    booking = bookings.get(quote=plan.quote_id)
    for visit, kept in held.items():
        visit.booking = booking
        at_own_price(visit, kept, now=now)
    Visit.objects.bulk_update(held, ["price_cents", "lines"])


def at_own_price(visit: Visit, kept: AgreedPrice, *, now: datetime) -> int:
    """Will give the visit its own price with its extras; answers with that of the clean as the plan has it."""
    prices = VisitPrices(visit, now=now)
    try:
        price: Price = prices.price(agreed_cents=kept.price_cents)
        plain = prices.price(extras=prices.quote.extras, agreed_cents=kept.price_cents).total_cents
    except PriceError:
        return kept.price_cents
    visit.price_cents, visit.lines = price.total_cents, working_of(price, total_cents=price.total_cents)
    return plain

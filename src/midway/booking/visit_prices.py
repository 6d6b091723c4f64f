"""What a visit that was agreed costs when something of it changes: by the price list of its quote.

A price that was changed by hand, or by a rate rise, keeps its distance from the list: only the difference that
the change makes is added.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from midway.booking.models import Quote, Visit
from midway.booking.queries import price_list_in_force
from midway.booking.rates import rates_from_json
from midway.core.price_list import ExtraRate, Rates
from midway.core.pricing import Circumstances, CouponTerms, Home, Price, price_home

FREQUENCY_OF_WEEKS = {1: "weekly", 2: "biweekly", 3: "every_3_weeks", 4: "every_4_weeks"}


@dataclass(frozen=True)
class ChangedPrice:
    """What a visit would cost and how long it would take, with the working."""

    price_cents: int
    duration_minutes: int
    lines: Sequence[dict[str, Any]]


def home_of(quote: Quote) -> Home:
    """What a quote was made for."""
    return Home(
        service=quote.service.code,
        bedrooms=quote.bedrooms,
        bathrooms=quote.bathrooms,
        square_feet=quote.square_feet,
        extras=tuple(quote.extras),
        frequency=quote.frequency,
        half_baths=quote.half_baths,
        people=quote.people,
        minutes=quote.asked_minutes,
    )


class VisitPrices:
    """Prices one visit under other circumstances. Raises `core.pricing.PriceError` where that cannot be done."""

    def __init__(self, visit: Visit, *, extras: Sequence[str] = (), now: datetime) -> None:
        self.visit, self.quote = visit, visit.booking.quote
        self.is_first = _is_first(visit)
        self.rates = _rates(self.quote, [*visit.agreed_extras, *extras], now=now)

    def price(
        self, *, extras: Sequence[str] | None = None, frequency: str | None = None, agreed_cents: int | None = None
    ) -> Price:
        """The list's price with these extras, in this rhythm, with this price of the customer's own."""
        quote = self.quote
        home = replace(
            home_of(quote),
            extras=tuple(self.visit.agreed_extras if extras is None else extras),
            frequency=frequency or quote.frequency,
        )
        has_coupon = self.is_first or quote.frequency == "once"
        circumstances = Circumstances(
            postcode=quote.postcode,
            is_first=self.is_first,
            day=quote.day_kind(self.visit.starts_at),
            coupon=coupon_terms(quote) if has_coupon else None,
            agreed_cents=quote.agreed_cents if agreed_cents is None else agreed_cents,
            pace_percent=quote.pace_percent,
        )
        return price_home(home, self.rates, circumstances)

    def with_extras(self, extras: Sequence[str]) -> ChangedPrice:
        """The visit with other extras: its price and length as they are, and what the change makes of them."""
        before, after = self.price(), self.price(extras=extras)
        cents = max(0, self.visit.price_cents + after.total_cents - before.total_cents)
        length = int(self.visit.duration.total_seconds()) // 60
        minutes = max(15, length + after.duration_minutes - before.duration_minutes)
        return ChangedPrice(cents, minutes, working_of(after, total_cents=cents))


def extras_sold(visit: Visit, *, now: datetime) -> list[ExtraRate]:
    """The extras a visit can have: those of its own price list at their price, and what is sold besides by now."""
    quote = visit.booking.quote
    own = rates_from_json(quote.price_list.rates).extras
    _newest, current = price_list_in_force(quote.branch, on=now.astimezone(quote.branch.zoneinfo).date())
    sold = {extra.code for extra in current.extras} | set(visit.agreed_extras)
    known = {extra.code for extra in own}
    return [*(e for e in own if e.code in sold), *(e for e in current.extras if e.code not in known)]


def coupon_terms(quote: Quote) -> CouponTerms | None:
    """What the quote's coupon takes off, if it has one."""
    coupon = quote.coupon
    return None if coupon is None else CouponTerms(coupon.code, coupon.percent, coupon.amount_cents)


def working_of(price: Price, *, total_cents: int) -> list[dict[str, Any]]:
    """The working, with a line of its own where the price agreed is other than the list's; sums to the total."""
    lines = [asdict(line) for line in price.lines]
    rest = total_cents - price.total_cents
    return [*lines, {"label": "changed", "amount_cents": rest, "minutes": 0}] if rest else lines


def _is_first(visit: Visit) -> bool:
    quote = visit.booking.quote
    if quote.frequency == "once" or not any(p["is_first"] for p in quote.other_prices):
        return False
    return not Visit.objects.filter(booking_id=visit.booking_id, pk__lt=visit.pk).exists()


def _rates(quote: Quote, extras: Sequence[str], *, now: datetime) -> Rates:
    rates = rates_from_json(quote.price_list.rates)
    missing = set(extras) - {extra.code for extra in rates.extras}
    if not missing:
        return rates
    # What was not sold yet when the price was given is sold as it is now.
    _newest, current = price_list_in_force(quote.branch, on=now.astimezone(quote.branch.zoneinfo).date())
    return replace(rates, extras=(*rates.extras, *(e for e in current.extras if e.code in missing)))

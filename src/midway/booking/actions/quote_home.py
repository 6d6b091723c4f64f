"""Price a home and keep the price, with every other price that was shown beside it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from midway.booking.agreed_prices import agreed_cents
from midway.booking.codes import coupon_named, friend_with, gift_card_named, terms_of_coupon
from midway.booking.models import OpenHoliday, Pace, Quote
from midway.booking.queries import Offer, price_list_in_force, tidy_postcode
from midway.core.price_list import Rates
from midway.core.pricing import (
    HOLIDAY,
    ORDINARY,
    WEEKEND,
    Circumstances,
    Home,
    Price,
    price_home,
)
from midway.crew.models import Holiday
from midway.customers.models import Customer, Property


@dataclass(frozen=True)
class Wishes:
    """What lowers or pays a price, and whose code brought them, as it was typed; and who asks, where we know."""

    coupon: str = ""
    gift_card: str = ""
    friend: str = ""
    customer: Customer | None = None
    premises: Property | None = None


NO_WISHES = Wishes()


@dataclass(frozen=True)
class Priced:
    """The price of a visit, and the other prices shown: of a first visit, a weekend, a holiday."""

    price: Price
    others: Sequence[dict[str, Any]]


def price_for(*, offer: Offer, home: Home, now: datetime, postcode: str = "", wishes: Wishes = NO_WISHES) -> Price:
    """Will work out the ordinary price without keeping it, for pages that show it while people choose.

    Raises `core.pricing.PriceError` or `NoPrices`.
    """
    _, rates = price_list_in_force(offer.branch, on=now.astimezone(offer.branch.zoneinfo).date())
    known = Circumstances(
        postcode=tidy_postcode(postcode),
        agreed_cents=_agreed(offer, wishes, postcode=postcode, now=now),
        pace_percent=_pace(offer, wishes),
    )
    return price_home(home, rates, known)


def quote_home(*, offer: Offer, home: Home, postcode: str, now: datetime, wishes: Wishes = NO_WISHES) -> Quote:
    """Will price a home and keep the quote with its working, honoured until it expires.

    Raises `core.pricing.PriceError`, also for a code that does not count, or `NoPrices`.
    """
    branch = offer.branch
    price_list, rates = price_list_in_force(branch, on=_today(offer, now))
    coupon = coupon_named(wishes.coupon, branch=branch, now=now)
    circumstances = Circumstances(
        postcode=tidy_postcode(postcode),
        coupon=None if coupon is None else terms_of_coupon(coupon),
        agreed_cents=_agreed(offer, wishes, postcode=postcode, now=now),
        pace_percent=_pace(offer, wishes),
    )
    priced = priced_with(home, rates, circumstances, holidays=_holidays(offer, rates, now=now))
    price = priced.price
    card = gift_card_named(wishes.gift_card, branch=branch, now=now, customer=wishes.customer)
    return Quote.objects.create(
        branch=branch,
        service=offer.service,
        price_list=price_list,
        postcode=tidy_postcode(postcode),
        bedrooms=home.bedrooms,
        bathrooms=home.bathrooms,
        half_baths=home.half_baths,
        square_feet=home.square_feet,
        people=home.people,
        asked_minutes=home.minutes,
        extras=list(home.extras),
        frequency=home.frequency,
        total_cents=price.total_cents,
        currency=price.currency,
        duration_minutes=price.duration_minutes,
        team_size=price.team_size,
        lines=[asdict(line) for line in price.lines],
        other_prices=list(priced.others),
        coupon=coupon,
        credit=card,
        credit_cents=None if card is None else card.balance_cents,
        referrer=friend_with(wishes.friend, branch=branch, customer=wishes.customer),
        agreed_cents=circumstances.agreed_cents,
        pace_percent=circumstances.pace_percent,
        created_at=now,
        expires_at=now + timedelta(days=branch.quote_days),
    )


def priced_with(home: Home, rates: Rates, given: Circumstances, *, holidays: Sequence[str] = ()) -> Priced:
    """Will work out all the prices of a home; a coupon counts for the first visit of a series only."""
    is_series = home.frequency != "once"
    later = replace(given, coupon=None) if is_series else given
    price = price_home(home, rates, later)
    days: dict[str, Sequence[Any]] = {ORDINARY: ()}
    if rates.weekend_percent != 100:
        days[WEEKEND] = list(rates.weekend_days)
    if rates.holiday_percent != 100 and holidays:
        days[HOLIDAY] = list(holidays)
    others = [
        _shown(price_home(home, rates, replace(asked, is_first=is_first, day=day)), is_first, day, among)
        for is_first, asked in ((False, later), *([(True, given)] if is_series else []))
        for day, among in days.items()
        if is_first or day != ORDINARY
    ]
    if [p["total_cents"] for p in others] == [price.total_cents]:
        others = [p for p in others if p["duration_minutes"] != price.duration_minutes]
    return Priced(price, others)


def _shown(price: Price, is_first: bool, day: str, among: Sequence[Any]) -> dict[str, Any]:
    return {
        "is_first": is_first,
        "day": day,
        "days": list(among),
        "total_cents": price.total_cents,
        "duration_minutes": price.duration_minutes,
        "lines": [asdict(line) for line in price.lines],
    }


def _agreed(offer: Offer, wishes: Wishes, *, postcode: str, now: datetime) -> int | None:
    on = _today(offer, now)
    return agreed_cents(wishes.customer, service=offer.service, premises=wishes.premises, postcode=postcode, on=on)


def _pace(offer: Offer, wishes: Wishes) -> int:
    if wishes.premises is None:
        return 100
    in_force = Pace.objects.filter(premises=wishes.premises, service=offer.service, withdrawn_at=None)
    return in_force.values_list("percent", flat=True).first() or 100


def _holidays(offer: Offer, rates: Rates, *, now: datetime) -> list[str]:
    if rates.holiday_percent == 100:
        return []
    today = _today(offer, now)
    # Also of the closed ones: a cleaner with hours of their own on such a day works at the holiday price.
    days: set[date] = set()
    for kind in (OpenHoliday, Holiday):
        days |= set(kind.objects.filter(branch=offer.branch, on__gte=today).values_list("on", flat=True))
    return [day.isoformat() for day in sorted(days)]


def _today(offer: Offer, now: datetime) -> date:
    return now.astimezone(offer.branch.zoneinfo).date()

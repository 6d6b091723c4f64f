"""Price a home and keep the price, with every other price that was shown beside it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from midway.booking.models import AgreedPrice, Coupon, Credit, OpenHoliday, Pace, Quote
from midway.booking.queries import Offer, price_list_in_force, tidy_postcode
from midway.core.price_list import Rates
from midway.core.pricing import (
    HOLIDAY,
    ORDINARY,
    WEEKEND,
    Circumstances,
    CouponTerms,
    Home,
    Price,
    PriceError,
    price_home,
)
from midway.crew.models import Branch, Holiday
from midway.customers.models import Customer, Property


@dataclass(frozen=True)
class Wishes:
    """What lowers or pays a price, as it was typed; and who asks, where the office knows."""

    coupon: str = ""
    gift_card: str = ""
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
        agreed_cents=_agreed(offer, wishes, now=now),
        pace_percent=_pace(offer, wishes),
    )
    return price_home(home, rates, known)


def quote_home(*, offer: Offer, home: Home, postcode: str, now: datetime, wishes: Wishes = NO_WISHES) -> Quote:
    """Will price a home and keep the quote with its working, honoured until it expires.

    Raises `core.pricing.PriceError`, also for a coupon or gift card that does not count, or `NoPrices`.
    """
    branch = offer.branch
    price_list, rates = price_list_in_force(branch, on=now.astimezone(branch.zoneinfo).date())
    coupon = coupon_named(wishes.coupon, branch=branch, now=now)
    circumstances = Circumstances(
        postcode=tidy_postcode(postcode),
        coupon=None if coupon is None else terms_of_coupon(coupon),
        agreed_cents=_agreed(offer, wishes, now=now),
        pace_percent=_pace(offer, wishes),
    )
    priced = priced_with(home, rates, circumstances, holidays=_holidays(offer, rates, now=now))
    price = priced.price
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
        credit=_gift_card(offer, wishes, now=now),
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


def terms_of_coupon(coupon: Coupon) -> CouponTerms:
    """What a coupon takes off."""
    return CouponTerms(coupon.code, coupon.percent, coupon.amount_cents)


def coupon_named(code: str, *, branch: Branch, now: datetime) -> Coupon | None:
    """The coupon with this code, however it is typed; nothing for no code.

    Raises `core.pricing.PriceError` for one that does not count.
    """
    if not code.strip():
        return None
    today = now.astimezone(branch.zoneinfo).date()
    found = Coupon.objects.filter(branch=branch, code=code.strip().upper(), active=True).first()
    if found is None or today < found.valid_from:
        raise PriceError("coupon", "We do not know this code. Check it, or go on without.")
    if found.valid_to is not None and today > found.valid_to:
        raise PriceError("coupon", "This code has run out. Go on without it.")
    if found.most_uses is not None and found.uses >= found.most_uses:
        raise PriceError("coupon", "This code has been used up. Go on without it.")
    return found


def _gift_card(offer: Offer, wishes: Wishes, *, now: datetime) -> Credit | None:
    if not wishes.gift_card.strip():
        return None
    today = now.astimezone(offer.branch.zoneinfo).date()
    found = Credit.objects.filter(
        code=wishes.gift_card.strip().upper(), kind=Credit.Kind.GIFT_CARD, branch=offer.branch
    ).first()
    if found is None:
        raise PriceError("gift_card", "We do not know this gift card. Check its code, or go on without.")
    if found.valid_to is not None and today > found.valid_to:
        raise PriceError("gift_card", "This gift card has run out. Please call us.")
    last = found.entries.order_by("-number").first()
    if last is None or last.balance_cents == 0:
        raise PriceError("gift_card", "Nothing is left on this gift card. Go on without it.")
    return found


def _agreed(offer: Offer, wishes: Wishes, *, now: datetime) -> int | None:
    if wishes.customer is None:
        return None
    today = now.astimezone(offer.branch.zoneinfo).date()
    kept = AgreedPrice.objects.filter(customer=wishes.customer, service=offer.service, starts_on__lte=today)
    kept = kept.filter(Q(ends_on=None) | Q(ends_on__gte=today))
    return kept.order_by("-starts_on", "-id").values_list("price_cents", flat=True).first()


def _pace(offer: Offer, wishes: Wishes) -> int:
    if wishes.premises is None:
        return 100
    in_force = Pace.objects.filter(premises=wishes.premises, service=offer.service, withdrawn_at=None)
    return in_force.values_list("percent", flat=True).first() or 100


def _holidays(offer: Offer, rates: Rates, *, now: datetime) -> list[str]:
    if rates.holiday_percent == 100:
        return []
    today = now.astimezone(offer.branch.zoneinfo).date()
    # Also of the closed ones: a cleaner with hours of their own on such a day works at the holiday price.
    days: set[date] = set()
    for kind in (OpenHoliday, Holiday):
        days |= set(kind.objects.filter(branch=offer.branch, on__gte=today).values_list("on", flat=True))
    return [day.isoformat() for day in sorted(days)]

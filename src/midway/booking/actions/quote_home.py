"""Price a home and keep the price."""

from dataclasses import asdict
from datetime import datetime, timedelta

from midway.booking.models import Quote
from midway.booking.queries import Offer, price_list_in_force, tidy_postcode
from midway.core.pricing import Home, Price, price_home


def price_for(*, offer: Offer, home: Home, now: datetime) -> Price:
    """Will work out a price without keeping it, for pages that show it while people choose.

    Raises `core.pricing.PriceError` or `NoPrices`.
    """
    _, rates = price_list_in_force(offer.branch, on=now.astimezone(offer.branch.zoneinfo).date())
    return price_home(home, rates)


def quote_home(*, offer: Offer, home: Home, postcode: str, now: datetime) -> Quote:
    """Will price a home and keep the quote with its working, honoured until it expires.

    Raises `core.pricing.PriceError` or `NoPrices`.
    """
    branch = offer.branch
    price_list, rates = price_list_in_force(branch, on=now.astimezone(branch.zoneinfo).date())
    price = price_home(home, rates)
    return Quote.objects.create(
        branch=branch,
        service=offer.service,
        price_list=price_list,
        postcode=tidy_postcode(postcode),
        bedrooms=home.bedrooms,
        bathrooms=home.bathrooms,
        square_feet=home.square_feet,
        extras=list(home.extras),
        frequency=home.frequency,
        total_cents=price.total_cents,
        currency=price.currency,
        duration_minutes=price.duration_minutes,
        team_size=price.team_size,
        lines=[asdict(line) for line in price.lines],
        created_at=now,
        expires_at=now + timedelta(days=branch.quote_days),
    )

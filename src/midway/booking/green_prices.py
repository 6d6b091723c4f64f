"""A small discount for times at which we are nearby anyway: what is shown for one is kept to while the quote holds.

Which times are green changes with every booking. So what was shown goes along with the choice, signed: the quote, the
start and the percentage.
"""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from django.core import signing
from django.utils.crypto import constant_time_compare

from midway.booking.models import Quote
from midway.booking.rates import rates_from_json
from midway.booking.visit_prices import coupon_terms, home_of
from midway.core.pricing import Circumstances, Price, price_home

_SALT = "midway.booking.green"


def green_price(quote: Quote, start: datetime, percent: int) -> Price:
    """What the quote's first visit costs at a green time, by the price list of the quote."""
    circumstances = Circumstances(
        postcode=quote.postcode,
        is_first=quote.frequency != "once",
        day=quote.day_kind(start),
        coupon=coupon_terms(quote),
        agreed_cents=quote.agreed_cents,
        pace_percent=quote.pace_percent,
        green_percent=percent,
    )
    return price_home(home_of(quote), rates_from_json(quote.price_list.rates), circumstances)


def green_facts(quote: Quote, start: datetime, percent: int) -> dict[str, Any]:
    """That price as `Quote.green` keeps it."""
    price = green_price(quote, start, percent)
    return {
        "start": start.astimezone(UTC).isoformat(),
        "percent": percent,
        "total_cents": price.total_cents,
        "duration_minutes": price.duration_minutes,
        "lines": [asdict(line) for line in price.lines],
    }


def promise_of(quote: Quote, start: datetime, percent: int) -> str:
    """What goes along with a green time, so that choosing it later still costs what was shown."""
    return f"{percent}.{_signature(quote, start, percent)}"


def percent_promised(quote: Quote, start: datetime, promise: str) -> int:
    """The percentage that was shown for this start of this quote; 0 for whatever we did not say."""
    percent, _dot, signature = promise.partition(".")
    if not (percent.isascii() and percent.isdigit() and len(percent) <= 2):
        return 0
    is_ours = constant_time_compare(signature, _signature(quote, start, int(percent)))
    return int(percent) if is_ours else 0


def _signature(quote: Quote, start: datetime, percent: int) -> str:
    said = f"{quote.code}|{start.astimezone(UTC).isoformat()}|{percent}"
    return signing.Signer(salt=_SALT).signature(said)

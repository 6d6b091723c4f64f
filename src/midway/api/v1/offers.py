"""What is sold where, remembered for a few seconds: it changes a few times a year and is read with every request.

A change made in this process is seen at once, one made elsewhere within `SECONDS`. No price and no cleaner's time
is promised from it: prices are in the quote, and the calendar decides who is free.
"""

import time
from typing import Any
from uuid import UUID

import orjson
from django.db.models.signals import post_delete, post_save

from midway.booking.models import Quote, Service
from midway.booking.queries import Offer, find_offer, tidy_postcode
from midway.crew.models import Area, Branch, Skill
from midway.runtime.database import run

SECONDS = 5.0
# Written out once: compiling this query anew costs the ORM as much as the rest of a booking.
_FIELDS = Quote._meta.concrete_fields  # noqa: SLF001 - documented by Django as public
_ATTRIBUTES = [field.attname for field in _FIELDS]
_QUOTE = f"SELECT {', '.join(str(field.column) for field in _FIELDS)} FROM booking_quote WHERE code = %s"  # noqa: S608
_known: dict[tuple[str, str], tuple[float, Offer]] = {}


def offer_for(*, service: str, postcode: str = "") -> Offer:
    """As `booking.queries.find_offer`, at most a few seconds old. Raises `UnknownService` or `NotServed`."""
    key = service, tidy_postcode(postcode)
    found = _known.get(key)
    if found is not None and found[0] > time.monotonic():
        return found[1]
    offer = find_offer(service=service, postcode=postcode)
    _known[key] = time.monotonic() + SECONDS, offer
    return offer


def quote_of(code: UUID) -> Quote | None:
    """As `booking.queries.quote_by_code`, its branch and service at most a few seconds old."""
    for row in run(_QUOTE, [code]):
        quote = Quote.from_db("default", _ATTRIBUTES, row)
        quote.extras, quote.lines = orjson.loads(quote.extras), orjson.loads(quote.lines)
        quote.other_prices = orjson.loads(quote.other_prices)
        quote.green = orjson.loads(quote.green) if quote.green else None
        key = str(quote.branch_id), f"#{quote.service_id}"
        found = _known.get(key)
        if found is None or found[0] <= time.monotonic():
            offer = Offer(Branch.objects.get(pk=quote.branch_id), Service.objects.get(pk=quote.service_id))
            found = _known[key] = time.monotonic() + SECONDS, offer
        quote.branch, quote.service = found[1].branch, found[1].service
        return quote
    return None


def forget(**_: Any) -> None:
    """Will read everything anew."""
    _known.clear()


for _signal in (post_save, post_delete):
    for _model in (Area, Branch, Service, Skill):
        _signal.connect(forget, sender=_model, dispatch_uid=f"api offers {_model.__name__}")

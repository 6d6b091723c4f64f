"""The same agreement for a home of another size or at another place; in the caller's transaction.

What was agreed is not rewritten: visits that took place keep their quote, those to come get a new one by the same price
list, so that only what is different of the home makes a difference.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime

from midway.booking.actions.quote_home import Priced, priced_with
from midway.booking.models import Booking, Quote, Visit
from midway.booking.rates import rates_from_json
from midway.booking.visit_prices import coupon_terms, home_of
from midway.core.pricing import Circumstances
from midway.customers.actions import Rooms
from midway.customers.models import Property

_OWN = frozenset({"id", "code"})


def agree_anew(
    booking: Booking, visits: Sequence[Visit], *, premises: Property, rooms: Rooms, postcode: str, now: datetime
) -> Booking:
    """Will keep the agreement again for this home; `visits` are those it is for, and point to it afterwards.

    Raises `core.pricing.PriceError` where the price list does not know such a home.
    """
    first = Visit.objects.filter(booking=booking).order_by("pk").values_list("pk", flat=True).first()
    with_first = first in {visit.pk for visit in visits}
    quote = _quote(booking.quote, rooms=rooms, postcode=postcode, with_first=with_first, now=now)
    again = Booking.objects.create(
        branch_id=booking.branch_id,
        customer_id=booking.customer_id,
        premises=premises,
        quote=quote,
        contact_name=booking.contact_name,
        contact_email=booking.contact_email,
        contact_phone=booking.contact_phone,
        notes=booking.notes,
        created_at=now,
    )
    for visit in visits:
        visit.booking = again
    return again


def _quote(quote: Quote, *, rooms: Rooms, postcode: str, with_first: bool, now: datetime) -> Quote:
    size = asdict(rooms)
    home = replace(home_of(quote), **size)
    given = Circumstances(
        postcode=postcode,
        coupon=coupon_terms(quote),
        agreed_cents=quote.agreed_cents,
        pace_percent=quote.pace_percent,
    )
    priced = priced_with(home, rates_from_json(quote.price_list.rates), given, holidays=_holidays(quote))
    again = Quote(**{f.attname: f.value_from_object(quote) for f in Quote._meta.concrete_fields if f.name not in _OWN})  # noqa: SLF001 - its public interface
    for name, value in size.items():
        setattr(again, name, value)
    again.postcode = postcode
    _set_price(again, priced, with_first=with_first)
    again.created_at = again.expires_at = now
    again.save()
    return again


def _set_price(quote: Quote, priced: Priced, *, with_first: bool) -> None:
    price = priced.price
    quote.total_cents, quote.duration_minutes, quote.team_size = (
        price.total_cents, price.duration_minutes, price.team_size,
    )  # fmt: skip
    quote.lines = [asdict(line) for line in price.lines]
    quote.other_prices = [other for other in priced.others if with_first or not other["is_first"]]


def _holidays(quote: Quote) -> list[str]:
    return sorted({day for price in quote.other_prices if price["day"] == "holiday" for day in price["days"]})

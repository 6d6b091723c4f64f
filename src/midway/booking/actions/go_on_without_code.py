"""A code was refused at the last moment: the same clean at its price without the code, the time still held."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from midway.booking.actions.hold_slot import release_open_hold
from midway.booking.actions.quote_home import Wishes, quote_home
from midway.booking.codes import CODE_FIELDS
from midway.booking.green_prices import green_facts
from midway.booking.models import Hold, Quote
from midway.booking.queries import offer_of_quote
from midway.booking.visit_prices import home_of
from midway.core.pricing import PriceError
from midway.customers.models import Customer
from midway.runtime.database import one_transaction


@one_transaction
def go_on_without_code(
    *, quote: Quote, refused: str = "coupon", customer: Customer | None = None, now: datetime
) -> Quote:
    """Will make the quote again without the refused code and hand it the slot that is held, if it still takes as long.

    `refused` is the field of the code. Other codes stay, but for those that count no longer either; a gift card with
    less on it than was shown pays what is left. Raises as `quote_home`, where the price list has changed meanwhile.
    """
    wishes = replace(_wishes_of(quote), customer=customer)
    if refused != "gift_card":
        wishes = _without(wishes, refused)
    again = _quoted(quote, wishes, now=now)
    if quote.green is not None:
        start, percent = datetime.fromisoformat(quote.green["start"]), quote.green["percent"]
        again.green = green_facts(again, start, percent)
        again.save(update_fields=["green"])
    if again.duration == quote.duration:
        Hold.objects.filter(quote=quote, state=Hold.State.OPEN).update(quote=again)
    else:
        release_open_hold(quote)
    return again


def _wishes_of(quote: Quote) -> Wishes:
    return Wishes(
        coupon=quote.coupon.code if quote.coupon else "",
        gift_card=quote.credit.code if quote.credit else "",
        friend=quote.referrer.referral_code if quote.referrer else "",
    )


def _without(wishes: Wishes, field: str) -> Wishes:
    nothing: dict[str, Any] = {field: ""}
    return replace(wishes, **nothing)


def _quoted(quote: Quote, wishes: Wishes, *, now: datetime) -> Quote:
    offer, home = offer_of_quote(quote), home_of(quote)
    for _ in CODE_FIELDS:
        try:
            return quote_home(offer=offer, home=home, postcode=quote.postcode, now=now, wishes=wishes)
        except PriceError as problem:
            if problem.field not in CODE_FIELDS:
                raise
            wishes = _without(wishes, problem.field)
    return quote_home(offer=offer, home=home, postcode=quote.postcode, now=now, wishes=wishes)

"""A code was refused at the last moment: the same clean at its price without the code, the time still held."""

from datetime import datetime

from midway.booking.actions.hold_slot import release_open_hold
from midway.booking.actions.quote_home import Wishes, quote_home
from midway.booking.models import Hold, Quote
from midway.booking.queries import offer_of_quote
from midway.booking.visit_prices import home_of
from midway.runtime.database import one_transaction


@one_transaction
def go_on_without_code(*, quote: Quote, now: datetime) -> Quote:
    """Will make the quote again without its coupon and hand it the slot that is held, if it still takes as long.

    Raises as `quote_home`, where the price list has changed meanwhile.
    """
    gift_card = quote.credit.code if quote.credit else ""
    again = quote_home(
        offer=offer_of_quote(quote),
        home=home_of(quote),
        postcode=quote.postcode,
        now=now,
        wishes=Wishes(gift_card=gift_card),
    )
    if again.duration == quote.duration:
        Hold.objects.filter(quote=quote, state=Hold.State.OPEN).update(quote=again)
    else:
        release_open_hold(quote)
    return again

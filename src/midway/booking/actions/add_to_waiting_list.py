"""The office puts somebody on the waiting list, as told on the telephone."""

from dataclasses import dataclass
from datetime import datetime

from midway.booking.actions.book_at_once import wishes_of
from midway.booking.actions.quote_home import quote_home
from midway.booking.actions.waiting_list import AlreadyWaiting, Wish, leave_wish
from midway.booking.models import WaitingWish
from midway.booking.queries import Offer
from midway.core.actor import Actor
from midway.core.pricing import Home
from midway.customers.actions import Contact
from midway.runtime.database import one_transaction


@dataclass(frozen=True)
class Waiting:
    """What was asked for, where, and by whom."""

    offer: Offer
    home: Home
    postcode: str
    contact: Contact
    language: str = "en"


@one_transaction
def add_to_waiting_list(*, waiting: Waiting, wish: Wish, by: Actor, now: datetime) -> WaitingWish:
    """Will price the clean, keep the price, and put the caller on the list for it; they are told by e-mail.

    Raises `AlreadyWaiting` when they wait for the same service already, `WishImpossible`, or as `quote_home`.
    """
    offer, contact = waiting.offer, waiting.contact
    theirs = WaitingWish.objects.filter(branch=offer.branch, email__iexact=contact.email, quote__service=offer.service)
    if theirs.open().exists():
        raise AlreadyWaiting(AlreadyWaiting.__doc__)
    wishes = wishes_of(email=contact.email, line1="", postcode=waiting.postcode)
    quote = quote_home(offer=offer, home=waiting.home, postcode=waiting.postcode, now=now, wishes=wishes)
    return leave_wish(quote=quote, contact=contact, language=waiting.language, wish=wish, by=by, now=now)

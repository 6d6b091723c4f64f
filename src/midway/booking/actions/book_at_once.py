"""Price a home and book it in one go, as the office does on the telephone."""

from dataclasses import dataclass
from datetime import datetime

from midway.booking.actions.book_visit import BookedVisit, BookingOrder, book_visit
from midway.booking.actions.quote_home import Wishes, quote_home
from midway.booking.queries import Offer
from midway.core.actor import Actor
from midway.core.pricing import Home
from midway.customers.actions import Address, Contact
from midway.customers.models import Customer, Property
from midway.runtime.database import one_transaction


@dataclass(frozen=True)
class Appointment:
    """What was agreed on the telephone."""

    offer: Offer
    home: Home
    start: datetime
    contact: Contact
    address: Address
    notes: str = ""
    language: str = "en"


def wishes_of(*, email: str, line1: str, postcode: str) -> Wishes:
    """Who asks, where we know them: their own price and their home's pace count."""
    customer = Customer.objects.filter(email__iexact=email).first() if email else None
    if customer is None:
        return Wishes()
    home = Property.objects.filter(customer=customer, line1__iexact=line1, postcode=postcode).order_by("id").first()
    return Wishes(customer=customer, premises=home)


@one_transaction
def book_at_once(*, appointment: Appointment, by: Actor, now: datetime) -> BookedVisit:
    """Will quote the home by the prices in force and book it; when the time is gone, nothing is kept.

    Raises as `quote_home` and `book_visit`.
    """
    address = appointment.address
    wishes = wishes_of(email=appointment.contact.email, line1=address.line1, postcode=address.postcode)
    quote = quote_home(
        offer=appointment.offer, home=appointment.home, postcode=address.postcode, now=now, wishes=wishes
    )
    order = BookingOrder(
        quote=quote,
        start=appointment.start,
        contact=appointment.contact,
        address=appointment.address,
        notes=appointment.notes,
        language=appointment.language,
    )
    return book_visit(order=order, by=by, now=now)

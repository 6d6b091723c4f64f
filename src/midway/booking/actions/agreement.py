"""Who agreed to what, and where: the customer, the home and the booking, whatever is sold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from midway.booking.actions.offered import QuoteAlreadyBooked
from midway.customers.actions import KEEP_HOME, Rooms, find_or_add, home_facts
from midway.customers.reach import FoundCustomer, recipient_agreed_with
from midway.runtime.database import run

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from midway.booking.actions.book_visit import BookingOrder
    from midway.messaging.recipient import Recipient

# A statement begins with it and goes on with `agreed`: the booking, or nothing when the quote was booked before.
# The customer's row is written by a statement before this one, which waits for whoever writes the same customer:
# only then can this one see the home they may have added.
AGREE = f"""{KEEP_HOME}, agreed AS (
    INSERT INTO booking_booking (code, branch_id, customer_id, premises_id, quote_id, contact_name, contact_email,
        contact_phone, notes, created_at)
    SELECT %(booking)s, %(branch)s, home.customer_id, home.id, %(quote)s, %(name)s, %(email)s, %(phone)s,
        %(customer_notes)s, %(now)s
    FROM home ON CONFLICT DO NOTHING RETURNING id, customer_id, premises_id
)
"""  # noqa: S608 - constants only


@dataclass(frozen=True)
class Agreed:
    """The rows of an agreement: what its visits or its plan point to."""

    booking_id: int
    customer_id: int
    premises_id: int
    recipient: Recipient


def agree(order: BookingOrder, *, code: UUID, now: datetime) -> Agreed:
    """Will write who agreed to what, and where; part of the caller's transaction.

    Raises `QuoteAlreadyBooked`.
    """
    customer = find_or_add(contact=order.contact, language=order.language, now=now)
    rows = run(
        f"{AGREE} SELECT id, customer_id, premises_id FROM agreed",  # noqa: S608 - constants only
        agreed_facts(order, code=code, now=now),
    )
    if not rows:
        raise QuoteAlreadyBooked(QuoteAlreadyBooked.__doc__)
    [(booking_id, customer_id, premises_id)] = rows
    return Agreed(booking_id, customer_id, premises_id, recipient_of_order(order, customer))


def recipient_of_order(order: BookingOrder, customer: FoundCustomer) -> Recipient:
    """Whoever agreed, reached as this customer wishes."""
    contact, zone = order.contact, order.quote.branch.zone
    return recipient_agreed_with(customer, email=contact.email, phone=contact.phone, language=order.language, zone=zone)


def agreed_facts(order: BookingOrder, *, code: UUID, now: datetime) -> dict[str, Any]:
    """The parameters of `AGREE`."""
    quote = order.quote
    rooms = Rooms(quote.bedrooms, quote.bathrooms, quote.square_feet, quote.half_baths)
    return {
        **home_facts(email=order.contact.email, address=order.address, rooms=rooms, now=now),
        "booking": code,
        "branch": quote.branch_id,
        "quote": quote.pk,
        "name": order.contact.name,
        "phone": order.contact.phone,
        "customer_notes": order.notes,
    }

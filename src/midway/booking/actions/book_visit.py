"""Book a visit: the slot, the customer, the home, the promise, the journal and the mail, in one transaction."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
from psycopg.types.range import TimestamptzRange as DateTimeTZRange

from midway.booking.actions.offered import QuoteAlreadyBooked, check_address, check_offered
from midway.booking.models import Booking, BookingRequest, Hold, Quote
from midway.booking.notifications import tell_of_booking
from midway.core.actor import Actor
from midway.core.timespan import Span
from midway.crew import calendar
from midway.crew.models import Commitment
from midway.customers.actions import Address, Contact, find_or_add, find_or_add_property
from midway.customers.reach import recipient_agreed_with
from midway.journal.actions import record
from midway.messaging.recipient import Recipient
from midway.runtime.database import insert_row, one_transaction, run


class KeyUsedForAnotherRequest(Exception):
    """This Idempotency-Key was used for another request. Use a new key for a new booking."""


@dataclass(frozen=True)
class BookingOrder:
    """All that a booking needs to know. `hold` is the code of a slot held for this quote, if there is one."""

    quote: Quote
    start: datetime
    contact: Contact
    address: Address
    notes: str = ""
    language: str = "en"
    hold: UUID | None = None


@dataclass(frozen=True)
class BookedVisit:
    """What was booked."""

    booking: UUID
    visit: UUID
    start: datetime
    end: datetime

    @property
    def first_visit(self) -> UUID:
        """The visit to show: the only one."""
        return self.visit

    def as_json(self, zone: Any) -> dict[str, Any]:
        """The answer of the API, kept with an idempotency key."""
        return {
            "code": str(self.booking),
            "visit": {
                "code": str(self.visit),
                "start": self.start.astimezone(zone).isoformat(),
                "end": self.end.astimezone(zone).isoformat(),
                "state": "scheduled",
            },
            "plan": None,
        }


# The API returns the same words for the same key, so the answer is written with the key.
@one_transaction
def book_once(*, key: str, fingerprint: str, order: BookingOrder, by: Actor, now: datetime) -> dict[str, Any]:
    """Will book a visit once, however often the same request is sent, and give the same answer each time.

    The key's row is written first: whoever comes second with it waits for the first to finish.
    Raises as `book_visit`, and `KeyUsedForAnotherRequest`.
    """
    codes = BookedVisit(uuid4(), uuid4(), order.start, order.start + order.quote.duration)
    answer = codes.as_json(order.quote.branch.zoneinfo)
    written = insert_row(
        "booking_bookingrequest",
        key=key,
        fingerprint=fingerprint,
        answer=orjson.dumps(answer).decode(),
        created_at=now,
    )
    if written is None:
        earlier = BookingRequest.objects.get(key=key)
        if earlier.fingerprint != fingerprint:
            raise KeyUsedForAnotherRequest(KeyUsedForAnotherRequest.__doc__)
        return dict(orjson.loads(earlier.answer))
    _book(order=order, codes=codes, by=by, now=now)
    return answer


@one_transaction
def book_visit(*, order: BookingOrder, by: Actor, now: datetime) -> BookedVisit:
    """Will book a visit at the quote's price.

    Raises `QuoteExpired`, `QuoteAlreadyBooked`, `TimeNotOffered`, or `crew.calendar.SlotTaken`.
    """
    codes = BookedVisit(uuid4(), uuid4(), order.start, order.start + order.quote.duration)
    _book(order=order, codes=codes, by=by, now=now)
    return codes


def _book(*, order: BookingOrder, codes: BookedVisit, by: Actor, now: datetime) -> None:
    quote = order.quote
    check_offered(quote=quote, start=order.start, by=by, now=now)
    check_address(quote=quote, postcode=order.address.postcode)
    taken = _take_slot(order, visit=codes.visit, now=now)
    agreed = agree(order, code=codes.booking, now=now)
    visit_id = insert_row(
        "booking_visit",
        code=codes.visit,
        branch_id=quote.branch_id,
        booking_id=agreed.booking_id,
        customer_id=agreed.customer_id,
        premises_id=agreed.premises_id,
        service_id=quote.service_id,
        during=DateTimeTZRange(codes.start.astimezone(UTC), codes.end.astimezone(UTC)),
        state="scheduled",
        team_size=quote.team_size,
        cleaners_missing=0,
        price_cents=quote.price_at(order.start),
        currency=quote.currency,
        revision=0,
        created_at=now,
    )
    assert visit_id is not None
    assign(visit_id, taken)
    record(
        event="booking.visit.booked",
        subject=codes.visit,
        by=by,
        at=now,
        facts={"start": codes.start, "end": codes.end, "price_cents": quote.price_at(order.start)},
    )
    tell_of_booking(order=order, booked=codes, recipient=agreed.recipient, now=now)


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
    quote = order.quote
    customer = find_or_add(contact=order.contact, language=order.language, now=now)
    premises_id = find_or_add_property(
        customer_id=customer.id,
        address=order.address,
        bedrooms=quote.bedrooms,
        bathrooms=quote.bathrooms,
        square_feet=quote.square_feet,
        now=now,
    )
    booking_id = insert_row(
        "booking_booking",
        code=code,
        branch_id=quote.branch_id,
        customer_id=customer.id,
        premises_id=premises_id,
        quote_id=quote.pk,
        contact_name=order.contact.name,
        contact_email=order.contact.email,
        contact_phone=order.contact.phone,
        notes=order.notes,
        created_at=now,
    )
    if booking_id is None:
        raise QuoteAlreadyBooked(QuoteAlreadyBooked.__doc__)
    contact = order.contact
    recipient = recipient_agreed_with(
        customer, email=contact.email, phone=contact.phone, language=order.language, zone=quote.branch.zone
    )
    return Agreed(booking_id, customer.id, premises_id, recipient)


def assign(visit_id: int, taken: list[calendar.Taken]) -> None:
    """Will write who keeps a visit's promise; part of the caller's transaction."""
    run(
        "INSERT INTO booking_assignment (visit_id, cleaner_id, commitment_id, active)"
        " SELECT %s, k.cleaner_id, k.id, true FROM unnest(%s::bigint[], %s::bigint[]) k(cleaner_id, id)",
        [visit_id, [t.cleaner_id for t in taken], [t.commitment_id for t in taken]],
    )


def _take_slot(order: BookingOrder, *, visit: UUID, now: datetime) -> list[calendar.Taken]:
    quote, branch = order.quote, order.quote.branch
    held = _take_held_slot(order, visit=visit)
    if held:
        return held
    try:
        return calendar.take(
            calendar.Wanted(
                branch_id=branch.pk,
                zone=branch.zoneinfo,
                during=Span(order.start, order.start + quote.duration + branch.pad),
                kind=Commitment.Kind.VISIT,
                reference=visit,
                count=quote.team_size,
                skill_id=quote.service.skill_id,
            ),
            now=now,
        )
    except calendar.SlotTaken as lost:
        # Who sends the last slot twice took it themselves.
        if Booking.objects.filter(quote=quote).exists():
            raise QuoteAlreadyBooked(QuoteAlreadyBooked.__doc__) from lost
        raise


def _take_held_slot(order: BookingOrder, *, visit: UUID) -> list[calendar.Taken]:
    # A hold that does not serve, for another start or no longer for the whole team, must not be in the way either.
    if order.hold is None:
        return []
    hold = Hold.objects.select_for_update().filter(code=order.hold, quote=order.quote, state=Hold.State.OPEN).first()
    if hold is None:
        return []
    taken = []
    if hold.during.lower == order.start:
        taken = calendar.turn_hold_into_visit(hold=hold.code, visit=visit)
    is_whole = len(taken) == order.quote.team_size
    if not is_whole:
        for reference in (hold.code, visit):
            calendar.release(reference=reference)
    hold.state = Hold.State.BOOKED if is_whole else Hold.State.RELEASED
    hold.save(update_fields=["state"])
    return taken if is_whole else []

"""Book a visit: the slot, the customer, the home, the promise, the journal and the mail, in one transaction."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
from django.db import connection

from midway.booking.actions.agreement import AGREE, agreed_facts, recipient_of_order
from midway.booking.actions.offered import (
    QuoteAlreadyBooked,
    QuoteExpired,
    TimeNotOffered,
    check_address,
    check_offered,
)
from midway.booking.models import Booking, BookingRequest, Hold, Quote
from midway.booking.notifications import tell_of_booking
from midway.booking.queries import NotServed
from midway.core.actor import Actor
from midway.core.timespan import Span
from midway.crew import calendar
from midway.crew.models import Commitment
from midway.customers.actions import Address, Contact, find_or_add
from midway.journal.actions import record
from midway.runtime.database import ask, insert_row, one_transaction, own_transactions, run
from midway.runtime.round_trip import Answer, one_round_trip


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
@dataclass(frozen=True)
class _Request:
    """An idempotency key with what was asked under it and the answer it will have."""

    key: str
    fingerprint: str
    answer: dict[str, Any]

    def keep(self, *, now: datetime) -> Answer:
        """Will write the key; no row where it was used before. Whoever comes second waits for the first to finish."""
        text = orjson.dumps(self.answer).decode()
        return insert_row(
            "booking_bookingrequest", key=self.key, fingerprint=self.fingerprint, answer=text, created_at=now
        )


class _NotAtOnce(Exception):
    """Something was in the way: the booking must be made step by step."""


@own_transactions
def book_once(*, key: str, fingerprint: str, order: BookingOrder, by: Actor, now: datetime) -> dict[str, Any]:
    """Will book a visit once, however often the same request is sent, and give the same answer each time.

    Raises as `book_visit`, and `KeyUsedForAnotherRequest`.
    """
    codes = BookedVisit(uuid4(), uuid4(), order.start, order.start + order.quote.duration)
    request = _Request(key, fingerprint, codes.as_json(order.quote.branch.zoneinfo))
    if not _booked_at_once(order, codes=codes, request=request, by=by, now=now):
        return _book_by_steps(order, codes=codes, request=request, by=by, now=now)
    return request.answer


@own_transactions
def book_visit(*, order: BookingOrder, by: Actor, now: datetime) -> BookedVisit:
    """Will book a visit at the quote's price.

    Raises `QuoteExpired`, `QuoteAlreadyBooked`, `TimeNotOffered`, or `crew.calendar.SlotTaken`.
    """
    codes = BookedVisit(uuid4(), uuid4(), order.start, order.start + order.quote.duration)
    if not _booked_at_once(order, codes=codes, request=None, by=by, now=now):
        _book_by_steps(order, codes=codes, request=None, by=by, now=now)
    return codes


def _booked_at_once(
    order: BookingOrder, *, codes: BookedVisit, request: _Request | None, by: Actor, now: datetime
) -> bool:
    """Will book with everything in one message to the database, as nearly always succeeds.

    Says no, with nothing written, when somebody is in the way: then it takes a closer look, step by step.
    """
    if order.hold is not None or connection.in_atomic_block:
        return False
    try:
        _book_in_one_round_trip(order, codes=codes, request=request, by=by, now=now)
    except (_NotAtOnce, QuoteExpired, TimeNotOffered, NotServed):
        return False  # a key used before has its answer even then
    return True


@one_transaction
def _book_in_one_round_trip(
    order: BookingOrder, *, codes: BookedVisit, request: _Request | None, by: Actor, now: datetime
) -> None:
    _check(order, by=by, now=now)
    with one_round_trip():
        kept = request.keep(now=now) if request else None
        taken = calendar.take_if_free(_wanted(order, visit=codes.visit))
        if taken is None:
            raise _NotAtOnce
        promised = _write_promise(order, codes=codes, by=by, now=now)
    is_whole = len(taken.rows) == len(promised.rows) == order.quote.team_size
    if not is_whole or (kept is not None and not kept.rows):
        raise _NotAtOnce


@one_transaction
def _book_by_steps(
    order: BookingOrder, *, codes: BookedVisit, request: _Request | None, by: Actor, now: datetime
) -> dict[str, Any]:
    if request is not None and not request.keep(now=now).rows:
        earlier = BookingRequest.objects.get(key=request.key)
        if earlier.fingerprint != request.fingerprint:
            raise KeyUsedForAnotherRequest(KeyUsedForAnotherRequest.__doc__)
        return dict(orjson.loads(earlier.answer))
    _check(order, by=by, now=now)
    _take_slot(order, visit=codes.visit, now=now)
    with one_round_trip():
        promised = _write_promise(order, codes=codes, by=by, now=now)
    if not promised.rows:
        raise QuoteAlreadyBooked(QuoteAlreadyBooked.__doc__)
    return request.answer if request else {}


def _check(order: BookingOrder, *, by: Actor, now: datetime) -> None:
    check_offered(quote=order.quote, start=order.start, by=by, now=now)
    check_address(quote=order.quote, postcode=order.address.postcode)


def _write_promise(order: BookingOrder, *, codes: BookedVisit, by: Actor, now: datetime) -> Answer:
    """Will write the agreement, the visit with whoever the calendar gave it, the journal and the mail.

    The answer has a row for each cleaner; none when the quote has been booked before.
    """
    quote = order.quote
    customer = find_or_add(contact=order.contact, language=order.language, now=now)
    promised = ask(
        _PROMISE,
        {
            **agreed_facts(order, code=codes.booking, now=now),
            "visit": codes.visit,
            "start": codes.start.astimezone(UTC),
            "end": codes.end.astimezone(UTC),
            "service": quote.service_id,
            "team_size": quote.team_size,
            "price_cents": quote.price_at(order.start),
            "currency": quote.currency,
        },
    )
    record(
        event="booking.visit.booked",
        subject=codes.visit,
        by=by,
        at=now,
        facts={"start": codes.start, "end": codes.end, "price_cents": quote.price_at(order.start)},
    )
    tell_of_booking(order=order, booked=codes, recipient=recipient_of_order(order, customer), now=now)
    return promised


_PROMISE = f"""{AGREE}, promised AS (
    INSERT INTO booking_visit (code, branch_id, booking_id, customer_id, premises_id, service_id, during, state,
        team_size, cleaners_missing, price_cents, currency, revision, created_at)
    SELECT %(visit)s, %(branch)s, agreed.id, agreed.customer_id, agreed.premises_id, %(service)s,
        tstzrange(%(start)s, %(end)s), 'scheduled', %(team_size)s, 0, %(price_cents)s, %(currency)s, 0, %(now)s
    FROM agreed RETURNING id
)
INSERT INTO booking_assignment (visit_id, cleaner_id, commitment_id, active)
SELECT promised.id, k.cleaner_id, k.id, true FROM promised, crew_commitment k
WHERE k.reference = %(visit)s AND k.active RETURNING cleaner_id
"""  # noqa: S608 - constants only


def assign(visit_id: int, taken: list[calendar.Taken]) -> None:
    """Will write who keeps a visit's promise; part of the caller's transaction."""
    run(
        "INSERT INTO booking_assignment (visit_id, cleaner_id, commitment_id, active)"
        " SELECT %s, k.cleaner_id, k.id, true FROM unnest(%s::bigint[], %s::bigint[]) k(cleaner_id, id)",
        [visit_id, [t.cleaner_id for t in taken], [t.commitment_id for t in taken]],
    )


def _wanted(order: BookingOrder, *, visit: UUID) -> calendar.Wanted:
    quote, branch = order.quote, order.quote.branch
    return calendar.Wanted(
        branch_id=branch.pk,
        zone=branch.zoneinfo,
        during=Span(order.start, order.start + quote.duration + branch.pad),
        kind=Commitment.Kind.VISIT,
        reference=visit,
        count=quote.team_size,
        skill_id=quote.service.skill_id,
    )


def _take_slot(order: BookingOrder, *, visit: UUID, now: datetime) -> None:
    if _take_held_slot(order, visit=visit):
        return
    try:
        calendar.take(_wanted(order, visit=visit), now=now)
    except calendar.SlotTaken as lost:
        # Who sends the last slot twice took it themselves.
        if Booking.objects.filter(quote=order.quote).exists():
            raise QuoteAlreadyBooked(QuoteAlreadyBooked.__doc__) from lost
        raise


def _take_held_slot(order: BookingOrder, *, visit: UUID) -> bool:
    # A hold that does not serve, for another start or no longer for the whole team, must not be in the way either.
    if order.hold is None:
        return False
    hold = Hold.objects.select_for_update().filter(code=order.hold, quote=order.quote, state=Hold.State.OPEN).first()
    if hold is None:
        return False
    taken = []
    if hold.during.lower == order.start:
        taken = calendar.turn_hold_into_visit(hold=hold.code, visit=visit)
    is_whole = len(taken) == order.quote.team_size
    if not is_whole:
        for reference in (hold.code, visit):
            calendar.release(reference=reference)
    hold.state = Hold.State.BOOKED if is_whole else Hold.State.RELEASED
    hold.save(update_fields=["state"])
    return is_whole

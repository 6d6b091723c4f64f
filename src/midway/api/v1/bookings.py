"""POST /bookings: a visit at a quote's price. Safe to send again with the same Idempotency-Key."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime

import orjson
import pydantic
from django.http import HttpRequest, HttpResponse
from ninja import Router

from midway.api.problem import Problem, invalid, invalid_fields, json_answer
from midway.api.v1.offers import quote_of
from midway.api.v1.schemas import BookingOut, BookingRequestIn, ProblemOut, SlotProblemOut
from midway.api.v1.slots_json import slot_dicts
from midway.api.v1.who import asking
from midway.booking.actions import (
    Address,
    BookingOrder,
    Contact,
    CouponRefused,
    book_as_quoted,
    book_as_quoted_once,
)
from midway.booking.actions.book_visit import KeyUsedForAnotherRequest
from midway.booking.actions.offered import QuoteAlreadyBooked, QuoteExpired, TimeNotOffered
from midway.booking.models import Quote
from midway.booking.queries import NotServed, nearest_slots, offer_of_quote
from midway.core.actor import Actor
from midway.crew.calendar import SlotTaken
from midway.crew.queries import CalendarNotWritten
from midway.runtime.clock import now as clock

router = Router(tags=["Booking"])
_is_key = re.compile(r"[\x21-\x7e]{1,120}").fullmatch
KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text of your own, new for each booking: sending the same again gives the same answer.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 120, "pattern": "^[\x21-\x7e]+$"},
}


@router.post(
    "/bookings",
    response={201: BookingOut, 401: ProblemOut, 403: ProblemOut, 409: SlotProblemOut, 422: ProblemOut, 503: ProblemOut},
    operation_id="book",
    summary="Book a visit",
    openapi_extra={"parameters": [KEY_HEADER]},
)
def bookings(request: HttpRequest, order: BookingRequestIn) -> HttpResponse:
    """Books the quote's clean at `start`, and with a frequency the plan that begins with it.

    The same Idempotency-Key and body again give the same answer.
    """
    by = asking(request, scope="visits:write").actor
    return json_answer(book(order, key=checked_key(request.headers.get("Idempotency-Key")), by=by, now=clock()), 201)


def checked_key(key: str | None) -> str | None:
    """The Idempotency-Key, or nothing. Raises `Problem` for one that cannot be kept."""
    if key is not None and not _is_key(key):
        raise invalid("Idempotency-Key", "Use 1 to 120 visible ASCII characters, without spaces.")
    return key


def book_body(body: object, *, key: str | None, by: Actor, now: datetime) -> dict[str, object]:
    """As `book`, from JSON as it came. Raises `Problem`."""
    try:
        asked = BookingRequestIn.model_validate(body)
    except pydantic.ValidationError as found:
        raise invalid_fields(found.errors(include_url=False, include_context=False)) from None
    return book(asked, key=key, by=by, now=now)


def book(asked: BookingRequestIn, *, key: str | None, by: Actor, now: datetime) -> dict[str, object]:
    """Will book, and give the answer. Raises `Problem`."""
    quote = quote_of(asked.quote)
    if quote is None:
        raise invalid("quote", "There is no such quote. Ask for a new one.")
    if asked.frequency != quote.frequency:
        raise invalid("frequency", f"The quote was made for {quote.frequency!r}. Ask for a new one, or send that.")
    order = _order_of(asked, quote)
    try:
        if key is None:
            return book_as_quoted(order=order, by=by, now=now).as_json(quote.branch.zoneinfo)
        return book_as_quoted_once(key=key, fingerprint=fingerprint_of(asked), order=order, by=by, now=now)
    except SlotTaken as problem:
        raise slot_taken(quote, asked.start, str(problem), now=now) from None
    except CalendarNotWritten as problem:
        raise Problem(503, str(problem)) from None
    except tuple(_REFUSALS) as problem:
        raise _refusal(problem) from None


def _refusal(problem: Exception) -> Problem:
    return next(said(problem) for kind, said in _REFUSALS.items() if isinstance(problem, kind))


_REFUSALS: dict[type[Exception], Callable[[Exception], Problem]] = {
    NotServed: lambda problem: invalid("property.postcode", problem),
    TimeNotOffered: lambda problem: invalid("start", problem),
    QuoteExpired: lambda problem: Problem(409, str(problem), kind="quote-expired"),
    QuoteAlreadyBooked: lambda problem: Problem(409, str(problem), kind="quote-booked"),
    CouponRefused: lambda problem: Problem(
        409, str(problem), kind="coupon-refused", errors=[(getattr(problem, "field", "coupon"), str(problem))]
    ),
    KeyUsedForAnotherRequest: lambda problem: Problem(
        422, str(problem), kind="key-reused", errors=[("Idempotency-Key", str(problem))]
    ),
}


def fingerprint_of(asked: BookingRequestIn) -> str:
    """What makes two requests the same: what was understood of them, not how it was spelled."""
    return hashlib.sha256(orjson.dumps(asked.model_dump(), option=orjson.OPT_SORT_KEYS)).hexdigest()


def slot_taken(quote: Quote, wanted: datetime, detail: str, *, now: datetime) -> Problem:
    """The refusal, with the free times nearest to the one that was wanted."""
    offer = offer_of_quote(quote)
    try:
        slots = nearest_slots(offer=offer, duration=quote.duration, team_size=quote.team_size, wanted=wanted, now=now)
    except CalendarNotWritten:
        slots = []
    return Problem(409, detail, kind="slot-taken", slots=slot_dicts(slots, offer.branch.zoneinfo))


def _order_of(asked: BookingRequestIn, quote: Quote) -> BookingOrder:
    home = asked.property
    return BookingOrder(
        quote=quote,
        start=asked.start,
        contact=Contact(name=asked.customer.name, email=asked.customer.email, phone=asked.customer.phone),
        address=Address(
            line1=home.line1,
            line2=home.line2,
            city=home.city,
            postcode=home.postcode,
            access_notes=home.access_notes,
        ),
        notes=asked.notes,
        language=asked.language,
    )

"""The routes of version 1 that the lane in front of Django answers, by the code that answers behind it too."""

from functools import lru_cache

import orjson

from midway.api.problem import Problem
from midway.api.v1.availability import asked_by, availability_json
from midway.api.v1.bookings import book_body, checked_key
from midway.api.v1.schemas import AvailabilityQuery
from midway.config.fast_lane import Asked, Route, query_of
from midway.core.actor import VISITOR
from midway.runtime.clock import now

LONGEST_KEPT_QUERY = 300


def _availability(asked: Asked) -> bytes:
    text = asked.query_text
    # What a query means never changes; programs ask in the same words all day.
    query = _understood(text) if len(text) <= LONGEST_KEPT_QUERY else asked_by(query_of(text))
    return availability_json(query, now=now())


@lru_cache(maxsize=1024)
def _understood(text: str) -> AvailabilityQuery:
    return asked_by(query_of(text))


def _bookings(asked: Asked) -> bytes:
    try:
        body = orjson.loads(asked.body)
    except orjson.JSONDecodeError:
        raise Problem(400, "The body is not JSON (RFC 8259, UTF-8).") from None
    key = checked_key(asked.META.get("HTTP_IDEMPOTENCY_KEY"))
    return orjson.dumps(book_body(body, key=key, by=VISITOR, now=now()))


ROUTES = {
    ("GET", "/api/v1/availability"): Route("api/v1/availability", _availability),
    ("POST", "/api/v1/bookings"): Route("api/v1/bookings", _bookings, status=201),
}

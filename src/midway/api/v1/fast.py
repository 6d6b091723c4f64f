"""The routes of version 1 that the lane in front of Django answers, by the code that answers behind it too."""

import orjson

from midway.api.problem import Problem
from midway.api.v1.availability import answer_query
from midway.api.v1.bookings import book_body, checked_key
from midway.config.fast_lane import Asked, Route
from midway.core.actor import VISITOR
from midway.runtime.clock import now


def _availability(asked: Asked) -> bytes:
    return answer_query(asked.query)


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

"""The lane in front of Django answers as Django does."""

import io
from collections.abc import Iterable
from typing import Any

import orjson
import pytest
from django.db import OperationalError
from tests.api.test_bookings import order, quote_of
from tests.cast import POSTCODE, Cast

from midway.api.v1 import availability, bookings, fast
from midway.booking.models import Visit
from midway.config import fast_lane, rate_limits
from midway.config.wsgi import application, django
from midway.journal.models import Entry

GOOD = f"service=regular&from=2026-03-02&days=14&duration_minutes=150&postcode={POSTCODE}"
OWN = {"X-Request-ID", "Vary", "Content-Language", "Content-Length"}


@pytest.fixture(autouse=True)
def _inside(inside_the_test: None, cast: Cast) -> None:
    pass


def ask(lane: Any, query: str, **environ: str) -> tuple[int, dict[str, str], bytes]:
    said: dict[str, Any] = {}

    def start_response(status: str, headers: Iterable[tuple[str, str]]) -> None:
        said.update(status=int(status[:3]), headers=dict(headers))

    body = b"".join(
        lane(
            {
                "REQUEST_METHOD": "GET", "PATH_INFO": "/api/v1/availability", "QUERY_STRING": query,
                "HTTP_HOST": "localhost:8000", "SERVER_NAME": "localhost", "SERVER_PORT": "8000",
                "REMOTE_ADDR": "198.51.100.7", "wsgi.input": io.BytesIO(), "wsgi.url_scheme": "http", **environ,
            },
            start_response,
        )
    )  # fmt: skip
    return said["status"], said["headers"], body


def promises_in(headers: dict[str, str]) -> dict[str, list[str]]:
    """The headers that both ways must agree on, whatever the order of a policy's parts."""
    return {name: sorted(value.split("; ")) for name, value in headers.items() if name not in OWN}


@pytest.mark.parametrize(
    "query",
    [
        GOOD,
        "service=regular",
        "service=deep&team_size=2",
        "service=regular&service=deep&days=3",
        "service=regular&from=2099-01-01",
        "service=regular&from=&duration_minutes=&postcode=",
        "service=regular&postcode=21201-1234",
        "first=2026-03-05&service=regular&days=1",
        "",
        "service=windows",
        "service=regular&from=9999-12-31&days=99&duration_minutes=x",
        "service=regular&from=%00&postcode=%ff",
        "service=%C3%A9",
        "service=regular&days=" + "9" * 5000,
        "service=regular&postcode=99999",
        "service=regular&&;=&=",
    ],
)
def test_both_ways_say_the_same(query: str) -> None:
    slow_status, slow_headers, slow_body = ask(django, query)
    status, headers, body = ask(application, query)
    assert (status, orjson.loads(body)) == (slow_status, orjson.loads(slow_body))
    assert body == slow_body
    assert promises_in(headers) == promises_in(slow_headers)


def send(lane: Any, body: bytes, **environ: str) -> tuple[int, dict[str, str], bytes]:
    usual = {"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body))}
    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/api/v1/bookings", **usual, **environ}
    return ask(lane, "", **environ, **{"wsgi.input": io.BytesIO(body)})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "environ"),
    [
        ({"start": "2026-03-03T09:10:00-05:00"}, {}),
        ({"start": "9999-12-31T23:59:59-12:00"}, {}),
        ({"customer": {"name": "A\u0000", "email": "ada", "phone": 7}}, {}),
        ({"quote": "x", "property": None}, {}),
        ({"frequency": "weekly"}, {}),
        ({}, {"HTTP_IDEMPOTENCY_KEY": "a b"}),
        ({}, {"HTTP_AUTHORIZATION": "Bearer midway_wrong"}),
        ({}, {"CONTENT_TYPE": "text/plain"}),
        ({"start": "2026-03-07T09:00:00-05:00"}, {}),
        (b"[1]", {}),
        (b"{", {}),
        (b"", {}),
        (b"\xff", {}),
    ],
)
def test_both_ways_refuse_a_booking_alike(cast: Cast, body: Any, environ: dict[str, str]) -> None:
    sent = body if isinstance(body, bytes) else orjson.dumps({**order(quote_of(cast)), **body})
    slow_status, slow_headers, slow_body = send(django, sent, **environ)
    status, headers, said = send(application, sent, **environ)
    assert (status, orjson.loads(said)) == (slow_status, orjson.loads(slow_body))
    assert 400 <= status < 500
    assert promises_in(headers) == promises_in(slow_headers)


def test_both_ways_book_and_know_each_others_keys(cast: Cast) -> None:
    sent = orjson.dumps(order(quote_of(cast)))
    booked = send(application, sent, HTTP_IDEMPOTENCY_KEY="k", HTTP_X_REQUEST_ID="who-booked-this")
    again = send(django, sent, HTTP_IDEMPOTENCY_KEY="k")
    assert (booked[0], booked[1]["Content-Type"]) == (201, "application/json")
    assert booked[::2] == again[::2]
    assert Visit.objects.count() == 1
    assert Entry.objects.get(event="booking.visit.booked").request_id == "who-booked-this"


def test_a_booking_that_fails_is_tried_again_by_django(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = bookings.book, []

    def lost_once(*args: Any, **kwargs: Any) -> dict[str, object]:
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("the connection is lost")
        return real(*args, **kwargs)

    monkeypatch.setattr(bookings, "book", lost_once)
    monkeypatch.setattr(fast_lane.connection, "close", lambda: calls.append(2))
    assert send(application, orjson.dumps(order(quote_of(cast))))[0] == 201
    assert calls == [1, 2, 1]


def test_a_usual_request_never_reaches_django() -> None:
    lane = fast_lane.FastLane(lambda environ, start: [b"django"], fast.ROUTES)
    assert ask(lane, GOOD)[0] == 200
    assert ask(lane, "service=")[0] == 422


@pytest.mark.parametrize(
    ("query", "environ"),
    [
        (GOOD, {"REQUEST_METHOD": "POST"}),
        (GOOD, {"REQUEST_METHOD": "HEAD"}),
        (GOOD, {"HTTP_HOST": "evil.example.com"}),
        (GOOD, {"HTTP_HOST": ""}),
        ("service=\xe9", {}),
        ("&".join(f"a{n}=1" for n in range(600)), {}),
    ],
)
def test_what_is_unusual_is_left_to_django(query: str, environ: dict[str, str]) -> None:
    slow, fast = ask(django, query, **environ), ask(application, query, **environ)
    assert fast[0] == slow[0]
    assert fast[1]["Content-Type"] == slow[1]["Content-Type"]


def test_a_request_id_is_kept_or_made() -> None:
    assert ask(application, GOOD, HTTP_X_REQUEST_ID="abcdefgh-1")[1]["X-Request-ID"] == "abcdefgh-1"
    assert len(ask(application, GOOD, HTTP_X_REQUEST_ID="no\nway")[1]["X-Request-ID"]) == 16


def test_a_lost_connection_is_djangos_to_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    real, calls = fast.availability_json, []

    def lost_once(*args: Any, **kwargs: Any) -> bytes:
        calls.append(1)
        if len(calls) == 1:
            raise OperationalError("the connection is lost")
        return real(*args, **kwargs)

    for way in (fast, availability):
        monkeypatch.setattr(way, "availability_json", lost_once)
    monkeypatch.setattr(fast_lane.connection, "close", lambda: calls.append(2))
    assert ask(application, GOOD)[0] == 200
    assert calls == [1, 2, 1]


def test_who_asks_too_often_is_told_when_to_come_back(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.RATE_LIMITS = True
    counter = rate_limits.Counter("")
    monkeypatch.setattr(fast_lane, "shared_counter", lambda: counter)
    statuses = [ask(application, "service=regular&days=1") for _ in range(241)]
    assert [s[0] for s in statuses[:240]] == [200] * 240
    status, headers, body = statuses[-1]
    assert (status, headers["Content-Type"]) == (429, "application/problem+json")
    assert 1 <= int(headers["Retry-After"]) <= 61
    assert orjson.loads(body)["status"] == 429
    assert ask(application, "service=regular", REMOTE_ADDR="203.0.113.9")[0] == 200


def test_each_answer_is_logged_and_measured(capsys: pytest.CaptureFixture[str]) -> None:
    ask(application, GOOD, HTTP_X_REQUEST_ID="seen-in-the-log")
    [line] = [line for line in capsys.readouterr().err.splitlines() if "seen-in-the-log" in line]
    ask(django, GOOD, HTTP_X_REQUEST_ID="seen-in-the-log")
    [other] = [line for line in capsys.readouterr().err.splitlines() if "seen-in-the-log" in line]
    assert orjson.loads(line).keys() == orjson.loads(other).keys()
    assert orjson.loads(line)["route"] == "api/v1/availability"
    assert orjson.loads(line)["status"] == 200

"""Requests as spans in OpenTelemetry's protocol, taken by a receiver that speaks it: what, when and how, never whom."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client
from tests.cast import POSTCODE, Cast

from midway.runtime import traces
from midway.runtime.traces import KEPT, Tracer

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PRIVATE = ("dora", POSTCODE, "203.0.113.77", "the-session-cookie")


class Receiver:
    """Takes what is sent to it, or refuses it."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.status = 200
        outer = self

        class Keep(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert self.path == "/v1/traces"
                assert self.headers["Content-Type"] == "application/json"
                outer.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(outer.status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Keep)
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    @property
    def spans(self) -> list[dict[str, Any]]:
        """In the order of their coming."""
        scopes = [scope for body in self.bodies for one in body["resourceSpans"] for scope in one["scopeSpans"]]
        return [span for scope in scopes for span in scope["spans"]]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    thread = threading.Thread(target=receiver.server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()
    thread.join()


class Unhurried(Tracer):
    """Sends when the test says so."""

    def _run(self) -> None:
        pass


@pytest.fixture
def tracer(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Tracer:
    tracer = Unhurried(receiver.url)
    monkeypatch.setattr(traces, "_tracer", tracer)
    return tracer


def facts(span: dict[str, Any]) -> dict[str, Any]:
    return {one["key"]: next(iter(one["value"].values())) for one in span["attributes"]}


def test_a_request_is_a_span_with_its_id_and_nothing_of_anybody(
    receiver: Receiver, tracer: Tracer, client: Client, cast: Cast
) -> None:
    client.cookies["midway"] = "the-session-cookie"
    answer = client.get(
        "/accounts/login/?next=/my/dora@example.com",
        headers={"x-request-id": "abcd-1234", "traceparent": f"00-{TRACE}-{CALLER}-01"},
        REMOTE_ADDR="203.0.113.77",
    )
    assert answer.status_code == 200
    tracer.send()
    (span,) = receiver.spans
    assert (span["traceId"], span["parentSpanId"], span["kind"]) == (TRACE, CALLER, 2)
    assert len(span["spanId"]) == 16
    assert span["name"] == "GET accounts/login/"
    assert facts(span) == {
        "http.request.method": "GET", "http.route": "accounts/login/", "http.response.status_code": "200",
        "midway.request_id": "abcd-1234",
    }  # fmt: skip
    assert 0 <= int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"]) < 60 * 10**9
    said = json.dumps(receiver.bodies)
    assert [word for word in PRIVATE if word in said] == []


def test_what_is_answered_in_front_of_django_is_a_span_too(
    receiver: Receiver, tracer: Tracer, cast: Cast, inside_the_test: None
) -> None:
    from tests.api.test_fast_lane import ask

    from midway.config.wsgi import application

    ask(application, f"service=regular&postcode={POSTCODE}", HTTP_X_REQUEST_ID="abcd-5678", HTTP_TRACEPARENT="not one")
    tracer.send()
    (span,) = receiver.spans
    assert facts(span)["midway.request_id"] == "abcd-5678"
    assert facts(span)["http.route"] == "api/v1/availability"
    assert "parentSpanId" not in span
    assert POSTCODE not in json.dumps(receiver.bodies)


def test_a_failure_is_marked(receiver: Receiver, tracer: Tracer) -> None:
    traces.trace_request("GET", "fails", 500, 0.1, request_id="abcd-1234", asked_by=f"00-{'0' * 32}-{CALLER}-01")
    tracer.send()
    (span,) = receiver.spans
    assert span["status"] == {"code": 2}
    assert "parentSpanId" not in span  # a trace of nothing but noughts is none


def test_what_is_not_taken_costs_no_memory(receiver: Receiver, tracer: Tracer) -> None:
    receiver.status = 503
    for _ in range(KEPT + 10):
        traces.trace_request("GET", "page", 200, 0.1, request_id="abcd-1234", asked_by=None)
    assert len(tracer._spans) == KEPT
    tracer.send()
    assert len(receiver.spans) == traces.BATCH  # and no more, until it is well
    receiver.status = 200
    tracer.send()
    assert len(tracer._spans) == 0
    assert len(receiver.spans) == KEPT


def test_spans_are_sent_by_themselves(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = threading.Event()

    class Counted(Tracer):
        def _post(self, spans: list[traces.Span]) -> bool:
            try:
                return super()._post(spans)
            finally:
                taken.set()

    monkeypatch.setattr(traces, "_tracer", Counted(receiver.url))
    for _ in range(traces.BATCH):
        traces.trace_request("GET", "page", 200, 0.1, request_id="abcd-1234", asked_by=None)
    assert taken.wait(30)
    assert receiver.spans


def test_without_an_address_nothing_is_kept_and_no_thread_runs(client: Client, db: None) -> None:
    running = _senders()
    client.get("/accounts/login/")
    assert traces._tracer is None
    assert _senders() == running


def _senders() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "traces"}

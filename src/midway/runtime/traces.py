"""Traces in OpenTelemetry's language (OTLP over HTTP, as JSON): one span for each request, and nothing about whom.

Only with an address to send to; without one nothing is kept and no thread runs.
"""

import atexit
import os
import re
import threading
from collections import deque
from secrets import token_hex
from time import time_ns
from typing import Any

import orjson
import structlog

import midway

log = structlog.get_logger("midway.traces")
BATCH, KEPT = 256, 4096
EVERY_SECONDS, PATIENCE_SECONDS = 2.0, 5.0
# https://www.w3.org/TR/trace-context/: version, trace, who asked, flags.
_asked_by = re.compile(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}").fullmatch

Span = dict[str, Any]


class Tracer:
    """Keeps spans until a thread of its own has sent them; when the receiver is away the oldest are let go."""

    def __init__(self, url: str) -> None:
        self._url = f"{url.rstrip('/')}/v1/traces"
        self._spans: deque[Span] = deque(maxlen=KEPT)
        self._wake = threading.Event()
        self._sending = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_away = False

    def add(self, span: Span) -> None:
        """Will keep a span and have it sent soon."""
        self._spans.append(span)
        if self._thread is None:  # not before: processes that were forked have threads of their own
            self._thread = threading.Thread(target=self._run, name="traces", daemon=True)
            self._thread.start()
        if len(self._spans) >= BATCH:
            self._wake.set()

    def _run(self) -> None:
        while True:
            self._wake.wait(EVERY_SECONDS)
            self._wake.clear()
            self.send()

    def send(self) -> None:
        """Will send what is kept; what the receiver does not take is let go, so that it costs nobody memory."""
        with self._sending:
            while self._spans:
                spans = [self._spans.popleft() for _ in range(min(BATCH, len(self._spans)))]
                if not self._post(spans):
                    return

    def _post(self, spans: list[Span]) -> bool:
        from midway.runtime.outgoing import CallFailed, call

        headers = {"Content-Type": "application/json", "User-Agent": f"midway/{midway.__version__}"}
        try:
            answer = call(
                "POST", self._url, body=_body(spans), headers=headers, seconds=PATIENCE_SECONDS, may_be_private=True
            )
            problem = "" if answer.status < 300 else f"answered {answer.status}"
        except CallFailed as failed:
            problem = str(failed)
        if problem and not self._is_away:
            log.warning("traces.not_taken", problem=problem)
        self._is_away = bool(problem)
        return not problem


_tracer: Tracer | None = None


def set_up_traces(url: str) -> None:
    """Will send a span of each request to the receiver at this address, as http://127.0.0.1:4318."""
    global _tracer
    if url and _tracer is None:
        _tracer = Tracer(url)
        atexit.register(_tracer.send)


def trace_request(
    method: str, route: str, status: int, seconds: float, *, request_id: str, asked_by: str | None
) -> None:
    """Will keep the span of a request that was just answered. `asked_by` is its header `traceparent`."""
    if _tracer is None:
        return
    end = time_ns()
    parent = _asked_by(asked_by or "")
    span: Span = {
        "traceId": parent[1] if parent else token_hex(16),
        "spanId": token_hex(8),
        "name": f"{method} {route}",
        "kind": 2,  # a server's
        "startTimeUnixNano": str(end - int(seconds * 1e9)),
        "endTimeUnixNano": str(end),
        "attributes": [
            _text("http.request.method", method),
            _text("http.route", route),
            {"key": "http.response.status_code", "value": {"intValue": str(status)}},
            _text("midway.request_id", request_id),
        ],
        "status": {"code": 2} if status >= 500 else {},
    }
    if parent:
        span["parentSpanId"] = parent[2]
    _tracer.add(span)


def _text(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


def _body(spans: list[Span]) -> bytes:
    resource = [
        _text("service.name", "midway"),
        _text("service.version", midway.__version__),
        {"key": "process.pid", "value": {"intValue": str(os.getpid())}},
    ]
    scope = {"scope": {"name": "midway"}, "spans": spans}
    return orjson.dumps({"resourceSpans": [{"resource": {"attributes": resource}, "scopeSpans": [scope]}]})

"""What surrounds every request: its id, one line in the log, one measurement. Once around, and cheap."""

import re
from collections.abc import Callable, Mapping
from secrets import token_hex
from time import perf_counter
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bind_contextvars, clear_contextvars

from midway.runtime.metrics import observe_request
from midway.runtime.traces import trace_request

log = structlog.get_logger("midway.request")
SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,40}").fullmatch
KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
QUIET_ROUTES = frozenset({"healthz", "readyz", "metrics"})


class Around:
    """Outermost. Gives the request an id, and in the end measures and logs it, also when it failed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = perf_counter()
        asked_id = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = asked_id if SANE_ID(asked_id) else token_hex(8)
        clear_contextvars()
        bind_contextvars(request_id=request_id)
        status, size = 500, 0
        try:
            response = self.get_response(request)
            status = response.status_code
            size = -1 if response.streaming else len(response.content)
            response.headers["X-Request-ID"] = request_id
            return response
        finally:
            seconds = perf_counter() - started
            method = request.method if request.method in KNOWN_METHODS else "OTHER"
            route = route_of(request)
            observe_request(method, route, status, seconds)
            asked_by = request.META.get("HTTP_TRACEPARENT")
            trace_request(method, route, status, seconds, request_id=request_id, asked_by=asked_by)
            if route not in QUIET_ROUTES or status >= 400:
                _write_line(request, method=method, route=route, status=status, ms=round(seconds * 1000, 2), bytes=size)


def route_of(request: HttpRequest) -> str:
    """The address as the code declares it: no codes, names or numbers of anybody, and few enough to count by."""
    match = request.resolver_match
    if match is not None:
        return match.route or "/"
    return "static" if request.path_info.startswith("/static/") else "unmatched"


def _write_line(request: HttpRequest, **facts: Any) -> None:
    user = getattr(request, "_cached_user", None)  # only when somebody looked already: asking would be a query
    if user is not None and user.pk is not None:
        facts["user"] = user.pk
    _how_bad(facts)("request", **facts)


def _how_bad(facts: Mapping[str, Any]) -> Callable[..., Any]:
    """That something is not ready is an answer to whoever asks every few seconds, and not one more mistake of ours."""
    if facts["status"] < 500:
        return log.info  # type: ignore[no-any-return] # structlog does not say
    return log.warning if facts["route"] == "readyz" else log.error  # type: ignore[no-any-return] # nor here

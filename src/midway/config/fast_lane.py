"""A lane in front of Django for the few questions that programs ask all day, and for booking.

Django's way around a view costs more than the answer itself. The lane keeps what that way does for such a
request: host check, rate limit, security headers, request id, log line and measurement. Whatever is unusual
about a request, or goes wrong with it, goes through Django instead: there is one way of refusing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from secrets import token_hex
from time import perf_counter
from typing import Any, cast
from urllib.parse import parse_qsl

from csp.utils import build_policy
from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.http.request import validate_host
from structlog.contextvars import bind_contextvars, clear_contextvars

from midway.api.problem import JSON, PROBLEM_JSON, Problem
from midway.config.logs import write_line
from midway.config.middleware import SANE_ID
from midway.config.rate_limits import counted, shared_counter
from midway.config.security import PERMISSIONS_POLICY
from midway.runtime.metrics import observe_request
from midway.runtime.traces import trace_request

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

STATUS_LINES = {
    200: "200 OK",
    201: "201 Created",
    400: "400 Bad Request",
    409: "409 Conflict",
    422: "422 Unprocessable Entity",
    429: "429 Too Many Requests",
}
LARGEST_BODY = 64 * 1024


@dataclass(frozen=True)
class Route:
    """What is asked in, JSON out. Raises `Problem`. `name` is its address in Django.

    What fails is tried again by Django: an `answer` must be safe to give twice, as reads are, and as a booking is,
    because a quote is booked once.
    """

    name: str
    answer: Callable[["Asked"], bytes]
    status: int = 200


class Unusual(Exception):
    """This request is for Django."""


class FastLane:
    """The application: its own routes first, everything else by Django."""

    def __init__(self, django: Application, routes: Mapping[tuple[str, str], Route]) -> None:
        self.django = django
        self.routes = routes

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        route = self.routes.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if route is None:
            return self.django(environ, start_response)
        started = perf_counter()
        try:
            asked = Asked(environ)
            refusal = _too_often(asked)
            status, body, extra = refusal or (route.status, route.answer(asked), {})
        except Problem as found:
            if found.status not in STATUS_LINES:
                return self.django(environ, start_response)
            status, body, extra = found.status, found.as_bytes(), found.headers
        except Unusual:
            return self.django(environ, start_response)
        except Exception:
            # Django's way tries again, with a connection of its own, and says what is wrong.
            connection.close()
            return self.django(environ, start_response)
        return _write(asked, start_response, Answer(route, status, body, extra, started))


class Asked:
    """A usual request. Raises `Unusual` for any other."""

    def __init__(self, environ: Environ) -> None:
        self.META = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.path_info: str = environ["PATH_INFO"]
        _check_host(environ)
        self.query_text = _query_text_of(environ)
        self.body = _body_of(environ) if self.method == "POST" else b""
        asked_id = environ.get("HTTP_X_REQUEST_ID", "")
        self.id: str = asked_id if SANE_ID(asked_id) else token_hex(8)
        clear_contextvars()
        bind_contextvars(request_id=self.id)


@dataclass(frozen=True)
class Answer:
    """What goes out."""

    route: Route
    status: int
    body: bytes
    extra: Mapping[str, str]
    started: float


def query_of(text: str) -> dict[str, str]:
    """The parameters in a query; of one that is given twice the last."""
    return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=settings.DATA_UPLOAD_MAX_NUMBER_FIELDS))


def _query_text_of(environ: Environ) -> str:
    text: str = environ.get("QUERY_STRING", "")
    if not text.isascii() or "\x00" in text:
        raise Unusual
    return text


def _body_of(environ: Environ) -> bytes:
    length = environ.get("CONTENT_LENGTH") or ""
    if not length.isdecimal() or not 0 < int(length) <= LARGEST_BODY or environ.get("CONTENT_TYPE") != JSON:
        raise Unusual
    if "HTTP_AUTHORIZATION" in environ or "HTTP_TRANSFER_ENCODING" in environ:
        raise Unusual
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(body)  # for Django, should it come to that
    return body


def _check_host(environ: Environ) -> None:
    if not _is_ours(environ.get("HTTP_HOST", ""), tuple(settings.ALLOWED_HOSTS)):
        raise Unusual


@lru_cache(maxsize=64)
def _is_ours(host: str, ours: tuple[str, ...]) -> bool:
    name = host.rpartition(":")[0] if host[-1:].isdigit() and ":" in host else host
    return bool(name) and validate_host(name.lower(), ours)


def _too_often(asked: Asked) -> tuple[int, bytes, Mapping[str, str]] | None:
    if not settings.RATE_LIMITS:
        return None
    for limit, who in counted(cast(HttpRequest, asked)):
        if not shared_counter().hit(limit, who):
            seconds = str(shared_counter().seconds_until_free(limit, who))
            detail = "Too many requests: wait a moment and try again."
            return 429, Problem(429, detail).as_bytes(), {"Retry-After": seconds}
    return None


def _write(asked: Asked, start_response: StartResponse, answer: Answer) -> list[bytes]:
    start_response(
        STATUS_LINES[answer.status],
        [
            ("Content-Type", JSON if answer.status < 400 else PROBLEM_JSON),
            ("Content-Length", str(len(answer.body))),
            ("X-Request-ID", asked.id),
            *_promises(),
            *answer.extra.items(),
        ],
    )
    seconds = perf_counter() - answer.started
    observe_request(asked.method, answer.route.name, answer.status, seconds)
    asked_by = asked.META.get("HTTP_TRACEPARENT")
    trace_request(asked.method, answer.route.name, answer.status, seconds, request_id=asked.id, asked_by=asked_by)
    write_line(
        "midway.request",
        "request",
        request_id=asked.id,
        method=asked.method,
        route=answer.route.name,
        status=answer.status,
        ms=round(seconds * 1000, 2),
        bytes=len(answer.body),
    )
    return [answer.body]


@cache
def _promises() -> tuple[tuple[str, str], ...]:
    """The headers that Django's middleware puts on every answer; a test holds the two equal."""
    promises = [
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", settings.SECURE_REFERRER_POLICY),
        ("Cross-Origin-Opener-Policy", settings.SECURE_CROSS_ORIGIN_OPENER_POLICY),
        ("X-Frame-Options", settings.X_FRAME_OPTIONS),
        ("Content-Security-Policy", build_policy()),
        ("Permissions-Policy", PERMISSIONS_POLICY),
    ]
    if settings.SECURE_HSTS_SECONDS:
        promises.append(("Strict-Transport-Security", f"max-age={settings.SECURE_HSTS_SECONDS}"))
    return tuple(promises)

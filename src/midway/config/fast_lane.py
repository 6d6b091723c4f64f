"""A lane in front of Django for the few reads that programs and pages ask for all day.

Django's way around a view costs more than the answer itself. The lane keeps what that way does for such a
request: host check, rate limit, security headers, request id, log line and measurement. Whatever is unusual
about a request, or goes wrong with it, goes through Django instead: there is one way of refusing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from secrets import token_hex
from time import perf_counter
from typing import Any, cast
from urllib.parse import parse_qsl

from csp.utils import build_policy
from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.http.request import validate_host

from midway.api.problem import JSON, PROBLEM_JSON, Problem
from midway.config.middleware import SANE_ID, log
from midway.config.rate_limits import counted, shared_counter
from midway.config.security import PERMISSIONS_POLICY
from midway.runtime.metrics import observe_request

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]

STATUS_LINES = {200: "200 OK", 422: "422 Unprocessable Entity", 429: "429 Too Many Requests"}


@dataclass(frozen=True)
class Route:
    """A read without side effects: parameters in, JSON out. Raises `Problem`. `name` is its address in Django."""

    name: str
    answer: Callable[[Mapping[str, str]], bytes]


class Unusual(Exception):
    """This request is for Django."""


class FastLane:
    """The application: its own routes first, everything else by Django."""

    def __init__(self, django: Application, routes: Mapping[str, Route]) -> None:
        self.django = django
        self.routes = routes

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        route = self.routes.get(environ["PATH_INFO"])
        if route is None or environ["REQUEST_METHOD"] != "GET":
            return self.django(environ, start_response)
        started = perf_counter()
        try:
            query = _query_of(environ)
            _check_host(environ)
            refusal = _too_often(environ)
            status, body, extra = refusal or (200, route.answer(query), {})
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
        return _write(environ, start_response, Answer(route, status, body, extra, started))


@dataclass(frozen=True)
class Answer:
    """What goes out."""

    route: Route
    status: int
    body: bytes
    extra: Mapping[str, str]
    started: float


def _query_of(environ: Environ) -> dict[str, str]:
    text = environ.get("QUERY_STRING", "")
    if not text.isascii() or "\x00" in text:
        raise Unusual
    return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=settings.DATA_UPLOAD_MAX_NUMBER_FIELDS))


def _check_host(environ: Environ) -> None:
    if not _is_ours(environ.get("HTTP_HOST", "")):
        raise Unusual


def _is_ours(host: str) -> bool:
    name = host.rpartition(":")[0] if host[-1:].isdigit() and ":" in host else host
    return bool(name) and validate_host(name.lower(), settings.ALLOWED_HOSTS)


def _too_often(environ: Environ) -> tuple[int, bytes, Mapping[str, str]] | None:
    if not settings.RATE_LIMITS:
        return None
    for limit, who in counted(cast(HttpRequest, Asked(environ))):
        if not shared_counter().hit(limit, who):
            seconds = str(shared_counter().seconds_until_free(limit, who))
            detail = "Too many requests: wait a moment and try again."
            return 429, Problem(429, detail).as_bytes(), {"Retry-After": seconds}
    return None


class Asked:
    """As much of a request as the rate limits look at."""

    def __init__(self, environ: Environ) -> None:
        self.META = environ
        self.method = environ["REQUEST_METHOD"]
        self.path_info = environ["PATH_INFO"]


def _write(environ: Environ, start_response: StartResponse, answer: Answer) -> list[bytes]:
    asked_id = environ.get("HTTP_X_REQUEST_ID", "")
    request_id = asked_id if SANE_ID(asked_id) else token_hex(8)
    start_response(
        STATUS_LINES[answer.status],
        [
            ("Content-Type", JSON if answer.status == 200 else PROBLEM_JSON),
            ("Content-Length", str(len(answer.body))),
            ("X-Request-ID", request_id),
            *_promises(),
            *answer.extra.items(),
        ],
    )
    seconds = perf_counter() - answer.started
    observe_request("GET", answer.route.name, answer.status, seconds)
    log.info(
        "request",
        request_id=request_id,
        method="GET",
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

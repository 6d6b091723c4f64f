"""Version 1 put together: its routes, and what every refusal looks like."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import orjson
import structlog
from django.core.exceptions import RequestDataTooBig
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.parser import Parser

from midway.accounts.access import anyone
from midway.api.problem import JSON, PROBLEM_JSON, Problem, invalid_fields
from midway.api.v1 import availability, bookings, documents, office, quotes, services, visits

log = structlog.get_logger("midway.api")
View = Callable[..., HttpResponse]


class OrjsonParser(Parser):
    """Strict and fast: no NaN, no lone surrogates, no nesting deeper than anybody needs."""

    def parse_body(self, request: HttpRequest) -> Any:
        return orjson.loads(request.body)


api = NinjaAPI(
    title="Midway",
    version="1",
    description="Prices, free times, bookings and visits of a cleaning company. Times are RFC 3339 with the branch's "
    "offset, money is in minor units, durations are in minutes. Refusals are RFC 9457 problem documents.",
    urls_namespace="api-v1",
    docs_url=None,
    openapi_url=None,
    parser=OrjsonParser(),
)
for _part in (services, quotes, availability, bookings, visits, office):
    api.add_router("", _part.router)


@api.exception_handler(Problem)
def _problem(request: HttpRequest, found: Problem) -> HttpResponse:
    return found.as_response()


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, found: ValidationError) -> HttpResponse:
    return invalid_fields(found.errors).as_response()


@api.exception_handler(AuthenticationError)
def _stranger(request: HttpRequest, found: AuthenticationError) -> HttpResponse:
    return Problem(401, "Send a bearer token.").as_response()


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, found: HttpError) -> HttpResponse:
    return Problem(found.status_code, "The body is not JSON (RFC 8259, UTF-8).").as_response()


@api.exception_handler(RequestDataTooBig)
def _too_big(request: HttpRequest, found: RequestDataTooBig) -> HttpResponse:
    return Problem(413, "The body is larger than anything we accept.").as_response()


@api.exception_handler(Http404)
def _nothing_here(request: HttpRequest, found: Http404) -> HttpResponse:
    return Problem(404, "There is nothing at this address.").as_response()


@api.exception_handler(Exception)
def _our_mistake(request: HttpRequest, found: Exception) -> HttpResponse:
    got_request_exception.send(sender=None, request=request)
    log.exception("api.request.failed")
    return Problem(500, "Something went wrong on our side. It has been recorded; try again later.").as_response()


@csrf_exempt
@anyone
def nothing_here(request: HttpRequest, **_: str) -> HttpResponse:
    """404 for programs, at every address that nothing else answers."""
    return Problem(404, f"There is nothing at this address. See {documents.DOCS}.").as_response()


def _for_programs(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST" and not _is_json(request):
            return Problem(415, "Send application/json.").as_response()
        response = view(request, *args, **kwargs)
        if response.status_code == 405:
            allowed = {"Allow": response.headers.get("Allow", "")}
            return Problem(405, f"This address takes {allowed['Allow']}.", headers=allowed).as_response()
        return response

    guarded.csrf_exempt = True  # type: ignore[attr-defined] # no cookie means anything here
    return guarded


def _is_json(request: HttpRequest) -> bool:
    kind = (request.content_type or "").lower()
    return not kind or kind in {JSON, PROBLEM_JSON} or (kind.startswith("application/") and kind.endswith("+json"))


def _urls() -> list[URLPattern | URLResolver]:
    found: list[URLPattern | URLResolver] = [
        path("openapi.json", documents.openapi, name="openapi"),
        path("docs", documents.docs, name="docs"),
    ]
    for pattern in api.urls[0]:
        if isinstance(pattern, URLPattern) and pattern.name != "api-root":
            pattern.callback = _for_programs(pattern.callback)
            found.append(pattern)
    return [*found, re_path("", nothing_here)]


app_name = "api-v1"
urlpatterns = _urls()

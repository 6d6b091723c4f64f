"""Health for machines: does the process serve, can it do its work, and its numbers."""

from hmac import compare_digest

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from midway.accounts.access import anyone
from midway.accounts.tokens import bearer_of
from midway.ops.measures import DatabaseMeasures
from midway.ops.readiness import readiness
from midway.runtime.clock import now
from midway.runtime.metrics import exposition
from midway.web.ops.loopback import is_from_here


@anyone
@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """The process serves. Asks nobody else, so that a lost database does not make every web process restart."""
    return JsonResponse({"status": "ok"})


@anyone
@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether everything needed works, measured now."""
    found = readiness(now=now())
    status = "ok" if found.is_ready else "failing"
    return JsonResponse({"status": status, "checks": found.checks}, status=200 if found.is_ready else 503)


@anyone
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text, for this machine or for whoever has the token."""
    if not _may_read_metrics(request):
        return HttpResponse("Send MIDWAY_METRICS_TOKEN as a bearer token.", status=403, content_type="text/plain")
    text = exposition([DatabaseMeasures(now())])
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_read_metrics(request: HttpRequest) -> bool:
    token = bearer_of(request.headers.get("Authorization", ""))
    if settings.METRICS_TOKEN and token:
        return compare_digest(token.encode(), settings.METRICS_TOKEN.encode())
    return is_from_here(request) and not settings.METRICS_TOKEN

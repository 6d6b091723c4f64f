"""The public status page, served by us while we are there; Nginx serves the same files when we are not."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from midway.accounts.access import anyone
from midway.ops.incidents.status_page import LANGUAGES, status_folder, write_status
from midway.runtime.clock import now as clock

KINDS = {**dict.fromkeys(LANGUAGES.values(), "text/html; charset=utf-8"), "status.css": "text/css; charset=utf-8"}


@anyone
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The page in the visitor's language."""
    return _served(LANGUAGES.get(request.LANGUAGE_CODE[:2], "index.html"))


@anyone
@require_safe
def file(request: HttpRequest, name: str) -> HttpResponse:
    """One of its files."""
    if name not in KINDS:
        raise Http404
    return _served(name)


def _served(name: str) -> HttpResponse:
    path = status_folder() / name
    if not path.exists():  # asked for before the schedule wrote it first
        write_status(now=clock())
    response = HttpResponse(path.read_bytes(), content_type=KINDS[name])
    response["Cache-Control"] = "no-cache"
    return response

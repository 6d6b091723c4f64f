"""Refusals made before any view runs: problem+json for programs, one plain sentence for people."""

import orjson
from django.http import HttpRequest, HttpResponse


def wants_json(request: HttpRequest) -> bool:
    """Whether a program is asking."""
    return request.path_info.startswith("/api/")


def problem(request: HttpRequest, *, status: int, title: str, detail: str) -> HttpResponse:
    """An RFC 9457 answer under /api/, text elsewhere."""
    if wants_json(request):
        body = orjson.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail, "errors": []})
        return HttpResponse(body, status=status, content_type="application/problem+json")
    return HttpResponse(detail, status=status, content_type="text/plain; charset=utf-8")

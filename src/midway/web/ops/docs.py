"""The documents, served with the product where they were built into it."""

from mimetypes import guess_type
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from midway.accounts.access import anyone

SITE = Path(__file__).resolve().parents[2] / "site"
KINDS = frozenset({".html", ".css", ".png", ".webp", ".svg", ".xml", ".json"})


@anyone
@require_safe
def document(request: HttpRequest, path: str = "") -> HttpResponse:
    """One of their files; where none were built in, a page that says so."""
    if not SITE.is_dir():
        return render(request, "web_ops/no_docs.html", status=404)
    if not path or path.endswith("/"):
        return redirect("docs_file", f"{path}index.html")
    found = (SITE / path).resolve()
    if not found.is_relative_to(SITE.resolve()) or found.suffix not in KINDS or not found.is_file():
        raise Http404
    kind = guess_type(found.name)[0] or "application/octet-stream"
    response = HttpResponse(found.read_bytes(), content_type=f"{kind}; charset=utf-8" if "text" in kind else kind)
    response["Cache-Control"] = "public, max-age=3600"
    return response

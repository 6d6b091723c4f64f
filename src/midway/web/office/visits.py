"""One visit: what was promised, to whom, who comes, what it costs, what was said."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from midway.accounts.access import Right, office
from midway.booking.queries import visit_by_code


@office(Right.SEE_BOARD)
def visit(request: HttpRequest, code: UUID) -> HttpResponse:
    """Everything about a visit."""
    found = visit_by_code(code)
    if found is None:
        raise Http404
    return render(request, "office/visit.html", {"visit": found})

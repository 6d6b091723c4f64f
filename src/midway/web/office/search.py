"""Finding a customer, visit, address, phone number or colleague from anywhere."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from midway.accounts.access import Right, office
from midway.booking.board_lists import next_visits
from midway.booking.models import Visit
from midway.crew.models import Cleaner
from midway.customers.queries import customers_found
from midway.runtime.clock import now as clock


@office(Right.SEE_CUSTOMERS)
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What the words lead to; the code of a visit leads straight to it."""
    words = request.GET.get("q", "").strip()
    visit = _visit_named(words)
    if visit is not None:
        return redirect("office:visit", visit)
    customers = customers_found(words, limit=20) if words else []
    coming = next_visits([customer.pk for customer in customers], now=clock())
    people = list(Cleaner.objects.filter(name__icontains=words).order_by("name")[:10]) if words else []
    context = {
        "search_text": words,
        "rows": [(customer, coming.get(customer.pk)) for customer in customers],
        "words": words,
        "people": people,
    }
    return render(request, "office/search.html", context)


def _visit_named(words: str) -> UUID | None:
    try:
        code = UUID(words)
    except ValueError:
        return None
    return code if Visit.objects.filter(code=code).exists() else None

"""How was it: the customer's stars for a visit, given with one tap from a message."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from midway.accounts.access import anyone
from midway.booking.actions.rate_visit import VisitNotOver, rate_visit
from midway.booking.models import Rating
from midway.core.actor import VISITOR
from midway.runtime.clock import now
from midway.web.public.visit import visit_or_404

STARS = ((5, _("Very good")), (4, _("Good")), (3, _("All right")), (2, _("Not good")), (1, _("Bad")))


@anyone
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def visit_rating(request: HttpRequest, code: UUID) -> HttpResponse:
    """Asks for stars, and keeps them.

    Opening the link keeps nothing, because mail programs open links by themselves; the page sends the tapped stars
    on by script, and without one a second tap does.
    """
    found = visit_or_404(code)
    status = 200
    if request.method == "POST" and _stars(request.POST.get("stars", "")):
        stars, comment = _stars(request.POST["stars"]), request.POST.get("comment", "")
        try:
            rate_visit(visit=found.code, stars=stars, comment=comment, by=VISITOR, now=now())
            return redirect(f"{request.path}?thanks")
        except VisitNotOver:
            status = 409
    elif request.method == "POST":
        status = 422
    context = {
        "visit": found,
        "start": found.starts_at.astimezone(found.branch.zoneinfo),
        "rating": Rating.objects.filter(visit=found).first(),
        "choices": STARS,
        "tapped": _stars(request.GET.get("stars", "")),
        "is_thanked": "thanks" in request.GET,
        "is_too_early": status == 409,
    }
    return render(request, "public/visit_rating.html", context, status=status)


def _stars(text: str) -> int:
    return int(text) if text in {"1", "2", "3", "4", "5"} else 0

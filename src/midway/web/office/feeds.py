"""A cleaner's calendar address, made and ended at the office."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from midway.accounts.access import Right, office
from midway.booking.actions import revoke_feed
from midway.booking.feeds import cleaner_feed_address, has_feed
from midway.runtime.clock import now as clock
from midway.web.office.people import person_or_404
from midway.web.office.place import hand_of


@office(Right.CHANGE_PEOPLE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest, code: UUID) -> HttpResponse:
    """The address to give to the cleaner, once it was made; ended, the next is another."""
    found = person_or_404(code)
    if request.method == "POST":
        if request.POST.get("deed") == "end":
            revoke_feed(owner=found, by=hand_of(request), now=clock())
        else:
            cleaner_feed_address(found)
        return redirect("office:person_calendar", code)
    address = cleaner_feed_address(found) if has_feed(found) else ""
    return render(request, "office/person_calendar.html", {"person": found, "address": address})

"""The customer's own calendar address: shown on asking, and made anew when somebody else has it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from midway.accounts.access import customer
from midway.booking.actions import revoke_feed
from midway.booking.feeds import customer_feed_address, has_feed
from midway.runtime.clock import now
from midway.web.public.my.who import customer_of, hand_of


@customer
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    """The address, once it was asked for; asked for again, another one that ends the first."""
    found = customer_of(request)
    if request.method == "POST":
        if request.POST.get("deed") == "end":
            revoke_feed(owner=found, by=hand_of(request), now=now())
        else:
            customer_feed_address(found)
        return redirect("public:my_calendar")
    address = customer_feed_address(found) if has_feed(found) else ""
    return render(request, "public/my/calendar.html", {"address": address, "here": "home"})

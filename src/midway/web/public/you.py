"""Step three, "you and your address": who, where, how we get in, and the booking itself."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from midway.accounts.access import anyone
from midway.booking.actions.book_as_quoted import book_as_quoted
from midway.booking.actions.book_visit import BookingOrder
from midway.booking.actions.go_on_without_code import go_on_without_code
from midway.booking.actions.offered import QuoteAlreadyBooked, QuoteExpired, TimeNotOffered
from midway.booking.actions.redeem import CouponRefused
from midway.booking.models import Hold, Quote
from midway.core.actor import VISITOR
from midway.crew.calendar import SlotTaken
from midway.customers.actions import Address, Contact
from midway.runtime.clock import now
from midway.web.public.asking import customer_asking
from midway.web.public.forms import ContactForm
from midway.web.public.series import decided, series_of
from midway.web.public.summary import policy_sentence, summary_of_quote
from midway.web.public.unready import with_times
from midway.web.public.when import is_booked, lost_slot, moment_from, quote_or_404, search_of


@anyone
@require_http_methods(["GET", "HEAD", "POST"])
@with_times
def you(request: HttpRequest, code: UUID) -> HttpResponse:
    """The last step; one button with the price on it books."""
    quote = quote_or_404(code)
    hold = open_hold(quote)
    if request.method != "POST":
        if is_booked(quote):
            return render(request, "public/already_booked.html", {"summary": summary_of_quote(quote)}, status=410)
        if hold is None:
            return redirect("public:when", code=quote.code)
        return _page(request, quote, hold, ContactForm())
    form = ContactForm(request.POST)
    if not form.is_valid():
        return _page(request, quote, hold, form, status=422)
    moment = now()
    order = order_from(form, quote, hold, start=request.POST.get("start", ""))
    try:
        agreed = decided(quote, request.POST, start=order.start, now=moment)
        booked = book_as_quoted(order=order, decisions=agreed, by=VISITOR, now=moment)
    except QuoteExpired:
        return render(request, "public/quote_expired.html", {"summary": summary_of_quote(quote)}, status=410)
    except QuoteAlreadyBooked:
        return redirect("public:visit", code=quote.booking.visits.order_by("id")[0].code)
    except CouponRefused as refusal:
        again = go_on_without_code(quote=quote, refused=refusal.field, customer=customer_asking(request), now=moment)
        return _page(request, again, open_hold(again), form, refused=refusal, status=409)
    except (SlotTaken, TimeNotOffered):
        return _page(request, quote, None, form, lost=lost_slot(search_of(quote), wanted=order.start, moment=moment))
    return redirect(f"/visits/{booked.first_visit}?booked")


def open_hold(quote: Quote) -> Hold | None:
    """The slot the quote holds, if it does; one that ran out still holds until somebody wants it."""
    return Hold.objects.filter(quote=quote, state=Hold.State.OPEN).first()


def order_from(form: ContactForm, quote: Quote, hold: Hold | None, *, start: str) -> BookingOrder:
    """Will put what was typed into an order."""
    given = form.cleaned_data
    return BookingOrder(
        quote=quote,
        start=moment_from(start),
        contact=Contact(name=given["name"], email=given["email"], phone=given["phone"]),
        address=Address(
            line1=given["line1"],
            line2=given["line2"],
            city=given["city"],
            postcode=quote.postcode,
            access_notes=given["access"],
        ),
        notes=given["notes"],
        language=get_language() or "en",
        hold=hold.code if hold else None,
    )


def _page(
    request: HttpRequest,
    quote: Quote,
    hold: Hold | None,
    form: ContactForm,
    *,
    status: int = 200,
    lost: dict[str, object] | None = None,
    refused: CouponRefused | None = None,
) -> HttpResponse:
    zone = quote.branch.zoneinfo
    start = hold.during.lower if hold else moment_from(request.POST.get("start", ""))
    context: dict[str, object] = {
        "quote": quote,
        "refused_code": _(type(refused).__doc__ or "") if refused else "",
        "form": form,
        "priced": quote,
        "summary": summary_of_quote(quote, start=start),
        "series": series_of(quote, start=start, now=now()) if hold else None,
        "decided": [name for name, text in request.POST.items() if name.startswith("decide-") and text],
        "policy": policy_sentence(quote.branch, service_id=quote.service_id),
        "start": start.astimezone(zone),
        "end": (start + quote.duration).astimezone(zone),
        "start_value": start.isoformat(),
        "held_until": hold.expires_at.astimezone(zone) if hold and hold.expires_at > now() else None,
        **(lost or {}),
    }
    return render(request, "public/you.html", context, status=409 if lost else status)

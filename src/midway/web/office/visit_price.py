"""What a visit costs, by hand: another price with its reason, and the fee when nobody lets us in."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from midway.accounts.access import Right, office
from midway.booking.actions import ReasonMissing, override_price, record_lock_out
from midway.booking.actions.visit_lock import VisitNotChangeable
from midway.runtime.clock import now as clock
from midway.web.design.words import money_in_words
from midway.web.office.place import hand_of
from midway.web.office.undoing import say_done
from midway.web.office.visit_forms import CancelForm, PriceForm
from midway.web.office.visits import visit_or_404, visit_page


@office(Right.CHANGE_VISITS)
@require_POST
def price(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will give the visit another price; the reason lands in the journal."""
    found, form = visit_or_404(code), PriceForm(request.POST)
    if not form.is_valid():
        return visit_page(request, found, status=422, price_form=form)
    try:
        reason = form.cleaned_data["reason"]
        override_price(visit=code, price_cents=form.price_cents, reason=reason, by=hand_of(request), now=clock())
    except (VisitNotChangeable, ReasonMissing) as refusal:
        form.add_error(None, _(refusal.__doc__ or ""))
        return visit_page(request, found, status=409, price_form=form)
    words = {"price": money_in_words(form.price_cents, found.currency)}
    messages.success(request, _("This visit costs %(price)s. The customer is told.") % words)
    return redirect("office:visit", code)


@office(Right.CHANGE_VISITS)
@require_POST
def lock_out(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will keep that nobody let us in, for the fee that the page showed or for none."""
    found, form = visit_or_404(code), CancelForm(request.POST)
    if not form.is_valid():
        return visit_page(request, found, status=422, lock_out_form=form)
    asked, now = form.cleaned_data, clock()
    try:
        record_lock_out(visit=code, reason=asked["reason"], waive_fee=asked["waive"], by=hand_of(request), now=now)
    except VisitNotChangeable as refusal:
        form.add_error(None, _(refusal.__doc__ or ""))
        return visit_page(request, found, status=409, lock_out_form=form)
    say_done(request, _("Kept: nobody let us in. The customer is told."), code, at=now)
    return redirect("office:visit", code)

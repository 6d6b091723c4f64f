"""What a customer has with us, and the prices agreed with them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from midway.accounts.access import Right, has_right, office
from midway.booking.actions.agree_on_price import AgreementOver, PriceAgreedAlready, agree_on_price, end_agreed_price
from midway.booking.actions.credits import CreditTooSmall, NewCredit, adjust_credit, issue_credit
from midway.booking.code_lists import agreed_prices_of, credits_of
from midway.booking.models import AgreedPrice, Credit, CreditEntry
from midway.booking.payments import balance_of_customer
from midway.crew.models import Branch
from midway.customers.models import Customer
from midway.runtime.clock import now as clock
from midway.web.office.codes_forms import CreditForm, EndPriceForm, OwnPriceForm, TakeForm
from midway.web.office.customers import known_or_404
from midway.web.office.place import hand_of, today_at, with_branch


@office(Right.SEE_MONEY)
@require_safe
@with_branch
def money(request: HttpRequest, branch: Branch, code: UUID) -> HttpResponse:
    """The balance with every entry, and the agreed prices."""
    return _page(request, branch, known_or_404(code))


@office(Right.CHANGE_MONEY)
@require_POST
@with_branch
def giving(request: HttpRequest, branch: Branch, code: UUID) -> HttpResponse:
    """Will give the customer credit."""
    found, form = known_or_404(code), CreditForm(request.POST)
    if not form.is_valid():
        return _page(request, branch, found, status=422, credit_form=form)
    said = form.cleaned_data
    kind = Credit.Kind.GOODWILL
    given = NewCredit(kind, said["amount"], said["reason"], customer=found, valid_to=said["valid_to"])
    issue_credit(branch=branch, given=given, by=hand_of(request), now=clock())
    messages.success(request, _("Given. It pays by itself, from the next visit on."))
    return redirect("office:customer_money", code)


@office(Right.CHANGE_MONEY)
@require_POST
@with_branch
def adjusting(request: HttpRequest, branch: Branch, code: UUID, reference: UUID) -> HttpResponse:
    """Will take something out of a credit, or put something in."""
    found, form = known_or_404(code), TakeForm(request.POST)
    entry = CreditEntry.objects.filter(code=reference, credit__customer=found).select_related("credit").first()
    if entry is None:
        raise Http404
    if not form.is_valid():
        return _page(request, branch, found, status=422, take_form=form, taking=entry.credit_id)
    cents = form.cleaned_data["amount"] * (-1 if form.cleaned_data["way"] == "out" else 1)
    try:
        adjust_credit(
            credit=entry.credit,
            amount_cents=cents,
            reason=form.cleaned_data["reason"],
            by=hand_of(request),
            now=clock(),
        )
    except CreditTooSmall as refusal:
        form.add_error("amount", _(refusal.__doc__ or ""))
        return _page(request, branch, found, status=409, take_form=form, taking=entry.credit_id)
    messages.success(request, _("Kept."))
    return redirect("office:customer_money", code)


@office(Right.CHANGE_PRICES)
@require_POST
@with_branch
def agreeing(request: HttpRequest, branch: Branch, code: UUID) -> HttpResponse:
    """Will keep a price of the customer's own."""
    found = known_or_404(code)
    form = OwnPriceForm(request.POST, customer=found, today=today_at(branch, clock()))
    if not form.is_valid():
        return _page(request, branch, found, status=422, price_form=form)
    try:
        done = agree_on_price(customer=found, agreed=form.agreed(), by=hand_of(request), now=clock())
    except PriceAgreedAlready as refusal:
        form.add_error("starts_on", _(refusal.__doc__ or ""))
        return _page(request, branch, found, status=409, price_form=form)
    said = ngettext("Agreed. %(n)s visit to come has it.", "Agreed. %(n)s visits to come have it.", done.visits)
    messages.success(request, said % {"n": done.visits} if done.visits else _("Agreed. New quotes have it."))
    return redirect("office:customer_money", code)


@office(Right.CHANGE_PRICES)
@require_POST
@with_branch
def ending(request: HttpRequest, branch: Branch, code: UUID, price: UUID) -> HttpResponse:
    """Will let an agreed price end."""
    found, form = known_or_404(code), EndPriceForm(request.POST)
    agreed = AgreedPrice.objects.filter(code=price, customer=found).first()
    if agreed is None:
        raise Http404
    if not form.is_valid():
        return _page(request, branch, found, status=422, end_form=form, ending=agreed.pk)
    try:
        end_agreed_price(price=agreed, **form.cleaned_data, by=hand_of(request), now=clock())
        messages.success(request, _("Ended. What was booked at this price keeps it."))
    except AgreementOver as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
    return redirect("office:customer_money", code)


def _page(request: HttpRequest, branch: Branch, found: Customer, *, status: int = 200, **forms: Any) -> HttpResponse:
    now = clock()
    today = today_at(branch, now)
    context: dict[str, Any] = {
        "customer": found,
        "branch": branch,
        "zone": branch.zoneinfo,
        "today": today,
        "balances": balance_of_customer(found.pk, now=now),
        "credits": credits_of(found),
        "prices": agreed_prices_of(found),
        "may_give": has_right(request.user, Right.CHANGE_MONEY),
        "may_agree": has_right(request.user, Right.CHANGE_PRICES),
        "credit_form": CreditForm(),
        "take_form": TakeForm(),
        "price_form": OwnPriceForm(customer=found, today=today),
        "end_form": EndPriceForm(initial={"last_on": today}),
        **forms,
    }
    return render(request, "office/customer_money.html", context, status=status)

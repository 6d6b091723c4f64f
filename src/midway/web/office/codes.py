"""Coupons, gift cards and what is given for bringing somebody: seen with what they cost, made, ended."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from midway.accounts.access import Right, has_right, office
from midway.booking.actions.coupons import CouponExists, CouponOver, end_coupon, make_coupon
from midway.booking.actions.credits import NewCredit, issue_credit
from midway.booking.actions.reward_referrals import set_referral_terms
from midway.booking.code_lists import coupon_rows, gift_cards, referral_figures
from midway.booking.codes import referral_terms
from midway.booking.models import Coupon, Credit
from midway.crew.models import Branch
from midway.runtime.clock import now as clock
from midway.web.design.words import money_in_words
from midway.web.office.codes_forms import CouponForm, GiftCardForm, ReasonForm, ReferralForm
from midway.web.office.place import hand_of, today_at, with_branch

PAGE = 25


@office(Right.SEE_PRICES)
@require_safe
@with_branch
def codes(request: HttpRequest, branch: Branch) -> HttpResponse:
    """All of them."""
    return _page(request, branch)


@office(Right.CHANGE_PRICES)
@require_POST
@with_branch
def new_coupon(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will make a coupon."""
    form = CouponForm(request.POST)
    if not form.is_valid():
        return _page(request, branch, status=422, coupon_form=form)
    try:
        made = make_coupon(branch=branch, wanted=form.wanted(), by=hand_of(request), now=clock())
    except CouponExists as refusal:
        form.add_error("code", _(refusal.__doc__ or ""))
        return _page(request, branch, status=409, coupon_form=form)
    messages.success(request, _("The coupon %(code)s is there.") % {"code": made.code})
    return redirect("office:codes")


@office(Right.CHANGE_PRICES)
@require_POST
@with_branch
def coupon_ending(request: HttpRequest, branch: Branch, code: str) -> HttpResponse:
    """Will end a coupon; prices already given with it are honoured."""
    found = Coupon.objects.filter(branch=branch, code=code).first()
    if found is None:
        raise Http404
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, branch, status=422, ending=found.pk, end_form=form)
    try:
        end_coupon(coupon=found, reason=form.cleaned_data["reason"], by=hand_of(request), now=clock())
        messages.success(request, _("Ended. Prices already given with it are honoured."))
    except CouponOver as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
    return redirect("office:codes")


@office(Right.CHANGE_MONEY)
@require_POST
@with_branch
def new_gift_card(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will make a gift card and show its code."""
    form = GiftCardForm(request.POST)
    if not form.is_valid():
        return _page(request, branch, status=422, card_form=form)
    said = form.cleaned_data
    given = NewCredit(Credit.Kind.GIFT_CARD, said["amount"], said["reason"], valid_to=said["valid_to"])
    card = issue_credit(branch=branch, given=given, by=hand_of(request), now=clock())
    words = {"code": card.code, "amount": money_in_words(said["amount"], card.currency)}
    messages.success(request, _("The gift card %(code)s over %(amount)s is there. Pass its code on.") % words)
    return redirect("office:codes")


@office(Right.CHANGE_MONEY)
@require_POST
@with_branch
def referral(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will give something else for bringing somebody from now on."""
    form = ReferralForm(request.POST)
    if not form.is_valid():
        return _page(request, branch, status=422, referral_form=form)
    said = form.cleaned_data
    set_referral_terms(
        branch=branch,
        referrer_cents=said["referrer"],
        newcomer_cents=said["newcomer"],
        valid_days=said["valid_days"],
        by=hand_of(request),
        now=clock(),
    )
    messages.success(request, _("Kept. It holds for everybody who comes from now on."))
    return redirect("office:codes")


def _page(request: HttpRequest, branch: Branch, *, status: int = 200, **forms: Any) -> HttpResponse:
    now: datetime = clock()
    today = today_at(branch, now)
    terms = referral_terms(branch)
    begun = {
        "referrer": terms.referrer_cents if terms else 0,
        "newcomer": terms.newcomer_cents if terms else 0,
        "valid_days": terms.valid_days if terms else 365,
    }
    context: dict[str, Any] = {
        "branch": branch,
        "rows": coupon_rows(branch, on=today),
        "cards": Paginator(gift_cards(branch), PAGE).get_page(request.GET.get("page")),
        "figures": referral_figures(branch),
        "terms": terms,
        "may_change": has_right(request.user, Right.CHANGE_PRICES),
        "may_give": has_right(request.user, Right.CHANGE_MONEY),
        "sees_money": has_right(request.user, Right.SEE_MONEY),
        "coupon_form": CouponForm(initial={"valid_from": today}),
        "end_form": ReasonForm(),
        "card_form": GiftCardForm(),
        "referral_form": ReferralForm(initial=begun),
        **forms,
    }
    return render(request, "office/codes.html", context, status=status)

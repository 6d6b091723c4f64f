"""What the customer has with us: the balance with every movement, gift cards to add, a code to share."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from midway.accounts.access import customer
from midway.booking.actions.claim_gift_card import claim_gift_card
from midway.booking.code_lists import credits_of
from midway.booking.codes import referral_terms
from midway.booking.models import Booking, CreditEntry, Referral
from midway.booking.payments import balance_of_customer
from midway.core.pricing import PriceError
from midway.crew.models import Branch
from midway.customers.codes import give_referral_code
from midway.customers.models import Customer
from midway.runtime.clock import now
from midway.web.public.my.who import customer_of, hand_of
from midway.web.public.words import price_problem

SHOWN = 40


class CardForm(forms.Form):
    """A gift card's code."""

    gift_card = forms.CharField(
        label=gettext_lazy("Code of a gift card"),
        max_length=24,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "size": 16}
        ),
        error_messages={"required": gettext_lazy("Type the code of the gift card.")},
    )


@customer
@never_cache
@require_safe
def credit(request: HttpRequest) -> HttpResponse:
    """The balance and where it comes from."""
    return _page(request, CardForm())


@customer
@require_POST
def gift_card(request: HttpRequest) -> HttpResponse:
    """Will add what is on a gift card."""
    found, form = customer_of(request), CardForm(request.POST)
    branch = branch_of_customer(found)
    if not form.is_valid() or branch is None:
        return _page(request, form, status=422)
    try:
        claim_gift_card(
            code=form.cleaned_data["gift_card"], branch=branch, customer=found, by=hand_of(request), now=now()
        )
    except PriceError as problem:
        form.add_error("gift_card", price_problem(problem))
        return _page(request, form, status=422)
    messages.success(request, _("Added. It pays by itself, from your next visit on."))
    return redirect("public:my_credit")


@customer
@require_POST
def friend_code(request: HttpRequest) -> HttpResponse:
    """Will give the customer a code to share."""
    give_referral_code(customer=customer_of(request), by=hand_of(request), now=now())
    return redirect("public:my_credit")


def branch_of_customer(found: Customer) -> Branch | None:
    """The branch that cleans for them: that of their last booking, else the first."""
    last = Booking.objects.filter(customer=found).select_related("branch").order_by("-id").first()
    return last.branch if last else Branch.objects.order_by("id").first()


def _page(request: HttpRequest, form: CardForm, *, status: int = 200) -> HttpResponse:
    found, moment = customer_of(request), now()
    branch = branch_of_customer(found)
    terms = referral_terms(branch) if branch else None
    entries = CreditEntry.objects.filter(credit__customer=found).select_related("credit", "visit").order_by("-id")
    context: dict[str, Any] = {
        "customer": found,
        "zone": branch.zoneinfo if branch else None,
        "balances": balance_of_customer(found.pk, now=moment),
        "ending": [c for c in credits_of(found) if c.valid_to and c.valid_to >= moment.date() and c.balance_cents],
        "entries": entries[:SHOWN],
        "form": form,
        "branch": branch,
        "terms": terms,
        "share_url": f"{settings.PUBLIC_URL}/?friend={found.referral_code}" if found.referral_code else "",
        "brought": Referral.objects.filter(referrer=found).count(),
        "here": "credit",
    }
    return render(request, "public/my/credit.html", context, status=status)

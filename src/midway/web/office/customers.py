"""Customers: finding them, their homes, visits and contact."""

from datetime import datetime
from itertools import chain
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from midway.accounts.access import Right, has_right, office
from midway.booking.board_lists import next_visits, visits_of_customer
from midway.booking.code_lists import agreed_prices_of
from midway.booking.payments import balance_of_customer
from midway.booking.plan_lists import plans_of_customer
from midway.core.retention import CannotBeErased
from midway.customers.actions import (
    Contact,
    CustomerDetails,
    EmailTaken,
    change_customer,
    show_access_notes,
)
from midway.customers.models import Customer, Property
from midway.customers.queries import customer_by_code, customers_found
from midway.journal.queries import history_of
from midway.messaging.queries import messages_to, replies_of
from midway.privacy.actions import erase_customer
from midway.runtime.clock import now as clock
from midway.web.office.contact_form import ContactForm
from midway.web.office.journal_words import tell
from midway.web.office.place import branch_of, hand_of

LIMIT = 50


class CustomerForm(forms.Form):
    """What the office keeps of a customer."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    phone = forms.CharField(
        label=gettext_lazy("Phone"), max_length=40, widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel"})
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=[("en", "English"), ("es", "Español")])
    notes = forms.CharField(
        label=gettext_lazy("Notes for the office"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def details(self) -> CustomerDetails:
        """The answers as the action takes them."""
        said = self.cleaned_data
        contact = Contact(name=said["name"], email=said["email"], phone=said["phone"])
        return CustomerDetails(contact=contact, language=said["language"], notes=said["notes"])


@office(Right.SEE_CUSTOMERS)
@require_safe
@vary_on_headers("HX-Request")
def customers(request: HttpRequest) -> HttpResponse:
    """Customers found by any word of their name, e-mail, phone or address; the newest without words."""
    words = request.GET.get("q", "").strip()
    found = customers_found(words, limit=LIMIT + 1)
    coming = next_visits([customer.pk for customer in found], now=clock())
    rows = [(customer, coming.get(customer.pk)) for customer in found[:LIMIT]]
    context = {
        "rows": rows,
        "words": words,
        "is_cut": len(found) > LIMIT,
        "search_text": words,
        "may_bring_in": has_right(request.user, Right.SEE_ACCESS_NOTES),
    }
    is_part = request.headers.get("HX-Request") == "true"
    return render(request, "office/customer_rows.html" if is_part else "office/customers.html", context)


@office(Right.SEE_CUSTOMERS)
@require_safe
def customer(request: HttpRequest, code: UUID) -> HttpResponse:
    """Everything about a customer; the way in to their homes is not shown until asked for."""
    return customer_page(request, customer_or_404(code))


@office(Right.CHANGE_CUSTOMERS)
@require_POST
def details(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will keep a customer's new details."""
    found, form = known_or_404(code), CustomerForm(request.POST)
    if not form.is_valid():
        return customer_page(request, found, status=422, form=form)
    try:
        change_customer(customer=found, details=form.details(), by=hand_of(request), now=clock())
    except EmailTaken as refusal:
        form.add_error("email", _(refusal.__doc__ or ""))
        return customer_page(request, found, status=422, form=form)
    messages.success(request, _("Kept."))
    return redirect("office:customer", code)


@office(Right.SEE_ACCESS_NOTES)
@require_POST
def access_notes(request: HttpRequest, code: UUID, home: UUID) -> HttpResponse:
    """Will show the way in to a home, and write down who looked."""
    found = known_or_404(code)
    premises = Property.objects.select_related("customer").filter(code=home, customer=found).first()
    if premises is None:
        raise Http404
    shown = show_access_notes(premises=premises, by=hand_of(request), now=clock())
    return customer_page(request, found, shown={premises.pk: shown or _("Nothing is noted.")})


@office(Right.ERASE_CUSTOMERS)
@require_http_methods(["GET", "HEAD", "POST"])
def erasure(request: HttpRequest, code: UUID) -> HttpResponse:
    """Says what goes and what stays, and takes out everything that names the customer."""
    found, refusal = known_or_404(code), ""
    if request.method == "POST":
        try:
            erase_customer(customer=code, by=hand_of(request), now=clock())
            messages.success(request, _("Erased. The visits stay, without a name."))
            return redirect("office:customer", code)
        except CannotBeErased as reason:
            refusal = _(type(reason).__doc__ or "")
    context = {"customer": found, "refusal": refusal}
    return render(request, "office/customer_erasure.html", context, status=409 if refusal else 200)


def known_or_404(code: UUID) -> Customer:
    """The customer, of whom there is still something to know."""
    found = customer_or_404(code)
    if found.erased_at is not None:
        raise Http404
    return found


def customer_or_404(code: UUID) -> Customer:
    """The customer with their homes."""
    found = customer_by_code(code)
    if found is None:
        raise Http404
    return found


def customer_page(
    request: HttpRequest,
    found: Customer,
    *,
    status: int = 200,
    form: CustomerForm | None = None,
    contact_form: ContactForm | None = None,
    shown: dict[int, str] | None = None,
) -> HttpResponse:
    """Will draw a customer's page."""
    now = clock()
    visits = visits_of_customer(found, now=now)
    any_visit = next(chain(visits.coming, visits.past, visits.called_off), None)
    zone = any_visit.visit.branch.zoneinfo if any_visit else None
    begun = {field: getattr(found, field) for field in ("name", "email", "phone", "language", "notes")}
    context: dict[str, Any] = {
        "customer": found,
        "homes": [(home, (shown or {}).get(home.pk)) for home in found.properties.all()],
        "visits": visits,
        "plans": plans_of_customer(found),
        "form": form or CustomerForm(initial=begun),
        "zone": zone or ZoneInfo(found.zone or "UTC"),
        "contact_form": contact_form or ContactForm.of(found),
        "messages_sent": messages_to(found.code, limit=8),
        "replies": replies_of(found.code, limit=5),
        "may_change": found.erased_at is None and has_right(request.user, Right.CHANGE_CUSTOMERS),
        **_money(request, found, now=now),
        "may_erase": found.erased_at is None and has_right(request.user, Right.ERASE_CUSTOMERS),
        "may_see_notes": found.erased_at is None and has_right(request.user, Right.SEE_ACCESS_NOTES),
        "may_book": found.erased_at is None and has_right(request.user, Right.CHANGE_VISITS),
        "book_query": f"customer={found.code}",
        "history": tell(history_of(found.code)[:10], zone=zone, now=now) if zone else [],
    }
    return render(request, "office/customer.html", context, status=status)


def _money(request: HttpRequest, found: Customer, *, now: datetime) -> dict[str, Any]:
    if found.erased_at is not None or not has_right(request.user, Right.SEE_MONEY):
        return {}
    branch, today = branch_of(request), now.date()
    held = [p for p in agreed_prices_of(found) if p.ends_on is None or p.ends_on >= today]
    return {
        "sees_money": branch is not None,
        "balances": balance_of_customer(found.pk, now=now),
        "own_prices": held,
        "own_currency": branch.currency if branch else "",
    }

"""Keeping how a customer wants to hear from us."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from midway.accounts.access import Right, office
from midway.customers.actions import set_contact_preferences
from midway.runtime.clock import now as clock
from midway.web.office.contact_form import ContactForm
from midway.web.office.customers import customer_page, known_or_404
from midway.web.office.place import hand_of


@office(Right.CHANGE_CUSTOMERS)
@require_POST
def contact_preferences(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will keep how a customer wants to hear from us."""
    found, form = known_or_404(code), ContactForm(request.POST)
    if not form.is_valid():
        return customer_page(request, found, status=422, contact_form=form)
    wanted = form.preferences(language=found.language)
    set_contact_preferences(customer=code, preferences=wanted, by=hand_of(request), now=clock())
    messages.success(request, _("Kept."))
    return redirect("office:customer", code)

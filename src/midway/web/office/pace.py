"""Homes that take longer or shorter than the price list says: the suggestion, its working, and the yes or no."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from midway.accounts.access import Right, has_right, office
from midway.booking.actions import NoPaceInForce, SuggestionChanged, approve_pace, withdraw_pace
from midway.booking.models import Service
from midway.booking.pace_queries import paces_in_force, suggestions
from midway.core.pace import LEAST_DIFFERENCE_PERCENT, LEAST_VISITS, LOOKED_AT
from midway.crew.models import Branch
from midway.customers.models import Property
from midway.runtime.clock import now as clock
from midway.web.office.place import hand_of, with_branch


@office(Right.SEE_PRICES)
@require_safe
@with_branch
def pace(request: HttpRequest, branch: Branch) -> HttpResponse:
    """What is suggested, from which visits, and what was approved before."""
    context = {
        "branch": branch,
        "found": suggestions(branch, now=clock()),
        "in_force": paces_in_force(branch),
        "least_visits": LEAST_VISITS,
        "looked_at": LOOKED_AT,
        "least_difference": LEAST_DIFFERENCE_PERCENT,
        "may_change": has_right(request.user, Right.CHANGE_PRICES),
    }
    return render(request, "office/pace.html", context)


@office(Right.CHANGE_PRICES)
@require_POST
def approval(request: HttpRequest, home: UUID, service: str) -> HttpResponse:
    """Will let what was suggested hold, if it is still what is suggested."""
    premises, sold = _home_or_404(home, service)
    percent = request.POST.get("percent", "")
    try:
        seen = int(percent) if percent.isdecimal() and len(percent) < 4 else 0
        approve_pace(premises=premises, service=sold, percent=seen, by=hand_of(request), now=clock())
        text = _("%(address)s: new quotes and dates to come are as long as this home really takes.")
        messages.success(request, text % {"address": premises.line1})
    except SuggestionChanged as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
    return redirect("office:pace")


@office(Right.CHANGE_PRICES)
@require_POST
def withdrawal(request: HttpRequest, home: UUID, service: str) -> HttpResponse:
    """Will have the list's own pace hold again."""
    premises, sold = _home_or_404(home, service)
    try:
        withdraw_pace(premises=premises, service=sold, by=hand_of(request), now=clock())
        messages.success(request, _("%(address)s goes by the price list again.") % {"address": premises.line1})
    except NoPaceInForce as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
    return redirect("office:pace")


def _home_or_404(home: UUID, service: str) -> tuple[Property, Service]:
    premises = Property.objects.select_related("customer").filter(code=home).first()
    sold = Service.objects.filter(code=service).first()
    if premises is None or sold is None:
        raise Http404
    return premises, sold

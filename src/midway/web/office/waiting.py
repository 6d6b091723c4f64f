"""The waiting list: who waits for what, and what was offered to them."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from midway.accounts.access import Right, find, has_right, office
from midway.booking.actions import add_to_waiting_list
from midway.booking.actions.waiting_list import AlreadyWaiting, WishImpossible, WishNotOpen, withdraw_wish
from midway.booking.models import WaitingWish
from midway.booking.queries import NoPrices, NotServed, UnknownService
from midway.core.pricing import PriceError
from midway.crew.models import Branch
from midway.runtime.clock import now as clock
from midway.web.office.appointment_forms import choices_at
from midway.web.office.place import hand_of, today_at, with_branch
from midway.web.office.waiting_form import WaitingForm

SHOWN = 200


@office(Right.SEE_CUSTOMERS)
@require_safe
@with_branch
def waiting(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Everybody who waits, in the order in which they are asked, and what was offered last."""
    wishes = (
        WaitingWish.objects.filter(branch=branch)
        .open()
        .select_related("quote__service")
        .prefetch_related("offers")
        .order_by("created_at", "id")[:SHOWN]
    )
    zone = branch.zoneinfo
    rows = [(wish, [offer.starts_at.astimezone(zone) for offer in wish.offers.all()][-3:]) for wish in wishes]
    may_add = has_right(request.user, Right.CHANGE_VISITS)
    return render(request, "office/waiting.html", {"rows": rows, "branch": branch, "may_add": may_add})


@office(Right.CHANGE_VISITS)
@require_http_methods(["GET", "HEAD", "POST"])
@with_branch
def add(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will put a caller on the list, for the price of today."""
    now = clock()
    today = today_at(branch, now)
    choices = choices_at(branch, on=today)
    if request.method != "POST":
        form = WaitingForm(initial=_begun(request, today), **choices)
        return render(request, "office/waiting_new.html", {"form": form, "branch": branch})
    form = WaitingForm(request.POST, **choices)
    if form.is_valid() and _added(request, form, today=today, now=now):
        messages.success(request, _("%(name)s is on the list.") % {"name": form.cleaned_data["name"]})
        return redirect("office:waiting")
    return render(request, "office/waiting_new.html", {"form": form, "branch": branch}, status=422)


def _added(request: HttpRequest, form: WaitingForm, *, today: date, now: datetime) -> bool:
    try:
        add_to_waiting_list(waiting=form.waiting(), wish=form.wish(today), by=hand_of(request), now=now)
    except NotServed as refusal:
        form.add_error("postcode", _(str(refusal)))
    except PriceError as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, _(str(refusal)))
    except WishImpossible as refusal:
        form.add_error("until_on", _(str(refusal)))
    except AlreadyWaiting:
        form.add_error("email", _("They wait for this service already."))
    except (NoPrices, UnknownService) as refusal:
        form.add_error(None, _(str(refusal)))
    return not form.errors


def _begun(request: HttpRequest, today: date) -> dict[str, Any]:
    usual = {
        "language": "en",
        "service": "regular",
        "weekdays": ["0", "1", "2", "3", "4"],
        "not_before": time(8),
        "not_after": time(17),
        "until_on": (today + timedelta(days=28)).isoformat(),
    }
    return usual | {name: request.GET[name] for name in WaitingForm.base_fields if request.GET.get(name)}


@office(Right.CHANGE_CUSTOMERS)
@require_POST
def off_the_list(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will take somebody off the list."""
    found = find(WaitingWish.objects.all(), user=request.user, right=Right.CHANGE_CUSTOMERS, code=code)
    try:
        withdraw_wish(wish=found, by=hand_of(request), now=clock())
    except WishNotOpen as refusal:
        messages.error(request, _(str(refusal)))
    return redirect("office:waiting")

"""The waiting list: who waits for what, and what was offered to them."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from midway.accounts.access import Right, find, office
from midway.booking.actions.waiting_list import WishNotOpen, withdraw_wish
from midway.booking.models import WaitingWish
from midway.crew.models import Branch
from midway.runtime.clock import now as clock
from midway.web.office.place import hand_of, with_branch

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
    return render(request, "office/waiting.html", {"rows": rows, "branch": branch})


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

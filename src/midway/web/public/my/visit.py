"""One visit of a signed-in customer: move it, skip it, cancel it, let it be again, take back what was just done."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from midway.accounts.access import customer
from midway.booking.actions import (
    cancel_visit,
    preview_skip,
    restore_occurrence,
    skip_occurrence,
)
from midway.booking.actions.cancel_visit import FeeRose
from midway.booking.actions.change_occurrence import NotOfAPlan
from midway.booking.actions.offered import TimeNotOffered
from midway.booking.actions.plan_visits import PlanEnded, PlanPaused
from midway.booking.actions.reschedule_visit import ChangeTooLate, MoveTooFar
from midway.booking.actions.visit_lock import VisitNotChangeable
from midway.booking.models import PlanException, Visit
from midway.booking.queries import Offer
from midway.core.visit_states import VisitState
from midway.crew.calendar import SlotTaken
from midway.runtime.clock import now
from midway.web.design.words import money_in_words
from midway.web.public.far_move import asked_first, move_as_asked, too_far
from midway.web.public.my.undoing import last_deed
from midway.web.public.my.who import hand_of, own_visit
from midway.web.public.unready import with_times
from midway.web.public.visit import facts_of
from midway.web.public.when import Search, lost_slot, moment_from, times_context

STAYS_AS_IT_IS = (ChangeTooLate, VisitNotChangeable, NotOfAPlan, PlanEnded, PlanPaused)


@customer
@never_cache
@require_safe
def visit(request: HttpRequest, code: UUID) -> HttpResponse:
    """What was agreed, and everything that can be done about it."""
    found = own_visit(request, code)
    context = {**facts_for_customer(found), "deed": last_deed(request, found.code), "here": "visits"}
    return render(request, "public/my/visit.html", context)


@customer
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@with_times
def rescheduling(request: HttpRequest, code: UUID) -> HttpResponse:
    """Choose another time; one taken meanwhile is explained, with the nearest that are free."""
    found, moment = own_visit(request, code), now()
    search = Search(
        Offer(branch=found.branch, service=found.service), found.duration, found.team_size, found.premises.postcode
    )
    lost: dict[str, object] = {}
    if request.method == "POST":
        start = moment_from(request.POST.get("start", ""))
        try:
            question = asked_first(request, found, start, facts=facts_for_customer(found), moment=moment)
            if question is not None:
                return question
            move_as_asked(request, found, start, by=hand_of(request), moment=moment)
            messages.success(request, _("Moved. We have sent you the new time."))
            return redirect("public:my_visit", code)
        except (ChangeTooLate, VisitNotChangeable, FeeRose) as refusal:
            return _stays(request, code, refusal)
        except MoveTooFar as refusal:
            lost = too_far(refusal)
        except (SlotTaken, TimeNotOffered):
            lost = lost_slot(search, wanted=start, moment=moment)
    context = {
        **facts_for_customer(found),
        **times_context(request.GET, search, moment=moment),
        **lost,
        "action": request.path,
    }
    is_fragment = request.headers.get("HX-Target") == "times"
    template = "public/times.html" if is_fragment else "public/my/rescheduling.html"
    response = render(request, template, context, status=409 if lost else 200)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


@customer
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def cancellation(request: HttpRequest, code: UUID) -> HttpResponse:
    """Call it off; the fee is said before it is charged, and a fee that rose meanwhile is asked about again."""
    found, moment = own_visit(request, code), now()
    reason = request.POST.get("reason", "")[:300]
    if request.method != "POST":
        return render(request, "public/my/cancellation.html", facts_for_customer(found))
    shown = request.POST.get("fee_cents", "0")
    cents = int(shown) if shown.isdigit() else 0
    try:
        cancel_visit(visit=code, reason=reason, by=hand_of(request), now=moment, shown_fee_cents=cents)
        messages.success(request, _("Cancelled."))
    except FeeRose:
        context = {**facts_for_customer(found), "fee_rose": True, "reason": reason}
        return render(request, "public/my/cancellation.html", context, status=409)
    except VisitNotChangeable as refusal:
        return _stays(request, code, refusal)
    return redirect("public:my_visit", code)


@customer
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def skipping(request: HttpRequest, code: UUID) -> HttpResponse:
    """Leave out one date of a plan; the fee and what the next visit costs then are said before, and asked again."""
    found, moment = own_visit(request, code), now()
    if request.method != "POST":
        return _skip_page(request, found)
    shown = request.POST.get("fee_cents", "0")
    cents = int(shown) if shown.isdigit() else 0
    try:
        skip_occurrence(visit=code, by=hand_of(request), now=moment, shown_fee_cents=cents)
        messages.success(request, _("Skipped. All your other visits stay."))
    except FeeRose:
        return _skip_page(request, found, fee_rose=True)
    except STAYS_AS_IT_IS as refusal:
        return _stays(request, code, refusal)
    return redirect("public:my_visit", code)


def _skip_page(request: HttpRequest, found: Visit, *, fee_rose: bool = False) -> HttpResponse:
    decision = preview_skip(visit=found, now=now())
    zone, nothing = found.branch.zoneinfo, decision.next_price_cents is None
    context = {
        **facts_for_customer(found),
        "may_skip": decision.is_allowed and found.plan is not None,
        "skip_fee_cents": decision.fee_cents,
        "skip_fee": money_in_words(decision.fee_cents, found.currency),
        "skip_until": decision.free_until.astimezone(zone),
        "is_limit": decision.rule == "limit",
        "next_price": "" if nothing else money_in_words(decision.next_price_cents or 0, found.currency),
        "fee_rose": fee_rose,
        "here": "visits",
    }
    return render(request, "public/my/skipping.html", context, status=409 if fee_rose else 200)


@customer
@require_POST
def restoring(request: HttpRequest, code: UUID) -> HttpResponse:
    """Let a skipped or moved date be again as the plan says."""
    found = own_visit(request, code)
    try:
        restore_occurrence(visit=found.code, by=hand_of(request), now=now())
        messages.success(request, _("It takes place as planned again."))
    except SlotTaken:
        text = _("Nobody is free at the planned time any more. Choose another time for this visit.")
        messages.error(request, text)
        if found.state == VisitState.SCHEDULED:
            return redirect("public:my_rescheduling", code)
    except STAYS_AS_IT_IS as refusal:
        return _stays(request, code, refusal)
    return redirect("public:my_visit", code)


def _stays(request: HttpRequest, code: UUID, refusal: Exception) -> HttpResponse:
    messages.error(request, _(type(refusal).__doc__ or ""))
    return redirect("public:my_visit", code)


def facts_for_customer(found: Visit) -> dict[str, Any]:
    """Everything the pages of one visit say to the customer whose it is."""
    facts = facts_of(found)
    moment = now()
    is_of_plan = found.plan is not None
    is_ahead = _is_ahead(found, moment)
    agreed = PlanException.objects.filter(plan__visits=found, original_on=F("plan__visits__occurrence_on"))
    is_skipped = found.state == VisitState.SKIPPED
    return {
        **facts,
        "plan": found.plan,
        "is_skipped": is_skipped,
        "is_done": found.state == VisitState.DONE,
        "can_skip": is_of_plan
        and found.state == VisitState.SCHEDULED
        and preview_skip(visit=found, now=moment).is_allowed,
        "can_change_extras": is_ahead and bool(facts["is_free"]) and found.state == VisitState.SCHEDULED,
        "can_restore": agreed.exists() and is_ahead and (is_skipped or bool(facts["can_move"])),
    }


def _is_ahead(found: Visit, moment: datetime) -> bool:
    return found.starts_at > moment

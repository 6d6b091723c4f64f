"""A customer's regular clean: its year as a picture, a pause, another day from now on, the end."""

from dataclasses import replace
from datetime import date, time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from midway.accounts.access import customer
from midway.booking.actions import PlanChange, change_plan_from, end_plan, pause_plan, resume_plan
from midway.booking.actions.plan_visits import PlanEnded, PlanNotPaused, PlanPaused
from midway.booking.actions.preview_change import preview_plan_change
from midway.booking.actions.reschedule_visit import ChangeTooLate
from midway.booking.models import Plan, Visit
from midway.runtime.clock import now
from midway.web.design.words import money_in_words
from midway.web.public.my.home import lines
from midway.web.public.my.plan_forms import ChangeForm, EndForm, PauseForm
from midway.web.public.my.rhythm import rhythm_in_words
from midway.web.public.my.undoing import last_deed
from midway.web.public.my.who import hand_of, own_plan
from midway.web.public.my.year import year_of
from midway.web.public.summary import policy_sentence
from midway.web.public.words import service_name

STAYS_AS_IT_IS = (ChangeTooLate, PlanEnded, PlanPaused, PlanNotPaused)


@customer
@never_cache
@require_safe
def plan(request: HttpRequest, code: UUID) -> HttpResponse:
    """The whole plan; one that was changed leads to what it has become."""
    found = own_plan(request, code)
    if found.state == Plan.State.ENDED:
        successor = Plan.objects.filter(lineage=found.lineage).exclude(state=Plan.State.ENDED).first()
        if successor is not None:
            return redirect("public:my_plan", successor.code)
    return _page(request, found)


@customer
@require_POST
def pausing(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will let the plan rest; every date between is freed."""
    found = own_plan(request, code)
    form = PauseForm(request.POST, today=_today(found))
    if not form.is_valid():
        return _page(request, found, status=422, pause_form=form)
    try:
        pause_plan(plan=code, **form.cleaned_data, by=hand_of(request), now=now())
        messages.success(request, _("Paused."))
    except STAYS_AS_IT_IS as refusal:
        form.add_error(None, _(_why(refusal)))
        return _page(request, found, status=409, pause_form=form)
    return redirect("public:my_plan", code)


@customer
@require_POST
def resuming(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will end a pause now; dates for which nobody is free are said."""
    found = own_plan(request, code)
    try:
        resume_plan(plan=code, from_on=_today(found), by=hand_of(request), now=now())
        missing = found.visits.filter(cleaners_missing__gt=0).count()
        messages.success(request, _("It goes on again.") + (" " + _to_be_found(missing) if missing else ""))
    except STAYS_AS_IT_IS as refusal:
        messages.error(request, _(_why(refusal)))
    return redirect("public:my_plan", code)


@customer
@require_POST
def ending(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will end the plan; visits before that day take place."""
    found = own_plan(request, code)
    form = EndForm(request.POST, today=_today(found))
    if not form.is_valid():
        return _page(request, found, status=422, end_form=form)
    try:
        end_plan(plan=code, **form.cleaned_data, by=hand_of(request), now=now())
        messages.success(request, _("Ended. Visits before that day take place."))
    except STAYS_AS_IT_IS as refusal:
        form.add_error(None, _(_why(refusal)))
        return _page(request, found, status=409, end_form=form)
    return redirect("public:my_plan", code)


@customer
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, code: UUID) -> HttpResponse:
    """Another day or time from a day on: first what it would come to, then the change."""
    found = own_plan(request, code)
    asked = request.POST if request.method == "POST" else request.GET
    form = ChangeForm(asked if "weekday" in asked else None, plan=found, today=_today(found))
    context: dict[str, Any] = {**_facts(found), "form": form}
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "public/my/plan_change.html", context, status=status)
    wanted, from_on = _wanted(found, form), form.cleaned_data["from_on"]
    try:
        to_decide = preview_plan_change(plan=found, from_on=from_on, change=wanted, by=hand_of(request), now=now())
        shown = request.POST.get("to_decide", "")
        if request.method == "POST" and shown.isdigit() and len(to_decide) <= int(shown):
            done = change_plan_from(plan=code, from_on=from_on, change=wanted, by=hand_of(request), now=now())
            messages.success(request, _("Changed, from that day on."))
            return redirect("public:my_plan", done.plan.code)
    except STAYS_AS_IT_IS as refusal:
        form.add_error(None, _(_why(refusal)))
        return render(request, "public/my/plan_change.html", context, status=409)
    context |= {"is_asked": True, "to_decide": len(to_decide), "to_be_found": _to_be_found(len(to_decide))}
    return render(request, "public/my/plan_change.html", context, status=409 if request.method == "POST" else 200)


def _page(request: HttpRequest, found: Plan, *, status: int = 200, **forms: Any) -> HttpResponse:
    today = _today(found)
    ahead = Visit.objects.filter(plan=found, during__startswith__gt=now()).exclude(state__startswith="cancelled")
    ahead = ahead.select_related("branch", "service", "premises").order_by("during")[:6]
    context = {
        **_facts(found),
        "deed": last_deed(request, found.code),
        "year": year_of(found, today=today),
        "ahead": lines(ahead),
        "pause_form": PauseForm(today=today),
        "end_form": EndForm(today=today),
        **forms,
    }
    return render(request, "public/my/plan.html", context, status=status)


def _facts(found: Plan) -> dict[str, Any]:
    return {
        "plan": found,
        "service": service_name(found.service),
        "rhythm": rhythm_in_words(found),
        "price": money_in_words(found.price_cents, found.currency),
        "policy": policy_sentence(found.branch),
        "is_ended": found.state == Plan.State.ENDED,
        "is_paused": found.state == Plan.State.PAUSED,
        "can_change_day": found.state == Plan.State.ACTIVE and len(found.weekdays) == 1 and found.nth is None,
    }


def _wanted(found: Plan, form: ChangeForm) -> PlanChange:
    given = form.cleaned_data
    clock, weekday = time.fromisoformat(given["clock"]), given["weekday"]
    return PlanChange(rule=replace(found.rule, weekdays=frozenset({weekday}), clock=clock))


def _to_be_found(number: int) -> str:
    text = ngettext(
        "For %(n)s visit nobody is free then; we look for a cleaner and tell you.",
        "For %(n)s visits nobody is free then; we look for cleaners and tell you.",
        number,
    )
    return text % {"n": number}


def _why(refusal: Exception) -> str:
    if isinstance(refusal, ChangeTooLate):
        return "The next visit is too near to be changed this way. Choose a later day, or call us."
    return type(refusal).__doc__ or ""


def _today(found: Plan) -> date:
    return now().astimezone(found.branch.zoneinfo).date()

"""Changing a plan from its page: one date, this and future, all of it, a pause, the end."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from midway.accounts.access import Right, has_right, office
from midway.booking.actions import (
    NotOfThisBranch,
    change_plan_from,
    change_whole_plan,
    end_plan,
    move_occurrence,
    pause_plan,
    prefer_cleaners,
    restore_occurrence,
    resume_plan,
    skip_occurrence,
)
from midway.booking.actions.change_occurrence import NotOfAPlan
from midway.booking.actions.plan_visits import PlanEnded, PlanNotPaused, PlanPaused
from midway.booking.actions.visit_lock import VisitNotChangeable, VisitNotFound
from midway.booking.models import Plan, Visit
from midway.crew.calendar import SlotTaken
from midway.runtime.clock import now as clock
from midway.web.design.words import day_in_words, span_in_words
from midway.web.office.place import hand_of, today_at
from midway.web.office.plan_forms import (
    ChangeForm,
    EndForm,
    MoveDateForm,
    PauseForm,
    PreferForm,
    ResumeForm,
)
from midway.web.office.plans import plan_or_404, plan_page
from midway.web.office.undoing import say_done

REFUSALS = (
    PlanEnded,
    PlanPaused,
    PlanNotPaused,
    NotOfAPlan,
    NotOfThisBranch,
    VisitNotChangeable,
    VisitNotFound,
    SlotTaken,
)


@office(Right.CHANGE_VISITS)
@require_POST
def date_deed(request: HttpRequest, code: UUID, on: str) -> HttpResponse:
    """Will skip, move or restore one date."""
    found, visit = plan_or_404(code), _visit_or_404(code, on)
    who: dict[str, Any] = {"by": hand_of(request), "now": clock()}
    deed = request.POST.get("deed", "")
    try:
        if deed == "skip":
            skip_occurrence(visit=visit.code, reason=request.POST.get("reason", "")[:300], **who)
            said = _("%(day)s is skipped. The customer is told.")
        elif deed == "restore":
            restored = restore_occurrence(visit=visit.code, leave_open=True, **who)
            open_words = _("%(day)s takes place again, but nobody is free: it needs a decision.")
            said = open_words if restored.cleaners_missing else _("%(day)s takes place again.")
        else:
            return _moved(request, found, visit, who)
    except REFUSALS as refusal:
        messages.error(request, _(str(refusal)))
        return redirect("office:plan", code)
    say_done(request, said % {"day": day_in_words(date.fromisoformat(on))}, visit.code, at=who["now"])
    return redirect("office:plan", code)


def _moved(request: HttpRequest, found: Plan, visit: Visit, who: dict[str, Any]) -> HttpResponse:
    form = MoveDateForm(request.POST)
    if not form.is_valid() or visit.occurrence_on is None:
        messages.error(request, _("Say the day and the time it should be moved to."))
        return redirect("office:plan", found.code)
    moved = move_occurrence(plan=found.code, original_on=visit.occurrence_on, to=form.moment(found), **who)
    zone = found.branch.zoneinfo
    when = span_in_words(moved.starts_at.astimezone(zone), moved.ends_at.astimezone(zone))
    say_done(request, _("Moved to %(when)s.") % {"when": when}, moved.code, at=who["now"])
    return redirect("office:plan", found.code)


@office(Right.CHANGE_VISITS)
@require_POST
def change(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will change the plan from a date on, or all that is to come."""
    found, now = plan_or_404(code), clock()
    may_price = has_right(request.user, Right.CHANGE_PRICES)
    form = ChangeForm(request.POST, plan=found, next_on=today_at(found.branch, now), may_price=may_price)
    if not form.is_valid():
        return plan_page(request, found, status=422, forms={"change_form": form})
    who: dict[str, Any] = {"plan": code, "change": form.change(), "by": hand_of(request), "now": now}
    try:
        if form.cleaned_data["scope"] == "whole":
            changed = change_whole_plan(**who)
        else:
            changed = change_plan_from(from_on=form.cleaned_data["from_on"], **who)
    except REFUSALS as refusal:
        form.add_error(None, _(str(refusal)))
        return plan_page(request, found, status=409, forms={"change_form": form})
    number = len(changed.to_decide)
    if number:
        text = ngettext(
            "Changed; %(count)s date needs a decision.", "Changed; %(count)s dates need a decision.", number
        )
        say_done(request, text % {"count": number}, changed.plan.code, at=now, level=messages.WARNING)
    else:
        said = _("Changed; every date has its people. The customer is told.")
        say_done(request, said, changed.plan.code, at=now)
    return redirect("office:plan", changed.plan.code)


@office(Right.CHANGE_VISITS)
@require_POST
def pause(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will let the plan rest."""

    def deed(form: forms.Form, who: Any) -> str:
        pause_plan(plan=code, **who, **form.cleaned_data)
        return _("The plan rests; its time goes back to others. The customer is told.")

    return _done(request, code, "pause_form", PauseForm(request.POST, auto_id="pause_%s"), deed)


@office(Right.CHANGE_VISITS)
@require_POST
def resume(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will let the plan take place again."""

    def deed(form: forms.Form, who: Any) -> str:
        resume_plan(plan=code, **who, **form.cleaned_data)
        return _("The plan takes place again. The customer is told.")

    return _done(request, code, "resume_form", ResumeForm(request.POST, auto_id="resume_%s"), deed)


@office(Right.CHANGE_VISITS)
@require_POST
def end(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will end the plan."""

    def deed(form: forms.Form, who: Any) -> str:
        end_plan(plan=code, **who, **form.cleaned_data)
        return _("The plan ends; later visits are called off free of charge. The customer is told.")

    return _done(request, code, "end_form", EndForm(request.POST, auto_id="end_%s"), deed)


@office(Right.CHANGE_VISITS)
@require_POST
def prefer(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will keep who should rather come."""

    def deed(form: forms.Form, who: Any) -> str:
        people = [cleaner.pk for cleaner in form.cleaned_data["cleaners"]]
        prefer_cleaners(plan=code, cleaners=people, **who)
        return _("Kept.")

    return _done(request, code, "prefer_form", PreferForm(request.POST, plan=plan_or_404(code)), deed)


def _done(
    request: HttpRequest, code: UUID, name: str, form: forms.Form, deed: Callable[[forms.Form, Any], str]
) -> HttpResponse:
    found = plan_or_404(code)
    who: dict[str, Any] = {"by": hand_of(request), "now": clock()}
    if not form.is_valid():
        return plan_page(request, found, status=422, forms={name: form})
    try:
        said = deed(form, who)
    except REFUSALS as refusal:
        form.add_error(None, _(str(refusal)))
        return plan_page(request, found, status=409, forms={name: form})
    say_done(request, said, code, at=who["now"])
    return redirect("office:plan", code)


def _visit_or_404(plan: UUID, on: str) -> Visit:
    try:
        day = date.fromisoformat(on)
    except ValueError as problem:
        raise Http404 from problem
    visit = Visit.objects.filter(plan__code=plan, occurrence_on=day).first()
    if visit is None:
        raise Http404
    return visit

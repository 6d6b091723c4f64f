"""Changing a visit from its page: move, give people, take people off, call off."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from midway.accounts.access import Right, office
from midway.booking.actions import (
    NotAssigned,
    assign_visit,
    cancel_visit,
    place_visit,
    reschedule_visit,
    unassign_visit,
)
from midway.booking.actions.visit_lock import VisitNotChangeable
from midway.booking.models import Visit
from midway.crew.calendar import SlotTaken
from midway.crew.models import Cleaner
from midway.runtime.clock import now as clock
from midway.web.design.words import money_in_words, span_in_words
from midway.web.office.place import hand_of
from midway.web.office.placement import REFUSALS
from midway.web.office.visit_forms import AssignForm, CancelForm, MoveForm
from midway.web.office.visits import visit_or_404, visit_page


@office(Right.CHANGE_VISITS)
@require_POST
def rescheduling(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will move the visit; refused, the page says why beside the form."""
    found = visit_or_404(code)
    form = MoveForm(request.POST, visit=found)
    if not form.is_valid():
        return visit_page(request, found, status=422, move_form=form)
    try:
        moved = _move(request, found, form)
    except REFUSALS as refusal:
        form.add_error(None if "start" in request.POST else "at", _(refusal.__doc__ or ""))
        return visit_page(request, found, status=409, move_form=form)
    zone = moved.branch.zoneinfo
    when = span_in_words(moved.starts_at.astimezone(zone), moved.ends_at.astimezone(zone))
    messages.success(request, _("Moved to %(when)s.") % {"when": when})
    return redirect("office:visit", code)


def _move(request: HttpRequest, found: Visit, form: MoveForm) -> Visit:
    asked = form.cleaned_data
    same = [a.cleaner_id for a in found.assignments.all() if a.active]
    if asked["keep"] and same:
        return place_visit(
            visit=found.code,
            revision=asked["revision"],
            start=form.to,
            cleaners=same,
            tell=asked["tell"],
            by=hand_of(request),
            now=clock(),
        )
    return reschedule_visit(visit=found.code, to=form.to, tell=asked["tell"], by=hand_of(request), now=clock())


@office(Right.CHANGE_VISITS)
@require_POST
def assignment(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will commit the people ticked, besides those already coming; none ticked: whoever is free."""
    found = visit_or_404(code)
    form = AssignForm(request.POST, visit=found)
    if not form.is_valid():
        return visit_page(request, found, status=422, assign_form=form)
    coming = [a.cleaner_id for a in found.assignments.all() if a.active]
    chosen = [cleaner.pk for cleaner in form.cleaned_data["cleaners"]]
    try:
        assign_visit(visit=code, cleaners=[*coming, *chosen] if chosen else (), by=hand_of(request), now=clock())
    except (SlotTaken, VisitNotChangeable) as refusal:
        text = _("Nobody is free then. Move the visit, or ask somebody to work longer.")
        form.add_error(None, _(refusal.__doc__ or "") if chosen else text)
        return visit_page(request, found, status=409, assign_form=form)
    messages.success(request, _("%(name)s has somebody again.") % {"name": found.customer.name})
    return redirect(_back(request, code))


@office(Right.CHANGE_VISITS)
@require_POST
def removal(request: HttpRequest, code: UUID, cleaner: UUID) -> HttpResponse:
    """Will take one cleaner off the visit."""
    person = Cleaner.objects.filter(code=cleaner).first()
    if person is None:
        raise Http404
    try:
        unassign_visit(visit=code, cleaner=person, by=hand_of(request), now=clock())
        messages.success(request, _("%(name)s does not come any more.") % {"name": person.name})
    except (NotAssigned, VisitNotChangeable) as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
    return redirect("office:visit", code)


@office(Right.CHANGE_VISITS)
@require_POST
def cancellation(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will call the visit off, for the fee that the page showed or for none."""
    found = visit_or_404(code)
    form = CancelForm(request.POST)
    if not form.is_valid():
        return visit_page(request, found, status=422, cancel_form=form)
    asked = form.cleaned_data
    try:
        done = cancel_visit(
            visit=code, reason=asked["reason"], waive_fee=asked["waive"], by=hand_of(request), now=clock()
        )
    except VisitNotChangeable as refusal:
        form.add_error(None, _(refusal.__doc__ or ""))
        return visit_page(request, found, status=409, cancel_form=form)
    fee = money_in_words(done.fee_cents, found.currency) if done.fee_cents else _("no fee")
    messages.success(request, _("Called off, %(fee)s. The customer is told.") % {"fee": fee})
    return redirect("office:visit", code)


def _back(request: HttpRequest, code: UUID) -> str:
    """Where the deed was done from: the day's list, or the visit's page."""
    return reverse("office:today") if request.POST.get("from") == "today" else reverse("office:visit", args=[code])

"""What is done at a visit and how long it took: its extras, with the difference shown first, and the real minutes."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from midway.accounts.access import Right, office
from midway.booking.actions import (
    TimeImpossible,
    VisitNotOver,
    change_extras,
    preview_extras,
    record_actual_time,
)
from midway.booking.actions.visit_lock import VisitNotChangeable
from midway.core.pricing import PriceError
from midway.core.visit_states import VisitState
from midway.crew.calendar import SlotTaken
from midway.fieldwork.actions import VisitNotNow, finish_visit
from midway.runtime.clock import now as clock
from midway.web.design.words import money_in_words
from midway.web.office.place import hand_of
from midway.web.office.undoing import say_done
from midway.web.office.visit_forms import TimeForm
from midway.web.office.visits import extras_form, visit_or_404, visit_page

REFUSALS = (VisitNotChangeable, SlotTaken, PriceError)


@office(Right.CHANGE_VISITS)
@require_POST
def extras(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will show what other extras would cost and how long they take, or change them when that was asked for."""
    found, now = visit_or_404(code), clock()
    form = extras_form(found, now=now, data=request.POST)
    if not form.is_valid():
        return visit_page(request, found, status=422, extras_form=form)
    wanted = form.cleaned_data["extras"]
    try:
        shown = preview_extras(visit=found, extras=wanted, now=now)
        mark = f"{shown.price_cents}:{shown.duration_minutes}:{','.join(sorted(wanted))}"
        if request.POST.get("seen") != mark:
            return visit_page(request, found, extras_form=form, extras_shown=shown, extras_seen=mark)
        changed = change_extras(visit=code, extras=wanted, by=hand_of(request), now=now)
    except REFUSALS as refusal:
        form.add_error(None, _(str(refusal)))
        return visit_page(request, found, status=409, extras_form=form)
    text = _("Extras changed: the visit costs %(price)s. The customer is told.")
    say_done(request, text % {"price": money_in_words(changed.price_cents, changed.currency)}, code, at=now)
    return redirect("office:visit", code)


@office(Right.CHANGE_VISITS)
@require_POST
def actual_time(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will mark the visit done with how long it took, or put that right where it is done already."""
    found, now = visit_or_404(code), clock()
    is_done = found.state in {VisitState.DONE, VisitState.LOCKED_OUT}
    form = TimeForm(request.POST, may_be_blank=not is_done)
    if not form.is_valid():
        return visit_page(request, found, status=422, time_form=form)
    try:
        if is_done:
            record_actual_time(visit=code, by=hand_of(request), now=now, **form.cleaned_data)
        else:
            finish_visit(visit=code, worked=form.worked(), by=hand_of(request), now=now)
    except (VisitNotOver, TimeImpossible, VisitNotNow, VisitNotChangeable) as refusal:
        form.add_error(None, _(str(refusal)))
        return visit_page(request, found, status=409, time_form=form)
    if is_done:
        messages.success(request, _("Kept. The home's pace is learned from it."))
    else:
        say_done(request, _("The visit is done."), code, at=now)
    return redirect("office:visit", code)

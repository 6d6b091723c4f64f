"""What a person does about a procedure: run it, put it to sleep, wake it, try and set a threshold."""

from dataclasses import replace
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from midway.accounts.access import Right, office
from midway.accounts.hand import hand_of
from midway.ops.actions import ReasonMissing
from midway.ops.actions.ask_run import RepairNotConfirmed, RepairNotPreviewed, ask_run
from midway.ops.actions.change_limit import (
    LimitRingsNever,
    LimitsCrossed,
    UnknownLimit,
    change_limit,
    check_thresholds,
    declared_limit,
)
from midway.ops.actions.snooze import SnoozeNotAhead, SnoozeOver, SnoozeTooLong, end_snooze, snooze
from midway.ops.keeper import changed_limits
from midway.ops.models import Snooze
from midway.ops.procedure import Limit, Procedure
from midway.ops.standing import would_have_rung
from midway.runtime.clock import now as clock
from midway.web.ops.procedure_forms import LimitForm, SnoozeForm
from midway.web.ops.procedure_page import procedure_or_404, procedure_response


@office(Right.CHANGE_SYSTEM)
@require_POST
def run(request: HttpRequest, name: str) -> HttpResponse:
    """Will run it now; a repair mends only with `yes`, after it said what it would do."""
    known, now = procedure_or_404(name), clock()
    try:
        ask_run(
            procedure=known.id,
            mends=request.POST.get("yes") == "1",
            typed=request.POST.get("typed", ""),
            by=hand_of(request),
            now=now,
        )
    except (RepairNotPreviewed, RepairNotConfirmed) as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
        return redirect("ops:procedure", known.id)
    return redirect(f"{reverse('ops:procedure', args=[known.id])}?{urlencode({'asked': now.isoformat()})}")


@office(Right.CHANGE_SYSTEM)
@require_POST
def begin_snooze(request: HttpRequest, name: str) -> HttpResponse:
    """Will put its findings to sleep."""
    known, now = procedure_or_404(name), clock()
    form = SnoozeForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        try:
            snooze(
                procedure=known.id,
                subject=said["object"],
                reason=said["reason"],
                until=now + form.span(),
                by=hand_of(request),
                now=now,
            )
        except (ReasonMissing, SnoozeNotAhead, SnoozeTooLong) as refusal:
            form.add_error("reason", _(refusal.__doc__ or ""))
        else:
            messages.success(request, _("It sleeps. The next look leaves it out."))
            return redirect("ops:procedure", known.id)
    return procedure_response(request, known, snooze=form, status=422)


@office(Right.CHANGE_SYSTEM)
@require_POST
def wake(request: HttpRequest, name: str, snooze: int) -> HttpResponse:
    """Will wake what sleeps."""
    known = procedure_or_404(name)
    if not Snooze.objects.filter(pk=snooze, procedure=known.id).exists():
        raise Http404
    try:
        end_snooze(snooze=snooze, by=hand_of(request), now=clock())
        messages.success(request, _("It is awake again."))
    except SnoozeOver as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
    return redirect("ops:procedure", known.id)


@office(Right.CHANGE_SYSTEM)
@require_POST
def set_limit(request: HttpRequest, name: str, limit: str) -> HttpResponse:
    """Will say how often a threshold would have rung, and with `do=set` will set it."""
    known, now = procedure_or_404(name), clock()
    declared = _limit_or_404(known, limit)
    form = LimitForm(declared, request.POST)
    if not form.is_valid():
        return procedure_response(request, known, limit=form, status=422)
    warn, crit = form.cleaned_data["warn"], form.cleaned_data["crit"]
    try:
        check_thresholds(declared, warn=warn, crit=crit)
        if request.POST.get("do") == "set":
            reason = form.cleaned_data["reason"]
            change_limit(
                procedure=known.id, limit=limit, warn=warn, crit=crit, reason=reason, by=hand_of(request), now=now
            )
            messages.success(request, _("It is judged so from the next look on."))
            return redirect("ops:procedure", known.id)
    except ReasonMissing as refusal:
        form.add_error("reason", _(refusal.__doc__ or ""))
    except (LimitRingsNever, LimitsCrossed) as refusal:
        form.add_error("crit", _(refusal.__doc__ or ""))
    if form.errors:
        return procedure_response(request, known, limit=form, status=422)
    rehearsal = would_have_rung(known, replace(declared, warn=warn, crit=crit), now=now)
    return procedure_response(request, known, limit=form, rehearsal=rehearsal)


def _limit_or_404(known: Procedure, name: str) -> Limit:
    try:
        return changed_limits(known).get(name) or declared_limit(known.id, name)
    except UnknownLimit as problem:
        raise Http404 from problem

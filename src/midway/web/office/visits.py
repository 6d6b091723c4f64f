"""One visit: what was promised, to whom, who comes, what it costs, what was said, what can be done."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from midway.accounts.access import Right, has_right, office
from midway.booking.actions import preview_cancellation, preview_lock_out
from midway.booking.actions.record_lock_out import can_be_locked_out
from midway.booking.board import candidates_for
from midway.booking.models import ActualTime, Visit
from midway.booking.payments import payments_of
from midway.booking.queries import NoPrices, nearest_slots, offer_of_quote, price_list_in_force, visit_by_code
from midway.core.visit_states import OCCUPIES_CALENDAR, STILL_TO_COME, VisitState
from midway.crew.queries import CalendarNotWritten
from midway.fieldwork.actions.site_lock import is_time_to_finish
from midway.journal.queries import history_of
from midway.messaging.models import OutboxMessage
from midway.runtime.clock import now as clock
from midway.web.design.words import time_in_words
from midway.web.office.drawing import look_of
from midway.web.office.journal_words import tell
from midway.web.office.price_words import working_of
from midway.web.office.undoing import may_undo
from midway.web.office.visit_forms import AssignForm, CancelForm, ExtrasForm, MoveForm, PriceForm, TimeForm


@office(Right.SEE_BOARD)
@require_safe
def visit(request: HttpRequest, code: UUID) -> HttpResponse:
    """Everything about a visit."""
    return visit_page(request, visit_or_404(code))


def visit_or_404(code: UUID) -> Visit:
    """The visit with all that its page shows."""
    found = visit_by_code(code)
    if found is None:
        raise Http404
    return found


def visit_page(request: HttpRequest, found: Visit, *, status: int = 200, **forms: Any) -> HttpResponse:
    """Will draw the visit's page; a form that was refused is shown as it was filled in."""
    now, zone = clock(), found.branch.zoneinfo
    may_change = has_right(request.user, Right.CHANGE_VISITS) and VisitState(found.state) in STILL_TO_COME
    context = {
        "visit": found,
        "start": found.starts_at.astimezone(zone),
        "end": found.ends_at.astimezone(zone),
        "look": look_of(found.state, is_missing=bool(found.cleaners_missing)),
        "people": [a.cleaner for a in found.assignments.all() if a.active],
        "quote": found.booking.quote,
        "visit_minutes": int(found.duration / timedelta(minutes=1)),
        "working": working_of(found),
        "payments": payments_of(found, now=now),
        "messages_sent": OutboxMessage.objects.filter(subject_code=found.code).order_by("-created_at", "-id"),
        "history": tell(history_of(found.code), zone=zone, now=now, may_undo=may_undo(request)),
        "zone": zone,
        "may_change": may_change,
        **(_deeds(found, now=now) if may_change else {}),
        **(_at_the_door(found, now=now) if has_right(request.user, Right.CHANGE_VISITS) else {}),
        **(_timed(found, now=now) if has_right(request.user, Right.CHANGE_VISITS) else {}),
        **_there(found, zone),
        **forms,
    }
    return render(request, "office/visit.html", context, status=status)


def _deeds(found: Visit, *, now: datetime) -> dict[str, Any]:
    zone = found.branch.zoneinfo
    decision = preview_cancellation(visit=found, now=now)
    return {
        "suggestions": [slot.start.astimezone(zone) for slot in _suggestions(found, now=now)],
        "decision": decision,
        "free_until": decision.free_until.astimezone(zone),
        "is_late_now": now > decision.free_until,
        "candidates": candidates_for(found, now=now) if found.cleaners_missing else [],
        "move_form": MoveForm.of(found),
        "assign_form": AssignForm(visit=found),
        "cancel_form": CancelForm(),
        "price_form": PriceForm.of(found),
        "extras_form": extras_form(found, now=now),
    }


def extras_form(found: Visit, *, now: datetime, data: Any = None) -> ExtrasForm:
    """The extras that can be chosen for a visit."""
    try:
        _list, rates = price_list_in_force(found.branch, on=now.astimezone(found.branch.zoneinfo).date())
        sold = {extra.code: extra.name for extra in rates.extras}
    except NoPrices:
        sold = {}
    return ExtrasForm(data, visit=found, sold=sold)


def _timed(found: Visit, *, now: datetime) -> dict[str, Any]:
    may_be_noted = is_time_to_finish(found, now=now) or found.state == VisitState.DONE
    if not may_be_noted and (found.starts_at > now or found.state not in OCCUPIES_CALENDAR):
        return {}
    return {"time_form": TimeForm.of(found), "may_finish": is_time_to_finish(found, now=now)}


def _there(found: Visit, zone: ZoneInfo) -> dict[str, Any]:
    """When they came and went, as they said."""
    timed = ActualTime.objects.filter(visit=found).first()
    moments = [] if timed is None else [timed.started_at, timed.finished_at]
    return {"timed": timed, "there": "–".join(time_in_words(m.astimezone(zone)) for m in moments if m)}


def _at_the_door(found: Visit, *, now: datetime) -> dict[str, Any]:
    if not can_be_locked_out(found, now=now):
        return {}
    return {"lock_out": preview_lock_out(visit=found, now=now), "lock_out_form": CancelForm()}


def _suggestions(found: Visit, *, now: datetime) -> list[Any]:
    try:
        slots = nearest_slots(
            offer=offer_of_quote(found.booking.quote),
            duration=found.duration,
            team_size=found.team_size,
            wanted=found.starts_at,
            now=now,
            limit=9,
        )
    except CalendarNotWritten:
        return []
    return sorted((slot for slot in slots if slot.start != found.starts_at), key=lambda slot: slot.start)[:8]

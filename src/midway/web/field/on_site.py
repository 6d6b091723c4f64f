"""What a cleaner says of a visit with one tap: we are on our way, we are there, we are done; and taking that back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from midway.accounts.access import cleaner
from midway.accounts.hand import hand_of
from midway.booking.actions.put_back import TimeGoneBy
from midway.booking.actions.undo_change import AlreadyUndone, NothingToUndo, TooLateToUndo
from midway.booking.actions.visit_lock import VisitNotChangeable
from midway.crew.before import ChangedSince
from midway.crew.models import Cleaner
from midway.fieldwork.actions import TapTooOld, VisitNotNow, finish_visit, set_out, start_visit, take_back
from midway.runtime.clock import now as clock
from midway.web.field.day import as_cleaner, own_stop

REFUSALS = (VisitNotChangeable, VisitNotNow)
UNDO_REFUSALS = (TapTooOld, NothingToUndo, TooLateToUndo, AlreadyUndone, ChangedSince, TimeGoneBy)


@cleaner
@never_cache
@require_POST
@as_cleaner
def on_the_way(request: HttpRequest, person: Cleaner, code: UUID) -> HttpResponse:
    """Will keep that they have set out, and have the customer told."""
    return _tapped(request, person, code, deed=set_out, now=clock())


@cleaner
@never_cache
@require_POST
@as_cleaner
def started(request: HttpRequest, person: Cleaner, code: UUID) -> HttpResponse:
    """Will keep that they are there, and show what there is to do."""
    return _tapped(request, person, code, deed=start_visit, now=clock())


@cleaner
@never_cache
@require_POST
@as_cleaner
def finished(request: HttpRequest, person: Cleaner, code: UUID) -> HttpResponse:
    """Will mark the visit done."""
    return _tapped(request, person, code, deed=finish_visit, now=clock())


@cleaner
@never_cache
@require_POST
@as_cleaner
def taking_back(request: HttpRequest, person: Cleaner, code: UUID) -> HttpResponse:
    """Will take back what this cleaner tapped last."""
    now = clock()
    own_stop(person, code, now=now)
    try:
        take_back(visit=code, by=hand_of(request), now=now)
    except UNDO_REFUSALS as refusal:
        messages.error(request, _(type(refusal).__doc__ or ""))
    return redirect("field:visit", code)


def _tapped(request: HttpRequest, person: Cleaner, code: UUID, *, deed: Any, now: datetime) -> HttpResponse:
    own_stop(person, code, now=now)
    try:
        deed(visit=code, by=hand_of(request), now=now)
    except REFUSALS as refusal:
        messages.error(request, _(str(refusal)))
    return redirect("field:visit", code)

"""A cleaner's day: today and the days after, and each visit with all that is needed there."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from midway.accounts.access import Right, cleaner, find
from midway.accounts.hand import hand_of
from midway.booking.models import ActualTime
from midway.booking.queries import NoPrices, price_list_in_force
from midway.core.visit_states import BEGUN, STILL_TO_COME, VisitState
from midway.crew.models import Cleaner
from midway.customers.actions import show_access_notes
from midway.customers.models import Property
from midway.dispatch.field_day import FieldStop, days_of, may_see_way_in
from midway.fieldwork.actions.site_lock import is_time_to_finish, is_time_to_set_out, is_time_to_start
from midway.fieldwork.actions.take_back import last_tap
from midway.runtime.clock import now as clock

DAYS_SHOWN = 8
OVER = frozenset({VisitState.DONE, VisitState.LOCKED_OUT})
P = ParamSpec("P")


def as_cleaner(view: Callable[Concatenate[HttpRequest, Cleaner, P], HttpResponse]) -> Callable[..., HttpResponse]:
    """Will give the view the cleaner who is signed in, and the page their language unless they chose another."""

    @wraps(view)
    def told(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        cleaners = Cleaner.objects.select_related("branch")
        user: Any = request.user
        person = find(cleaners, user=user, right=Right.SEE_OWN_DAY, user_id=user.pk)
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
        with override(get_language() if chosen else person.language):
            return view(request, person, *args, **kwargs)

    return told


@cleaner
@never_cache
@require_safe
@as_cleaner
def today(request: HttpRequest, person: Cleaner) -> HttpResponse:
    """Today's stops in order, and the days after."""
    now = clock()
    on = now.astimezone(person.branch.zoneinfo).date()
    days = days_of(person, first=on, days=DAYS_SHOWN)
    here = next((day.stops for day in days if day.on == on), ())
    context = {
        "person": person,
        "on": on,
        "stops": here,
        "next": next((stop for stop in here if stop.end > now and stop.visit.state in STILL_TO_COME), None),
        "days": [day for day in days if day.on != on],
    }
    return render(request, "field/today.html", context)


@cleaner
@never_cache
@require_safe
@as_cleaner
def visit(request: HttpRequest, person: Cleaner, code: UUID) -> HttpResponse:
    """One of their visits: where, when, what to do, and on the day how to get in."""
    return _page(request, person, code, now=clock())


@cleaner
@never_cache
@require_POST
@as_cleaner
def way_in(request: HttpRequest, person: Cleaner, code: UUID) -> HttpResponse:
    """How to get in, shown on the day alone; that they looked is written down."""
    now = clock()
    stop = own_stop(person, code, now=now)
    if not may_see_way_in(stop.visit, now=now):
        raise Http404
    notes = show_access_notes(premises=stop.visit.premises, by=hand_of(request), now=now)
    return _page(request, person, code, now=now, notes=notes, is_open=True)


def _page(
    request: HttpRequest, person: Cleaner, code: UUID, *, now: datetime, notes: str = "", is_open: bool = False
) -> HttpResponse:
    stop = own_stop(person, code, now=now)
    home, state = stop.visit.premises, stop.visit.state
    context = {
        "person": person,
        "stop": stop,
        "first_name": (stop.visit.customer.name.split() or [""])[0],
        "navigation": navigation_to(home),
        "tasks": tasks_of(stop),
        "may_set_out": is_time_to_set_out(stop.visit, now=now),
        "is_ahead": stop.visit.starts_at > now,
        "may_start": is_time_to_start(stop.visit, now=now),
        "may_finish": state == VisitState.IN_PROGRESS or (stop.end <= now and is_time_to_finish(stop.visit, now=now)),
        "may_take_back": last_tap(stop.visit.code, user_id=person.user_id, now=now) is not None,
        "time": ActualTime.objects.filter(visit=stop.visit).first() if state in BEGUN else None,
        "may_see_way_in": bool(home.access_notes) and may_see_way_in(stop.visit, now=now),
        "has_way_in": bool(home.access_notes) and state not in OVER,
        "notes": notes,
        "is_open": is_open,
    }
    return render(request, "field/visit.html", context)


def own_stop(person: Cleaner, code: UUID, *, now: datetime) -> FieldStop:
    """The stop, among the cleaner's own days from yesterday on; anybody else's is not found."""
    zone = person.branch.zoneinfo
    first = now.astimezone(zone).date() - timedelta(days=1)
    for day in days_of(person, first=first, days=DAYS_SHOWN + 1):
        for stop in day.stops:
            if stop.visit.code == code:
                return stop
    raise Http404


@dataclass(frozen=True)
class Task:
    """An extra to be done, with its minutes."""

    name: str
    minutes: int


def tasks_of(stop: FieldStop) -> list[Task]:
    """The extras agreed for this visit, by the names of the price list."""
    extras = stop.visit.agreed_extras
    if not extras:
        return []
    zone = stop.visit.branch.zoneinfo
    try:
        _list, rates = price_list_in_force(stop.visit.branch, on=stop.visit.starts_at.astimezone(zone).date())
    except NoPrices:
        return [Task(code, 0) for code in extras]
    known = {extra.code: extra for extra in rates.extras}
    return [Task(known[code].name, known[code].minutes) if code in known else Task(code, 0) for code in extras]


def navigation_to(home: Property) -> str:
    """An address that every phone opens in its map, with the way there."""
    if home.latitude is not None and home.longitude is not None:
        target = f"{home.latitude:.6f},{home.longitude:.6f}"
    else:
        target = ", ".join(part for part in (home.line1, home.postcode, home.city) if part)
    return f"https://www.google.com/maps/dir/?{urlencode({'api': 1, 'destination': target})}"

"""A cleaner's own day: their visits in the order they drive them, with the times of the published plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from midway.booking.models import Visit
from midway.core.timespan import local_midnight
from midway.core.visit_states import STILL_TO_COME, VisitState
from midway.crew.models import Cleaner
from midway.dispatch.models import DayPlan

WITH_WAY_IN = frozenset({*STILL_TO_COME, VisitState.EN_ROUTE, VisitState.IN_PROGRESS})


@dataclass(frozen=True, kw_only=True)
class FieldStop:
    """One of a cleaner's visits: when they are expected and how long they stay, when they should set out for it (no
    more once they have), and who comes along."""

    visit: Visit
    number: int
    start: datetime
    end: datetime
    leave: datetime | None
    mates: Sequence[str]


@dataclass(frozen=True)
class FieldDay:
    """A local day of a cleaner."""

    on: date
    stops: Sequence[FieldStop]


def days_of(cleaner: Cleaner, *, first: date, days: int) -> list[FieldDay]:
    """The cleaner's next days, each with its visits in order; days without are left out. Four queries.

    The times are those of the published plan where it still holds; what was promised, anywhere else.
    """
    zone = cleaner.branch.zoneinfo
    opens, closes = (local_midnight(first + timedelta(days=n), zone) for n in (0, days))
    found = (
        Visit.objects.kept()
        .filter(assignments__cleaner=cleaner, assignments__active=True)
        .filter(during__startswith__gte=opens, during__startswith__lt=closes)
        .select_related("service", "premises", "customer", "branch", "booking__quote")
        .prefetch_related("assignments__cleaner")
        .order_by("during", "pk")
    )
    visits: dict[date, list[Visit]] = {}
    for visit in found:
        visits.setdefault(visit.starts_at.astimezone(zone).date(), []).append(visit)
    plans = _published(cleaner, list(visits))
    return [FieldDay(on, _stops(cleaner, listed, plans.get(on, {}))) for on, listed in visits.items()]


def _published(cleaner: Cleaner, days: Sequence[date]) -> dict[date, dict[str, dict[str, Any]]]:
    """By day and visit, the stop as planned, with the moment to set out for it."""
    plans = DayPlan.objects.filter(branch=cleaner.branch, on__in=days, state=DayPlan.State.PUBLISHED)
    found: dict[date, dict[str, dict[str, Any]]] = {}
    for plan in plans:
        midnight = datetime.fromisoformat(plan.found["midnight"])
        route = next((r for r in plan.routes if r["crew"] == str(cleaner.code)), None)
        ready = route["leave"] if route else 0
        for stop in route["stops"] if route else ():
            moments = {key: midnight + timedelta(minutes=round(stop[key])) for key in ("start", "end")}
            leave = midnight + timedelta(minutes=round(ready))
            found.setdefault(plan.on, {})[stop["visit"]] = {**moments, "leave": leave}
            ready = stop["end"]
    return found


def _stops(cleaner: Cleaner, visits: Sequence[Visit], planned: dict[str, dict[str, Any]]) -> list[FieldStop]:
    timed = []
    for visit in visits:
        stop = planned.get(str(visit.code))
        holds = stop is not None and abs(stop["start"] - visit.starts_at) <= timedelta(minutes=30)
        start = stop["start"] if stop and holds else visit.starts_at
        timed.append((start, visit, stop["leave"] if stop and holds else None))
    timed.sort(key=lambda one: (one[0], one[1].pk))
    return [
        FieldStop(
            visit=visit,
            number=number,
            start=start,
            end=start + visit.duration,
            leave=leave if visit.state in STILL_TO_COME else None,
            mates=sorted(a.cleaner.name for a in visit.assignments.all() if a.active and a.cleaner_id != cleaner.pk),
        )
        for number, (start, visit, leave) in enumerate(timed, 1)
    ]


def may_see_way_in(visit: Visit, *, now: datetime) -> bool:
    """Codes are shown on the day alone, and no more once the visit is over."""
    zone = visit.branch.zoneinfo
    return visit.state in WITH_WAY_IN and visit.starts_at.astimezone(zone).date() == now.astimezone(zone).date()

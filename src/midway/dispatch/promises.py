"""From a plan to what customers are promised and the calendar holds.

Crews that come a few minutes before or after the promised time keep the promise. The calendar holds the promised
times; where those of one cleaner would overlap, the later visit is promised at the time it is planned for. What is
pinned or has begun keeps its promise, whenever its crew can be there.
"""

import itertools
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from midway.booking.actions import Seating
from midway.core.routing.problem import Plan
from midway.dispatch.day import Day


def promised_starts(day: Day, plan: Plan) -> dict[str, float]:
    """Each served visit's promised start in minutes after midnight, as it will be when the plan is published."""
    planned = {stop.visit: stop.start for route in plan.routes for stop in route.stops if stop.visit in day.visits}
    grace = day.problem.weights.promise_grace
    starts, free = {}, {}
    for code, start in planned.items():
        promised = day.minutes(day.visits[code].starts_at)
        is_pinned = day.problem.visit_by_code[code].pin is not None
        starts[code] = promised if is_pinned or abs(start - promised) <= grace + 0.01 else start
        if not is_pinned:
            free[code] = start
    # Each step brings a promise to its planned time, and planned times never overlap, so this ends.
    while clashing := _clashing(plan, starts, free):
        starts[clashing] = free[clashing]
    return starts


def _clashing(plan: Plan, starts: Mapping[str, float], free: Mapping[str, float]) -> str | None:
    """The first visit that has to be promised at its planned time: the later of two that overlap, else the earlier."""
    for route in plan.routes:
        timed = []
        for stop in route.stops:
            at = starts.get(stop.visit, stop.start)
            timed.append((at, at + stop.end - stop.start, stop.visit))
        for earlier, later in itertools.pairwise(timed):
            if later[0] < earlier[1]:
                code = next((c for c in (later[2], earlier[2]) if c in free and starts[c] != free[c]), None)
                if code is not None:
                    return code
    return None


def seatings_of(day: Day, plan: Plan) -> list[Seating]:
    """Will say of every visit of the day when it is promised, who comes, and how long they are kept busy by it.

    The time kept free after a visit ends where the next one of its cleaners begins.
    """
    starts = promised_starts(day, plan)
    busy = _busy_until(day, plan, starts)
    seatings = []
    for code, visit in day.visits.items():
        is_pinned = day.problem.visit_by_code[code].pin is not None
        who = day.seats[code] if is_pinned else plan.crews_by_visit.get(code, ())
        start = day.moment(starts[code]) if who else visit.starts_at
        until = start + visit.duration + day.branch.pad
        seatings.append(
            Seating(
                visit=UUID(code),
                revision=visit.revision,
                start=start,
                cleaners=[day.cleaners[crew].pk for crew in who],
                busy_until=min([until, *busy.get(code, ())]),
            )
        )
    return seatings


def _busy_until(day: Day, plan: Plan, starts: Mapping[str, float]) -> dict[str, list[datetime]]:
    ends: dict[str, list[datetime]] = {}
    for route in plan.routes:
        for earlier, later in zip(route.stops, route.stops[1:], strict=False):
            at = day.moment(starts.get(later.visit, later.start))
            ends.setdefault(earlier.visit, []).append(at)
    return ends

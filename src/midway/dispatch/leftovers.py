"""Visits nobody comes to: why, and the cheapest way to serve each after all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any

from midway.booking.queries import Offer, nearest_slots
from midway.core.routing.problem import Crew, Pin, Plan, Problem, Route
from midway.core.routing.problem import Visit as Stop
from midway.core.routing.verify import violations
from midway.dispatch.day import BLOCK, Day

NEAREST = 15
"""So many cleaners, those with the least added driving first, are looked at for each visit."""
MIDNIGHT = 24 * 60.0
LONGEST_OVERTIME = 240.0


class Way(StrEnum):
    """How a visit that is left out could be served; each breaks more of what the branch has set than the one before."""

    AT_A_PRICE = "at_a_price"
    OTHER_TIME = "other_time"
    OVERTIME = "overtime"
    OTHER_DAY = "other_day"


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """A visit nobody comes to, why, and the cheapest way to serve it after all; `price` in minutes of driving."""

    visit: str
    reason: str
    way: str = ""
    price: float = 0
    facts: Mapping[str, Any] = field(default_factory=dict)


def leftovers_of(day: Day, after: Plan, *, now: datetime) -> list[Leftover]:
    """Will say of each visit that is left out why no cleaner can come, and what would have to give.

    The latter tries hundreds of places: some hundredths of a second a visit.
    """
    return [_with_way(day, after, left, now=now) for left in reasons_of(day, after)]


def reasons_of(day: Day, after: Plan) -> list[Leftover]:
    """Why alone, at once."""
    left = (day.problem.visit_by_code[one.visit] for one in after.unserved if not one.visit.startswith(BLOCK))
    return [_with_reason(day, stop) for stop in left]


def _with_reason(day: Day, stop: Stop) -> Leftover:
    able = _able(day.problem, stop)
    if len(able) < stop.crews_needed:
        return Leftover(visit=stop.code, reason="skill", facts={"skills": sorted(stop.skills)})
    there = [c for c in able if c.opens <= stop.closes and stop.opens + stop.minutes <= c.latest_end]
    return Leftover(visit=stop.code, reason="hours" if len(there) < stop.crews_needed else "full")


def _able(problem: Problem, stop: Stop) -> list[Crew]:
    return [
        crew
        for crew in problem.crews
        if stop.skills <= crew.skills
        and crew.code not in stop.forbidden_crews
        and (not stop.required_crews or crew.code in stop.required_crews)
    ]


def _with_way(day: Day, after: Plan, left: Leftover, *, now: datetime) -> Leftover:
    stop = day.problem.visit_by_code[left.visit]
    ways = list(_ways_today(day, after, stop, earliest=day.minutes(now))) if stop.crews_needed == 1 else []
    if ways:
        best = min(ways, key=lambda way: (way.price, way.facts["start"], way.facts["cleaner"]))
        return replace(best, reason=left.reason)
    other = _another_day(day, left.visit, now=now)
    return replace(left, way=Way.OTHER_DAY.value, facts={**left.facts, "start": other.isoformat()}) if other else left


def _ways_today(day: Day, after: Plan, stop: Stop, *, earliest: float) -> Iterator[Leftover]:
    """Each position of the cleaners that are nearest, at any time of the day and with longer overtime than is usual."""
    free = replace(stop, opens=max(earliest, 0.0), closes=MIDNIGHT, worth=0.0)
    routes = after.route_by_crew
    orders = {c.code: [s.visit for s in routes.get(c.code, Route(crew=c.code)).stops] for c in _able(day.problem, stop)}
    nearest = sorted(orders, key=lambda code: (_detour(day.problem, code, orders[code], stop), code))[:NEAREST]
    for code in nearest:
        alone = _alone(day.problem, after, code, free)
        was = _timed(alone, code, orders[code])
        broken = {violation.words for violation in violations(alone, was)}
        for position in range(len(orders[code]) + 1):
            order = [*orders[code][:position], stop.code, *orders[code][position:]]
            now_so = _timed(alone, code, order)
            if {violation.words for violation in violations(alone, now_so)} <= broken:
                yield _way(day, stop, was, now_so)


def _detour(problem: Problem, code: str, order: Sequence[str], stop: Stop) -> float:
    crew = problem.crew_by_code[code]
    places = [crew.start_place, *(problem.visit_by_code[c].place for c in order), crew.end_place]
    drive = problem.travel_minutes
    return min(float(drive[a][stop.place] + drive[stop.place][b] - drive[a][b]) for a, b in pairwise(places))


def _alone(problem: Problem, plan: Plan, code: str, free: Stop) -> Problem:
    """One cleaner's day: what they share with others stays at its time, and they may stay longer."""
    crew = problem.crew_by_code[code]
    visits = []
    for at in plan.route_by_crew.get(code, Route(crew=code)).stops:
        visit = problem.visit_by_code[at.visit]
        if visit.crews_needed > 1 or visit.pin is not None:
            pin = Pin(crews=(code,), start=at.start, is_started=bool(visit.pin and visit.pin.is_started))
            visit = replace(visit, crews_needed=1, pin=pin)
        visits.append(visit)
    longer = replace(crew, overtime_at_most=max(crew.overtime_at_most, LONGEST_OVERTIME))
    return replace(problem, crews=[longer], visits=[*visits, free], items=())


def _timed(problem: Problem, code: str, order: Sequence[str]) -> Plan:
    from midway.core.routing.timed import timed_plan  # loads the solver's compiler

    return timed_plan(problem, {code: order})


def _way(day: Day, stop: Stop, was: Plan, now_so: Plan) -> Leftover:
    route = now_so.routes[0]
    crew = day.problem.crew_by_code[route.crew]
    start = next(at.start for at in route.stops if at.visit == stop.code)
    over = max(0.0, route.back - crew.closes)
    over_before = max(0.0, was.routes[0].back - crew.closes)
    kind = Way.AT_A_PRICE
    if not stop.opens - 0.01 <= start <= stop.closes + day.problem.late_at_most + 0.01:
        kind = Way.OTHER_TIME
    if route.back > crew.latest_end + 0.01:
        kind = Way.OVERTIME
    return Leftover(
        visit=stop.code,
        reason="",
        way=kind.value,
        price=round(now_so.cost - was.cost, 1),
        facts={
            "cleaner": crew.code,
            "start": day.moment(start).isoformat(),
            "drive_minutes": round(route.drive_minutes - was.routes[0].drive_minutes),
            "overtime_minutes": round(over - over_before),
        },
    )


def _another_day(day: Day, code: str, *, now: datetime) -> datetime | None:
    """The nearest free time of another day, as customers would be offered it."""
    visit, zone = day.visits[code], day.branch.zoneinfo
    slots = nearest_slots(
        offer=Offer(branch=day.branch, service=visit.service),
        duration=visit.duration,
        team_size=visit.team_size,
        wanted=visit.starts_at,
        now=now,
        limit=400,
    )
    return next((slot.start for slot in slots if slot.start.astimezone(zone).date() != day.on), None)

"""When the day does not go as planned: what is left of it as a problem, and three ranked ways out.

A cleaner calls in sick, a visit runs late, a van breaks down, snow falls: each changes the problem, and `alternatives`
answers it by touching nobody else, by few moves, and by whatever is best.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from midway.core.routing.problem import Crew, Pin, Plan, Problem, Route, Visit
from midway.core.routing.solve import Deadline, solve


class Way(StrEnum):
    """The three ways out, from the quietest to the most thorough."""

    COVER = "cover"
    SPREAD = "spread"
    BEST = "best"


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a plan means against the one before, for whoever chooses."""

    drive_minutes: float
    overtime_minutes: float
    customers_moved: tuple[str, ...]
    """Visits whose promised time changes."""
    others_moved: tuple[str, ...]
    """Visits of crews that are still there, and that go to another crew."""
    continuity_lost: tuple[str, ...]
    """Visits that had a crew the customer prefers and now have none."""
    unserved: tuple[str, ...]
    bumped_again: tuple[str, ...]
    """Visits put off or handed on although their customer was bumped the last time too."""


@dataclass(frozen=True, kw_only=True)
class Alternative:
    """One way out, with what it means."""

    way: Way
    plan: Plan
    effect: Effect


def from_here(problem: Problem, plan: Plan, *, now: float) -> Problem:
    """Will make of a plan under way the problem that is left: what has begun stays, the rest prefers to stay.

    Every visit is promised at the time planned for it, unless another was announced.
    """
    starts = {stop.visit: stop.start for route in plan.routes for stop in route.stops}
    visits = []
    for visit in problem.visits:
        who = plan.crews_by_visit.get(visit.code, ())
        if who and starts[visit.code] < now:
            pin = Pin(crews=who, start=starts[visit.code], is_started=True)
            visits.append(replace(visit, pin=pin))
        else:
            announced = visit.announced if visit.announced is not None else starts.get(visit.code)
            opens = max(visit.opens, min(now, visit.closes + problem.late_at_most))
            closes = max(visit.closes, opens)
            changed = replace(visit, planned_crews=frozenset(who), announced=announced, opens=opens)
            visits.append(replace(changed, closes=closes) if visit.pin is None else replace(visit))
    return replace(problem, visits=visits)


def without_crew(problem: Problem, sick: str, *, now: float) -> Problem:
    """A crew drops out: what it has begun stays with it to the end, the rest of its visits need somebody else.

    Its visits for several crews, pinned ones too, need a new settlement with the others free to change.
    """
    crew = problem.crew_by_code[sick]
    visits, busy_until = [], crew.opens
    for visit in problem.visits:
        if visit.pin is not None and sick in visit.pin.crews and visit.pin.is_started:
            busy_until = max(busy_until, visit.pin.start + visit.minutes_for(sick))
        elif visit.pin is not None and sick in visit.pin.crews:
            start = visit.pin.start
            others = frozenset(visit.pin.crews) - {sick}
            visits.append(_without(replace(visit, pin=None, opens=start, closes=start, planned_crews=others), sick))
            continue
        visits.append(_without(visit, sick))
    if busy_until == crew.opens:
        return replace(problem, visits=visits, crews=[c for c in problem.crews if c.code != sick])
    going_home = replace(crew, closes=crew.latest_end, breaks=())
    return replace(problem, visits=visits, crews=[going_home if c.code == sick else c for c in problem.crews])


def _without(visit: Visit, sick: str) -> Visit:
    if visit.pin is not None:
        return visit
    planned = visit.planned_crews - {sick}
    required = visit.required_crews - {sick}
    if visit.required_crews and not required:
        required = visit.required_crews  # nobody else may come: it stays undone, and says so
    return replace(
        visit,
        planned_crews=planned,
        required_crews=required,
        preferred_crews=visit.preferred_crews - {sick},
        forbidden_crews=visit.forbidden_crews | {sick},
    )


def with_late_visit(problem: Problem, code: str, *, minutes_more: float) -> Problem:
    """A visit takes longer than planned."""

    def longer(visit: Visit) -> Visit:
        by_crew = {crew: minutes + minutes_more for crew, minutes in visit.minutes_by_crew.items()}
        return replace(visit, minutes=visit.minutes + minutes_more, minutes_by_crew=by_crew)

    return replace(problem, visits=[longer(v) if v.code == code else v for v in problem.visits])


def with_van_down(problem: Problem, crew: str, *, until: float) -> Problem:
    """A van breaks down: the crew stays with what it has begun and drives again from `until` on."""

    def waits(visit: Visit) -> Visit:
        if visit.pin is not None and not visit.pin.is_started and crew in visit.pin.crews and visit.pin.start < until:
            start = visit.pin.start
            return replace(visit, pin=None, opens=start, closes=start, planned_crews=frozenset(visit.pin.crews))
        return visit

    started = [v for v in problem.visits if v.pin is not None and v.pin.is_started and crew in v.pin.crews]
    last = max(started, key=lambda v: v.pin.start if v.pin else 0, default=None)
    visits = [waits(v) for v in problem.visits]
    if last is not None:
        # Standing still is time at the place where the van broke down.
        assert last.pin is not None
        wait = max(0.0, until - (last.pin.start + last.minutes_for(crew)))
        minutes = {**last.minutes_by_crew, crew: last.minutes_for(crew) + wait}
        visits = [replace(v, minutes_by_crew=minutes) if v.code == last.code else v for v in visits]
        return replace(problem, visits=visits)
    crews = [replace(c, opens=max(c.opens, until)) if c.code == crew else c for c in problem.crews]
    return replace(problem, visits=visits, crews=crews)


def with_snow(problem: Problem, *, drive_factor: float) -> Problem:
    """Every drive takes longer today."""
    crews = [replace(crew, drive_factor=crew.drive_factor * drive_factor) for crew in problem.crews]
    return replace(problem, crews=crews)


def alternatives(
    problem: Problem,
    before: Plan,
    *,
    seed: int,
    deadline: Callable[[], Deadline],
    bumped_last_time: frozenset[str] = frozenset(),
    bumped_price: float = 20,
) -> list[Alternative]:
    """Will work out the three ways out for a problem made by the functions above, the cheapest first.

    `deadline` makes a fresh deadline for each of the three. Customers who were bumped the last time are moved only at
    `bumped_price` more: the next has their turn.
    """
    fair = _spare(problem, bumped_last_time, bumped_price)
    start = _still_possible(before, problem)
    found = []
    for way, asked in (
        (Way.COVER, _hold_others(fair, start)),
        (Way.SPREAD, fair),
        (Way.BEST, _free_to_move(fair)),
    ):
        plan = solve(asked, seed=seed, deadline=deadline(), start=start)
        found.append(Alternative(way=way, plan=plan, effect=effect_of(problem, before, plan, bumped_last_time)))
    return sorted(found, key=lambda a: (len(a.effect.unserved), len(a.effect.customers_moved), a.plan.cost))


def _spare(problem: Problem, bumped: frozenset[str], price: float) -> Problem:
    """Who was bumped last time costs more to leave out or to move."""
    visits = [
        replace(
            v,
            priority=v.priority + price / problem.weights.unserved,
            worth=None if v.worth is None else v.worth + price,
        )
        if v.code in bumped
        else v
        for v in problem.visits
    ]
    return replace(problem, visits=visits)


def _hold_others(problem: Problem, start: Plan) -> Problem:
    """Everybody who is served keeps crew and time within the grace; only the rest is handed out."""
    grace = problem.weights.promise_grace
    starts = {stop.visit: stop.start for route in start.routes for stop in route.stops}
    visits = []
    for visit in problem.visits:
        who = start.crews_by_visit.get(visit.code, ())
        if visit.pin is None and len(who) == visit.crews_needed:
            at = visit.announced if visit.announced is not None else starts[visit.code]
            opens, closes = max(visit.opens, at - grace), max(at + grace, visit.opens)
            visits.append(replace(visit, required_crews=frozenset(who), opens=min(opens, closes), closes=closes))
        else:
            visits.append(visit)
    return replace(problem, visits=visits)


def _free_to_move(problem: Problem) -> Problem:
    """Handing visits on costs nothing by itself; a promise moved still does."""
    return replace(problem, weights=replace(problem.weights, crew_changed=0))


def _still_possible(before: Plan, problem: Problem) -> Plan:
    """The plan before, without crews that are gone."""
    routes = tuple(route for route in before.routes if route.crew in problem.crew_by_code)
    return replace(before, routes=routes)


def effect_of(problem: Problem, before: Plan, after: Plan, bumped: frozenset[str] = frozenset()) -> Effect:
    """Will compare a plan with the one before, as far as people notice."""
    was, now = before.crews_by_visit, after.crews_by_visit
    starts = {stop.visit: stop.start for route in after.routes for stop in route.stops}
    there = problem.crew_by_code
    unserved = tuple(u.visit for u in after.unserved if u.visit in was or u.is_required)
    moved, others, lost = [], [], []
    for visit in problem.visits:
        if visit.code not in now or visit.pin is not None:
            continue
        old = set(was.get(visit.code, ()))
        if (
            visit.announced is not None
            and abs(starts[visit.code] - visit.announced) > problem.weights.promise_grace + 0.01
        ):
            moved.append(visit.code)
        if old and set(now[visit.code]) != old and all(c in there and c not in visit.forbidden_crews for c in old):
            others.append(visit.code)
        if old & visit.preferred_crews and not set(now[visit.code]) & visit.preferred_crews:
            lost.append(visit.code)
    over = sum(_overtime(there[route.crew], route) for route in after.routes)
    touched = {*moved, *others, *unserved}
    return Effect(
        drive_minutes=after.drive_minutes,
        overtime_minutes=over,
        customers_moved=tuple(moved),
        others_moved=tuple(others),
        continuity_lost=tuple(lost),
        unserved=unserved,
        bumped_again=tuple(sorted(touched & bumped)),
    )


def _overtime(crew: Crew, route: Route) -> float:
    return max(0.0, route.back - crew.closes) if route.stops else 0.0

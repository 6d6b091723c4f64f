"""Ways to spoil an allowed plan, one or more for each kind of violation.

Each changes the plan, or moves a rule of the day under it, so that exactly what its name says is wrong; it gives
nothing where the plan has nothing to spoil in that way.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from midway.core.routing.problem import Break, Item, Pin, Plan, Problem, Route, Stop, Unserved, Visit
from midway.core.routing.verify import Kind

Spoilt = tuple[Problem, Plan]
Spoil = Callable[[Problem, Plan, random.Random], Spoilt | None]
SPOILS: list[tuple[Kind, Spoil]] = []


def spoils(kind: Kind) -> Callable[[Spoil], Spoil]:
    def keep(spoil: Spoil) -> Spoil:
        SPOILS.append((kind, spoil))
        return spoil

    return keep


Place = tuple[Route, int]


def places(problem: Problem, plan: Plan, *, settled: bool | None = None) -> Iterator[Place]:
    """All stops, or only those of visits that are (not) settled."""
    for route in plan.routes:
        for number, stop in enumerate(route.stops):
            if settled is None or (problem.visit_by_code[stop.visit].pin is not None) == settled:
                yield route, number


def one(choices: Iterator[Any] | Sequence[Any], dice: random.Random) -> Any:
    found = list(choices)
    return dice.choice(found) if found else None


def with_stop(plan: Plan, place: Place, **changes: Any) -> Plan:
    route, number = place
    stops = [replace(s, **changes) if n == number else s for n, s in enumerate(route.stops)]
    return with_route(plan, route, stops=tuple(stops))


def with_route(plan: Plan, route: Route, **changes: Any) -> Plan:
    return replace(plan, routes=tuple(replace(r, **changes) if r is route else r for r in plan.routes))


def with_visit(problem: Problem, code: str, **changes: Any) -> Problem:
    return replace(problem, visits=[replace(v, **changes) if v.code == code else v for v in problem.visits])


def with_crew(problem: Problem, code: str, **changes: Any) -> Problem:
    return replace(problem, crews=[replace(c, **changes) if c.code == code else c for c in problem.crews])


def stop_at(place: Place) -> Stop:
    return place[0].stops[place[1]]


def by(seconds: float, dice: random.Random) -> float:
    """Some minutes more than the least that counts."""
    return seconds + dice.uniform(0.05, 60)


@spoils(Kind.UNKNOWN)
def an_unknown_visit(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    place = one(places(problem, plan), dice)
    return place and (problem, with_stop(plan, place, visit="nobody's"))


@spoils(Kind.UNKNOWN)
def an_unknown_visit_left_out(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    return problem, replace(plan, unserved=(*plan.unserved, Unserved(visit="nobody's", is_required=True)))


@spoils(Kind.UNKNOWN)
def a_crew_with_two_routes(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    return problem, replace(plan, routes=(*plan.routes, Route(crew=dice.choice(plan.routes).crew)))


@spoils(Kind.TWICE)
def a_crew_that_comes_twice(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    place = one(places(problem, plan), dice)
    return place and (problem, with_route(plan, place[0], stops=(*place[0].stops, stop_at(place))))


@spoils(Kind.MISSING)
def a_visit_forgotten(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    place = one(places(problem, plan, settled=False), dice)
    return place and (problem, without(plan, stop_at(place).visit))


def without(plan: Plan, code: str) -> Plan:
    return replace(
        plan, routes=tuple(replace(r, stops=tuple(s for s in r.stops if s.visit != code)) for r in plan.routes)
    )


@spoils(Kind.MISSING)
def a_visit_done_and_left_out(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    place = one(places(problem, plan), dice)
    left = place and Unserved(visit=stop_at(place).visit, is_required=False)
    return place and (problem, replace(plan, unserved=(*plan.unserved, left)))


@spoils(Kind.MISSING)
def a_visit_left_out_twice(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    left = one(plan.unserved, dice)
    return left and (problem, replace(plan, unserved=(*plan.unserved, left)))


@spoils(Kind.NOT_ALLOWED)
def a_crew_forbidden(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    place = one(places(problem, plan, settled=False), dice)
    if place is None:
        return None
    code = stop_at(place).visit
    forbidden = problem.visit_by_code[code].forbidden_crews | {place[0].crew}
    return with_visit(problem, code, forbidden_crews=forbidden), plan


@spoils(Kind.NOT_ALLOWED)
def somebody_else_required(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    place = one(places(problem, plan, settled=False), dice)
    return place and (with_visit(problem, stop_at(place).visit, required_crews=frozenset({"another"})), plan)


@spoils(Kind.SKILL)
def a_skill_nobody_has(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    place = one(places(problem, plan, settled=False), dice)
    return place and (with_visit(problem, stop_at(place).visit, skills=frozenset({"roofs"})), plan)


@spoils(Kind.TOO_EARLY)
def a_window_that_opens_later(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    place = one(places(problem, plan, settled=False), dice)
    opens = place and stop_at(place).start + by(0, dice)
    return place and (with_visit(problem, stop_at(place).visit, opens=opens, closes=opens + 60), plan)


@spoils(Kind.TOO_LATE)
def a_window_long_closed(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    place = one(places(problem, plan, settled=False), dice)
    closes = place and stop_at(place).start - problem.late_at_most - by(0, dice)
    return place and (with_visit(problem, stop_at(place).visit, opens=0, closes=closes), plan)


@spoils(Kind.DRIVE)
def a_drive_too_short(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    place = one(places(problem, plan), dice)
    if place is None:
        return None
    route, number = place
    visits = problem.visit_by_code
    crew = problem.crew_by_code[route.crew]
    origin = visits[route.stops[number - 1].visit].place if number else crew.start_place
    ready = route.stops[number - 1].end if number else route.leave
    drive = problem.drive_minutes(crew, origin, visits[stop_at(place).visit].place)
    return problem, with_stop(plan, place, arrive=ready + drive - by(0, dice))


@spoils(Kind.DRIVE)
def roads_that_got_longer(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    if not any(route.stops for route in plan.routes):
        return None
    longer = [[way + 24 * 60 for way in row] for row in problem.travel_minutes]
    return replace(problem, travel_minutes=longer), plan


@spoils(Kind.DRIVE)
def home_before_it_can_be(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    route = one([r for r in plan.routes if r.stops], dice)
    return route and (problem, with_route(plan, route, back=route.stops[-1].end - by(0, dice)))


@spoils(Kind.SERVICE)
def work_cut_short(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    place = one(places(problem, plan), dice)
    return place and (problem, with_stop(plan, place, end=stop_at(place).end - by(0, dice)))


@spoils(Kind.PIN_TIME)
def a_settled_time_moved(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    place = one(places(problem, plan, settled=True), dice)
    return place and (problem, with_stop(plan, place, start=stop_at(place).start + dice.choice((-1, 1)) * by(0, dice)))


@spoils(Kind.PIN_CREW)
def a_settled_crew_changed(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    place = one(places(problem, plan), dice)
    pin = place and Pin(crews=("another",), start=stop_at(place).start)
    return place and (with_visit(problem, stop_at(place).visit, pin=pin), plan)


@spoils(Kind.PIN_CREW)
def a_settled_visit_left_out(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    place = one(places(problem, plan, settled=True), dice)
    if place is None:
        return None
    code = stop_at(place).visit
    left = (*plan.unserved, Unserved(visit=code, is_required=True))
    return problem, replace(without(plan, code), unserved=left)


@spoils(Kind.CREWS)
def one_crew_too_few(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    place = one(places(problem, plan), dice)
    if place is None:
        return None
    code = stop_at(place).visit
    return with_visit(problem, code, crews_needed=problem.visit_by_code[code].crews_needed + 1), plan


@spoils(Kind.TOGETHER)
def crews_that_start_apart(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    def is_shared(place: Place) -> bool:
        return problem.visit_by_code[stop_at(place).visit].crews_needed > 1

    place = one([found for found in places(problem, plan) if is_shared(found)], dice)
    return place and (problem, with_stop(plan, place, start=stop_at(place).start + by(0, dice)))


@spoils(Kind.BREAK)
def no_break_though_the_law_wants_one(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    route = one([r for r in plan.routes if r.stops], dice)
    if route is None:
        return None
    law = Break(minutes=30, opens=0, closes=route.back - by(0, dice), is_law=True)
    opens = min(problem.crew_by_code[route.crew].opens, law.closes)
    return with_crew(problem, route.crew, breaks=(law,), opens=opens), with_route(plan, route, breaks=())


@spoils(Kind.BREAK)
def a_break_too_short(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    route = one([r for r in plan.routes if r.breaks], dice)
    if route is None:
        return None
    pause = replace(route.breaks[0], end=route.breaks[0].end - dice.uniform(0.05, 29))
    return problem, with_route(plan, route, breaks=(pause,))


@spoils(Kind.BREAK)
def a_break_outside_its_hours(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    route = one([r for r in plan.routes if r.breaks], dice)
    if route is None:
        return None
    rule = problem.crew_by_code[route.crew].due_breaks[0]
    start = rule.closes + by(0, dice)
    return problem, with_route(plan, route, breaks=(replace(route.breaks[0], start=start, end=start + rule.minutes),))


@spoils(Kind.BREAK)
def a_break_during_work(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    place = one([found for found in places(problem, plan) if found[0].breaks], dice)
    if place is None:
        return None
    stop, pause = stop_at(place), place[0].breaks[0]
    start = dice.uniform(stop.start, stop.end - 0.05)
    moved = replace(pause, start=start, end=start + pause.end - pause.start)
    return problem, with_route(plan, place[0], breaks=(moved,))


@spoils(Kind.BREAK)
def a_break_nobody_planned(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    route = one([r for r in plan.routes if r.breaks], dice)
    return route and (problem, with_route(plan, route, breaks=(replace(route.breaks[0], number=7),)))


@spoils(Kind.BEFORE_SHIFT)
def a_day_begun_too_early(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    route = one([r for r in plan.routes if r.stops], dice)
    early = route and problem.crew_by_code[route.crew].opens - by(0, dice)
    return route and (problem, with_route(plan, route, leave=early))


@spoils(Kind.AFTER_SHIFT)
def a_day_longer_than_it_may_be(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    route = one([r for r in plan.routes if r.stops], dice)
    if route is None:
        return None
    crew = problem.crew_by_code[route.crew]
    return with_crew(problem, crew.code, day_at_most=route.back - crew.opens - by(0, dice)), plan


@spoils(Kind.AFTER_SHIFT)
def more_overtime_than_there_may_be(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    route = one([r for r in plan.routes if r.stops], dice)
    if route is None:
        return None
    crew = problem.crew_by_code[route.crew]
    return with_crew(problem, crew.code, overtime_at_most=route.back - crew.closes - by(0, dice)), plan


@spoils(Kind.ITEM)
def a_key_in_other_hands(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    place = one(places(problem, plan), dice)
    lost = place and with_visit(problem, stop_at(place).visit, items=frozenset({"lost key"}))
    return place and (replace(lost, items=(*problem.items, Item(code="lost key", held_by="another"))), plan)


@spoils(Kind.ITEM)
def one_key_for_two_crews(problem: Problem, plan: Plan, dice: random.Random) -> Spoilt | None:
    working = [route for route in plan.routes if route.stops]
    pairs = [(a.stops[0].visit, b.stops[0].visit) for a in working for b in working if a is not b]
    alone = [pair for pair in pairs if not set(plan.crews_by_visit[pair[0]]) & set(plan.crews_by_visit[pair[1]])]
    pair = one(alone, dice)
    if pair is None:
        return None
    visits: list[Visit] = [replace(v, items=frozenset({"one key"})) if v.code in pair else v for v in problem.visits]
    return replace(problem, visits=visits, items=(*problem.items, Item(code="one key"))), plan

"""What another solver's answer costs: its order of visits for each crew, written out at that order's cheapest times.

All answers are charged alike, by `verify.score` at the day's own weights, lunch wherever it costs least. What a solver
could not be told is charged afterwards: a visit by a crew that may not come, half a visit of two crews, or one that
makes its route break a rule is taken out; a settled visit it left out is put back. Then what is left undone is squeezed
in by hand wherever that costs least, and what still is undone has its price.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.days.desk import Desk, Orders, is_fixed
from midway.core.routing.arrays import may_come
from midway.core.routing.problem import Plan, Problem, Route
from midway.core.routing.timed import timed_plan
from midway.core.routing.verify import Violation, score, violations


def charged(problem: Problem, orders: Mapping[str, Sequence[str]]) -> Plan:
    """Will write the answer out as an allowed plan."""
    plan = _mended(problem, _with_settled(problem, _allowed(problem, orders)))
    desk = Desk(problem, {route.crew: [stop.visit for stop in route.stops] for route in plan.routes})
    left = [problem.visit_by_code[unserved.visit] for unserved in plan.unserved]
    for visit in sorted(left, key=lambda each: (not each.is_required, each.code)):
        if not is_fixed(visit):
            desk.squeeze_in(visit)
    squeezed = _mended(problem, desk.orders)
    return min(plan, squeezed, key=lambda each: each.cost)


def _mended(problem: Problem, orders: Orders) -> Plan:
    left = orders
    while True:
        left = _whole(problem, left)
        plan = timed_plan(problem, left)
        wrong = [found for found in violations(problem, plan) if found.crew or found.visit in plan.crews_by_visit]
        if not wrong:
            return plan
        crew, visit = _blamed(problem, plan, wrong[0])
        left[crew].remove(visit)


def _allowed(problem: Problem, orders: Mapping[str, Sequence[str]]) -> Orders:
    crews, visits = problem.crew_by_code, problem.visit_by_code
    return {crew: [v for v in order if may_come(problem, visits[v], crews[crew])] for crew, order in orders.items()}


def _with_settled(problem: Problem, orders: Orders) -> Orders:
    """With every settled visit on its crew's route: leaving it out is nobody's choice."""
    for visit in problem.visits:
        for crew in visit.pin.crews if visit.pin else ():
            if visit.code not in orders.setdefault(crew, []):
                stops = timed_plan(problem, {crew: orders[crew]}).route_by_crew[crew].stops
                earlier = sum(stop.start <= visit.pin.start for stop in stops) if visit.pin else 0
                orders[crew].insert(earlier, visit.code)
    return orders


def _whole(problem: Problem, orders: Orders) -> Orders:
    """Without visits that not all of their crews come to."""
    coming: dict[str, set[str]] = {}
    for crew, order in orders.items():
        for visit in order:
            coming.setdefault(visit, set()).add(crew)
    whole = {code for code, who in coming.items() if len(who) == problem.visit_by_code[code].crews_needed}
    return {crew: [visit for visit in order if visit in whole] for crew, order in orders.items()}


def _blamed(problem: Problem, plan: Plan, first: Violation) -> tuple[str, str]:
    """The crew and the visit that goes: an optional one if the route has it, else the last that is not settled."""
    crew = first.crew or plan.crews_by_visit[first.visit][0]
    stops = [stop.visit for stop in plan.route_by_crew[crew].stops]
    for code in reversed(stops):
        if not problem.visit_by_code[code].is_required:
            return crew, code
    if first.visit in stops and problem.visit_by_code[first.visit].pin is None:
        return crew, first.visit
    loose = [code for code in stops if problem.visit_by_code[code].pin is None]
    return crew, (loose or stops)[-1]


def described(problem: Problem, plan: Plan) -> dict[str, Any]:
    """What a plan costs, drives, works too long, and whom it sends instead of somebody known."""
    terms = score(problem, plan)
    undone = [unserved for unserved in plan.unserved if unserved.is_required]
    return {
        "cost": round(sum(terms.values()), 2),
        "drive_minutes": round(sum(route.drive_minutes for route in plan.routes), 1),
        "overtime_minutes": round(sum(_overtime(problem, plan)), 1),
        "not_preferred": sum(_is_stranger(problem, route, stop.visit) for route in plan.routes for stop in route.stops),
        "late_cost": round(terms["late"], 1),
        "breaks_missed_cost": round(terms["breaks"], 1),
        "required_unserved": len(undone),
        "optional_unserved": len(plan.unserved) - len(undone),
        "violations": [found.words for found in violations(problem, plan)],
    }


def _overtime(problem: Problem, plan: Plan) -> Iterator[float]:
    for route in plan.routes:
        if route.stops:
            yield max(0.0, route.back - problem.crew_by_code[route.crew].closes)


def _is_stranger(problem: Problem, route: Route, code: str) -> bool:
    preferred = problem.visit_by_code[code].preferred_crews
    return bool(preferred) and route.crew not in preferred

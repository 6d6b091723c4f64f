"""Why is a visit not served, and what would the cheapest way to serve it be?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from midway.core.routing.arrays import may_come
from midway.core.routing.problem import Crew, Plan, Problem, Visit
from midway.core.routing.timed import timed_plan
from midway.core.routing.verify import violations


@dataclass(frozen=True, kw_only=True)
class WayToServe:
    """What serving a visit after all would cost more than leaving it out, where it would go, and what it breaks."""

    visit: str
    crew: str
    position: int
    added_cost: float
    breaks: tuple[str, ...]


def explained(problem: Problem, plan: Plan) -> Plan:
    """Will give the plan with a reason in words for each visit that is left out."""
    unserved = tuple(replace(u, reason=_reason(problem, problem.visit_by_code[u.visit])) for u in plan.unserved)
    return replace(plan, unserved=unserved)


def _reason(problem: Problem, visit: Visit) -> str:
    able = [crew for crew in problem.crews if may_come(problem, visit, crew)]
    if len(able) < visit.crews_needed:
        return _nobody(problem, visit, len(able))
    in_time = [crew for crew in able if _alone_in_time(problem, visit, crew)]
    if len(in_time) < visit.crews_needed:
        return "Nobody who may come can be there in its window, even with nothing else to do."
    if visit.worth is not None:
        return "Serving it would cost more than it is worth."
    return "Everybody who may come is needed for other visits at that time."


def _nobody(problem: Problem, visit: Visit, able: int) -> str:
    if able:
        return f"It needs {visit.crews_needed} crews, and only {able} may come."
    missing = sorted(visit.skills - frozenset().union(*(crew.skills for crew in problem.crews)))
    if missing:
        return f"Nobody who works today can do: {', '.join(missing)}."
    if visit.required_crews:
        return f"Only {', '.join(sorted(visit.required_crews))} may come, and cannot today."
    return "Nobody who works today has the skills and keys, and is welcome there."


def _alone_in_time(problem: Problem, visit: Visit, crew: Crew) -> bool:
    arrive = crew.opens + problem.drive_minutes(crew, crew.start_place, visit.place)
    start = max(arrive, visit.opens)
    back = start + visit.minutes_for(crew.code) + problem.drive_minutes(crew, visit.place, crew.end_place)
    return start <= visit.closes + problem.late_at_most and back <= crew.latest_end


def cheapest_way(problem: Problem, plan: Plan, code: str) -> WayToServe | None:
    """Will try every position of every crew that may come and give the cheapest: one that breaks no rule if there is
    any. Visits of several crews have none to offer: they need a plan of their own."""
    visit = problem.visit_by_code[code]
    if visit.crews_needed > 1:
        return None
    found = list(_ways(problem, plan, visit))
    return min(found, key=lambda way: (len(way.breaks), way.added_cost), default=None)


def _ways(problem: Problem, plan: Plan, visit: Visit) -> Iterator[WayToServe]:
    orders: Mapping[str, list[str]] = {r.crew: [s.visit for s in r.stops] for r in plan.routes}
    starts = {stop.visit: stop.start for route in plan.routes for stop in route.stops}
    broken = {violation.words for violation in violations(problem, plan)}
    for crew in problem.crews:
        if not may_come(problem, visit, crew):
            continue
        for position in range(len(orders.get(crew.code, [])) + 1):
            order = [*orders.get(crew.code, [])]
            order.insert(position, visit.code)
            after = timed_plan(problem, {**orders, crew.code: order}, starts=starts)
            wrong = tuple(v.words for v in violations(problem, after) if v.words not in broken)
            yield WayToServe(
                visit=visit.code,
                crew=crew.code,
                position=position,
                added_cost=after.cost - plan.cost,
                breaks=wrong,
            )

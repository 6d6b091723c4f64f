"""From orders of visits to a plan with times: the cheapest way through each route, written out."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from midway.core.routing import timing
from midway.core.routing.arrays import NEVER, Day, State
from midway.core.routing.columns import ANNOUNCED, FACTOR, FIRST, GRACE, LEFT_OUT, MINUTES, SIZE, USED
from midway.core.routing.compiled import plain
from midway.core.routing.problem import Crew, Plan, Problem, Route, Stop, TakenBreak, Unserved, Visit
from midway.core.routing.timing import SLACK

Array = Any
end_price, fairness, late = plain(timing.end_price), plain(timing.fairness), plain(timing.late)
moved, rest = plain(timing.moved), plain(timing.rest)
TERMS = ("drive", "overtime", "late", "unfamiliar", "changed", "promise", "breaks", "unserved", "fairness")


class _Way(NamedTuple):
    """A way to be at a point: when, what was paid for times, breaks taken, and what happened before."""

    at: float
    paid: float
    taken: int
    done: tuple[Any, ...]


def plan_of(problem: Problem, day: Day, state: State, tasks: Sequence[Visit], iterations: int) -> Plan:
    """Will write the state out as a plan with its cost by term."""
    terms = dict.fromkeys(TERMS, 0.0)
    routes = []
    for number, crew in enumerate(problem.crews):
        order = [int(node) for node in state.route[number, 1 : state.length[number] + 1]]
        route = route_of(day, state, number, crew, order, tasks)
        routes.append(route)
        _add_terms(problem, day, number, route, order, tasks, terms)
    unserved = []
    for task, visit in enumerate(tasks):
        if day.group[task, FIRST] == task and state.where[task] < 0:
            terms["unserved"] += float(day.task[task, LEFT_OUT])
            unserved.append(Unserved(visit=visit.code, is_required=visit.is_required))
    cost = sum(terms.values())
    return Plan(routes=tuple(routes), unserved=tuple(unserved), cost=cost, terms=terms, iterations=iterations)


def route_of(day: Day, state: State, number: int, crew: Crew, order: Sequence[int], tasks: Sequence[Visit]) -> Route:
    """Will find the cheapest times for one crew's visits in this order."""
    if not order:
        return Route(crew=crew.code)
    nodes = [state.route[number, 0], *order, state.route[number, len(order) + 1]]
    drives = [float(day.drive[a, b] * day.crew[number, FACTOR]) for a, b in pairwise(nodes)]
    ways = [_Way(crew.opens, 0.0, 0, ())]
    for task, drive in zip(order, drives, strict=False):
        ways = _best([after for way in ways for after in _after(day, state, number, way, task, drive)])
    ends = [end for way in ways for end in _legs(day, number, way, drives[-1])]
    way = min(ends, key=lambda w: (w.paid + end_price(day, number, w.at, w.taken), w.at))
    return _written(crew, drives, way, order, tasks)


def _legs(day: Day, crew: int, way: _Way, drive: float) -> Iterator[_Way]:
    """The drive without and with a break."""
    yield way._replace(at=way.at + drive)
    if way.taken < day.break_count[crew]:
        rule = day.breaks[crew, way.taken]
        ready = float(rest(way.at, drive, rule))
        if ready < NEVER:
            is_after = way.at + drive <= rule[1]
            begins = float(max(way.at + (drive if is_after else 0), rule[0]))
            pause = ("break", way.taken, begins, begins + float(rule[2]), is_after)
            yield _Way(ready, way.paid, way.taken + 1, (*way.done, pause))


def _after(day: Day, state: State, crew: int, way: _Way, task: int, drive: float) -> Iterator[_Way]:
    for leg in _legs(day, crew, way, drive):
        soonest = max(leg.at, float(state.window[task, 0]))
        promised = float(day.task[task, ANNOUNCED]) if day.group[task, SIZE] == 1 else NEVER
        starts = {soonest} if promised >= NEVER else {soonest, max(soonest, promised - float(day.prices[GRACE]))}
        for start in starts:
            paid = leg.paid + late(day, state, task, start)
            if promised < NEVER:
                paid += moved(day, start - promised)
            end = start + float(day.pair[task, crew, MINUTES])
            yield _Way(end, paid, leg.taken, (*leg.done, ("stop", task, start, end)))


def _best(ways: Sequence[_Way]) -> list[_Way]:
    """Without those that another, with as many breaks taken, beats or equals in time and cost."""
    kept: list[_Way] = []
    for way in sorted(ways, key=lambda w: (w.taken, w.at, w.paid)):
        if not any(other.taken == way.taken and other.paid <= way.paid for other in kept):
            kept.append(way)
    return kept


def _written(crew: Crew, drives: Sequence[float], way: _Way, order: Sequence[int], tasks: Sequence[Visit]) -> Route:
    stops: list[Stop] = []
    breaks = []
    ready, leave = crew.opens, None
    for event in way.done:
        if event[0] == "break":
            breaks.append(TakenBreak(number=event[1], start=event[2], end=event[3]))
            if not event[4]:
                ready = event[3]
            continue
        drive = drives[len(stops)]
        if leave is None:
            # Nobody leaves earlier than needed, unless a break comes first.
            leave = ready if breaks else max(ready, event[2] - drive)
            ready = leave
        stops.append(Stop(visit=tasks[event[1]].code, arrive=ready + drive, start=event[2], end=event[3]))
        ready = event[3]
    back = way.at
    assert leave is not None
    return Route(
        crew=crew.code,
        stops=tuple(stops),
        breaks=tuple(breaks),
        leave=leave,
        back=back,
        drive_minutes=sum(drives),
    )


def _add_terms(
    problem: Problem, day: Day, number: int, route: Route, order: Sequence[int], tasks: Sequence[Visit],
    terms: dict[str, float],
) -> None:  # fmt: skip
    crew, weights = problem.crews[number], problem.weights
    worked = sum(stop.end - stop.start for stop in route.stops)
    terms["fairness"] += float(fairness(day, number, worked, route.drive_minutes))
    if not order:
        return
    terms["fairness"] += float(day.crew[number, USED])
    terms["drive"] += weights.drive_minute * route.drive_minutes
    over = max(0.0, route.back - crew.closes)
    usual = min(over, weights.long_overtime_after)
    terms["overtime"] += weights.overtime_minute * usual + weights.long_overtime_minute * (over - usual)
    missed = crew.due_breaks[len(route.breaks) :]
    terms["breaks"] += weights.missed_break * sum(route.back > rule.closes + SLACK for rule in missed)
    for task, stop in zip(order, route.stops, strict=True):
        visit = tasks[task]
        terms["unfamiliar"] += weights.unfamiliar_crew * _is_other(visit.preferred_crews, crew)
        terms["changed"] += weights.crew_changed * _is_other(visit.planned_crews, crew)
        if visit.pin is None:
            terms["late"] += weights.late_minute * max(0.0, stop.start - visit.closes)
        if day.task[task, ANNOUNCED] < NEVER and day.group[task, FIRST] == task:
            terms["promise"] += float(moved(day, stop.start - day.task[task, ANNOUNCED]))


def _is_other(wanted: frozenset[str], crew: Crew) -> bool:
    return bool(wanted) and crew.code not in wanted

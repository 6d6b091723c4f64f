"""The day as arrays for the solver, and the state it works on.

A visit for several crews is as many tasks with one start, one after the other. Nodes are the tasks, then where each
crew starts, then where each ends. The first task of a visit bears what counts once for all its crews.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from midway.core.routing.problem import Break, Crew, Problem, Visit

Array = Any
NEVER = 1e15
WRONG = 1e6
"""The price of breaking a rule: more than leaving out any visit, so it happens only where pins leave no choice."""
LABELS = 6
"""How many ways to be at one point of a route are followed at once."""
LONGEST = 64


class Day(NamedTuple):
    """What does not change during a search. t: tasks, c: crews, n: nodes, k: breaks."""

    drive: Array  # [n, n] minutes at factor 1
    factor: Array  # [c]
    minutes: Array  # [t, c] work
    allowed: Array  # [t, c] 0 or 1
    extra: Array  # [t, c] what it costs that this crew comes
    left_out: Array  # [t] what it costs that nobody comes, on the first task of a visit
    opens: Array  # [c]
    closes: Array  # [c]
    latest: Array  # [c]
    breaks: Array  # [c, k, 4]: opens, closes, minutes, price
    break_count: Array  # [c]
    used: Array  # [c] what it costs that the crew works at all
    work_ahead: Array  # [c] hours
    drive_ahead: Array  # [c] hours
    first: Array  # [t] first task of the same visit
    size: Array  # [t] crews the visit needs
    pinned: Array  # [t] 0 or 1
    announced: Array  # [t], NEVER where nothing was
    window: Array  # [t, 2] arrival window
    late_price: Array  # [t]
    choice: Array  # [t] how many crews may come
    item: Array  # [t, i] item numbers, -1 for none
    near: Array  # [t, t] tasks from near to far
    prices: Array  # see PRICES


PRICES = ("drive", "overtime", "long_overtime", "long_after", "moved", "moved_minute", "grace", "fair_work",
          "fair_drive", "late_at_most", "per_minute", "fixed")  # fmt: skip


class State(NamedTuple):
    """A plan being worked on, with what makes insertion quick to judge. p: position on a route."""

    route: Array  # [c, p] nodes, from the start node to the end node
    length: Array  # [c] tasks on the route
    where: Array  # [t] crew, or -1
    cost: Array  # [c]
    soft: Array  # [c] the part of the cost that comes from times
    driven: Array  # [c] minutes
    worked: Array  # [c] minutes
    soonest: Array  # [c, p, k] when the crew can be done there, with k breaks taken and nothing paid for
    latest: Array  # [c, p, k] when it must be there at the latest, for the rest of the day to cost nothing
    window: Array  # [t, 4]: not before, free of cost from, free of cost until, never after
    group_cost: Array  # [t] what the chosen start of several crews costs, on the first task
    holder: Array  # [i] crew that carries the item, -1 for none
    held: Array  # [i] for how many tasks
    stamp: Array  # [c] changes whenever the route does
    stamps: Array  # [1] the last stamp given
    known_stamp: Array  # [t, c] the stamp for which the next two hold
    known_cost: Array  # [t, c] what the best position costs, or at least would
    known_place: Array  # [t, c] that position, 0 when only the least cost is known


def day_of(problem: Problem) -> tuple[Day, list[Visit]]:
    """Will lay the problem out as arrays; also gives the visit of each task."""
    tasks = [visit for visit in problem.visits for _ in range(visit.crews_needed)]
    first = np.array([i for i, v in _firsts(problem) for _ in range(v.crews_needed)], dtype=np.int64)
    crews, weights = problem.crews, problem.weights
    drive = _drive(problem, tasks)
    leads = first == np.arange(len(tasks))
    ends = max([len(c.due_breaks) for c in crews], default=0)
    items = {item: n for n, item in enumerate(sorted({i for v in tasks for i in v.items}))}
    left_out = [weights.unserved * v.priority if v.worth is None else v.worth for v in tasks]
    rates = (weights.overtime_minute, weights.late_minute, weights.promise_minute, 1e6)
    day = Day(
        drive=drive,
        factor=np.array([c.drive_factor for c in crews], dtype=np.float64),
        minutes=_table(tasks, crews, lambda v, c: v.minutes_for(c.code)),
        allowed=_table(tasks, crews, lambda v, c: may_come(problem, v, c)).astype(np.int8),
        extra=_table(tasks, crews, lambda v, c: _extra(problem, v, c)),
        left_out=np.where(leads, left_out, 0.0),
        opens=np.array([c.opens for c in crews], dtype=np.float64),
        closes=np.array([c.closes for c in crews], dtype=np.float64),
        latest=np.array([c.latest_end for c in crews], dtype=np.float64),
        breaks=_breaks(crews, ends, weights.missed_break),
        break_count=np.array([len(c.due_breaks) for c in crews], dtype=np.int64),
        used=np.array([_used(problem, c) for c in crews], dtype=np.float64),
        work_ahead=np.array([(c.balance.work_minutes - problem.work_share[c.code]) / 60 for c in crews]),
        drive_ahead=np.array([c.balance.drive_minutes / 60 for c in crews], dtype=np.float64),
        first=first,
        size=np.array([v.crews_needed for v in tasks], dtype=np.int64),
        pinned=np.array([v.pin is not None for v in tasks], dtype=np.int8),
        announced=np.array([_announced(v) for v in tasks], dtype=np.float64),
        window=np.array([(v.opens, v.closes) for v in tasks], dtype=np.float64).reshape(-1, 2),
        late_price=np.full(len(tasks), float(weights.late_minute)),
        choice=_table(tasks, crews, lambda v, c: may_come(problem, v, c)).sum(axis=1),
        item=_items(tasks, leads, items),
        near=np.argsort(drive[: len(tasks), : len(tasks)] + drive[: len(tasks), : len(tasks)].T, axis=1, kind="stable"),
        prices=np.array([
            weights.drive_minute, weights.overtime_minute, weights.long_overtime_minute, weights.long_overtime_after,
            weights.promise_moved, weights.promise_minute, weights.promise_grace, weights.fair_work,
            weights.fair_drive, problem.late_at_most, min(rates), weights.missed_break,
        ], dtype=np.float64),
    )  # fmt: skip
    return day, tasks


def may_come(problem: Problem, visit: Visit, crew: Crew) -> bool:
    """Whether a crew may do a visit, times aside."""
    if visit.pin is not None:
        return crew.code in visit.pin.crews
    if crew.code in visit.forbidden_crews or (visit.required_crews and crew.code not in visit.required_crews):
        return False
    return not visit.skills - crew.skills and all(_can_hold(problem, i, crew) for i in visit.items)


def _can_hold(problem: Problem, code: str, crew: Crew) -> bool:
    item = problem.item_by_code.get(code)
    if item is None or (item.held_by is None and item.kept_at is None):
        return True
    return item.held_by == crew.code if item.held_by else item.kept_at == crew.start_place


def _firsts(problem: Problem) -> Sequence[tuple[int, Visit]]:
    found, at = [], 0
    for visit in problem.visits:
        found.append((at, visit))
        at += visit.crews_needed
    return found


def _drive(problem: Problem, tasks: Sequence[Visit]) -> Array:
    places = [v.place for v in tasks] + [c.start_place for c in problem.crews] + [c.end_place for c in problem.crews]
    matrix = np.asarray(problem.travel_minutes, dtype=np.float64)
    return np.ascontiguousarray(matrix[np.ix_(places, places)])


def _table(tasks: Sequence[Visit], crews: Sequence[Crew], cell: Any) -> Array:
    return np.array([[float(cell(v, c)) for c in crews] for v in tasks], dtype=np.float64).reshape(len(tasks), len(crews))


def _extra(problem: Problem, visit: Visit, crew: Crew) -> float:
    weights = problem.weights
    unfamiliar = bool(visit.preferred_crews) and crew.code not in visit.preferred_crews
    changed = bool(visit.planned_crews) and crew.code not in visit.planned_crews
    return weights.unfamiliar_crew * unfamiliar + weights.crew_changed * changed


def _used(problem: Problem, crew: Crew) -> float:
    return problem.weights.fair_weekend * max(0.0, crew.balance.weekend_days) if problem.is_weekend else 0.0


def _announced(visit: Visit) -> float:
    return NEVER if visit.announced is None or visit.pin is not None else visit.announced


def _breaks(crews: Sequence[Crew], most: int, missed: float) -> Array:
    table = np.zeros((len(crews), max(most, 1), 4))
    for row, crew in enumerate(crews):
        for column, rule in enumerate(crew.due_breaks):
            table[row, column] = _break_row(rule, missed)
    return table


def _break_row(rule: Break, missed: float) -> tuple[float, float, float, float]:
    return rule.opens, rule.closes, rule.minutes, WRONG if rule.is_law else missed


def _items(tasks: Sequence[Visit], leads: Array, numbers: dict[str, int]) -> Array:
    width = max([len(v.items) for v in tasks], default=0)
    table = np.full((len(tasks), max(width, 1)), -1, dtype=np.int64)
    for row, visit in enumerate(tasks):
        if leads[row]:
            for column, item in enumerate(sorted(visit.items)):
                table[row, column] = numbers[item]
    return table


def empty_state(day: Day) -> State:
    """A plan in which nobody goes anywhere."""
    tasks, crews = day.minutes.shape
    positions, ways = min(tasks, LONGEST) + 2, int(day.break_count.max(initial=0)) + 1
    route = np.zeros((crews, positions), dtype=np.int64)
    route[:, 0] = tasks + np.arange(crews)
    route[:, 1] = tasks + crews + np.arange(crews)
    window = np.empty((tasks, 4))
    opens, closes, announced, grace = day.window[:, 0], day.window[:, 1], day.announced, day.prices[6]
    known = announced < NEVER
    window[:, 0] = opens
    window[:, 1] = np.where(known, np.maximum(opens, announced - grace), opens)
    window[:, 2] = np.where(known, np.minimum(closes, announced + grace), closes)
    window[:, 3] = closes + day.prices[9]
    return State(
        route=route,
        length=np.zeros(crews, dtype=np.int64),
        where=np.full(tasks, -1, dtype=np.int64),
        cost=np.zeros(crews),
        soft=np.zeros(crews),
        driven=np.zeros(crews),
        worked=np.zeros(crews),
        soonest=np.full((crews, positions, ways), NEVER),
        latest=np.full((crews, positions, ways), -NEVER),
        window=window,
        group_cost=np.zeros(tasks),
        holder=np.full(int(day.item.max(initial=-1)) + 1 or 1, -1, dtype=np.int64),
        held=np.zeros(int(day.item.max(initial=-1)) + 1 or 1, dtype=np.int64),
        stamp=np.zeros(crews, dtype=np.int64),
        stamps=np.zeros(1, dtype=np.int64),
        known_stamp=np.full((tasks, crews), -1, dtype=np.int64),
        known_cost=np.zeros((tasks, crews)),
        known_place=np.zeros((tasks, crews), dtype=np.int64),
    )

"""The day as arrays for the solver, and the state it works on.

A visit for several crews is as many tasks with one start, one after the other. Nodes are the tasks, then where each
crew starts, then where each ends. The first task of a visit bears what counts once for all its crews.
"""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np

from midway.core.routing.columns import ANNOUNCED, GRACE, HOLDER, KNOWN_FOR, LATE_AT_MOST, WINDOW, WINDOW_END
from midway.core.routing.problem import Break, Crew, Problem, Visit

Array = Any
NEVER = 1e15
WRONG = 1e6
"""The price of breaking a rule: more than leaving out any visit, so it happens only where pins leave no choice."""
LABELS = 6
"""How many ways to be at one point of a route are followed at once."""
LONGEST = 64
FAMILIAR = 8
"""How many crews are asked about a visit because they cost less, however far away."""


class Day(NamedTuple):
    """What does not change during a search. t: tasks, c: crews, n: nodes, k: breaks; columns: see `columns`."""

    drive: Array  # [n, n] minutes at factor 1, from each to each
    toward: Array  # [n, n] the same, to each from each: what is asked for together lies together
    crew: Array  # [c, …]
    task: Array  # [t, …]
    group: Array  # [t, 2]
    pair: Array  # [t, c, …]
    breaks: Array  # [c, k, 4]: opens, closes, minutes, price
    break_count: Array  # [c]
    item: Array  # [t, i] item numbers, -1 for none
    near: Array  # [t, t] tasks from near to far
    familiar: Array  # [t, f] crews that cost less than others, -1 for none
    prices: Array


class State(NamedTuple):
    """A plan being worked on, with what makes insertion quick to judge. p: position on a route."""

    route: Array  # [c, p] nodes, from the start node to the end node
    leg: Array  # [c, p] minutes from the node before, at factor 1
    length: Array  # [c] tasks on the route
    where: Array  # [t] crew, or -1
    sums: Array  # [c, …]
    soonest: Array  # [c, p, k] when the crew can be done there, with k breaks taken and nothing paid for
    latest: Array  # [c, p, k] when it must be there at the latest, for the rest of the day to cost nothing
    window: Array  # [t, 6]: not before, free of cost from, free of cost until, never after; GROUP_COST, KNOWN_FOR
    items: Array  # [i, 2] the crew that carries it, or -1, and for how many tasks
    stamp: Array  # [c + 1] changes whenever the route does; the last is the last one given
    known: Array  # [t, c, 5] what was found out about a task on a route
    nearby: Array  # [c + 1] the last question for which a crew came near; the last is the number of questions
    asked: Array  # [c] crews that are still to be asked


def day_of(problem: Problem) -> tuple[Day, list[Visit]]:
    """Will lay the problem out as arrays; also gives the visit of each task."""
    tasks = [visit for visit in problem.visits for _ in range(visit.crews_needed)]
    first = np.array([i for i, v in _firsts(problem) for _ in range(v.crews_needed)], dtype=np.int64)
    crews, weights = problem.crews, problem.weights
    drive = _drive(problem, tasks)
    leads = first == np.arange(len(tasks))
    most_breaks = max([len(c.due_breaks) for c in crews], default=0)
    items = {item: n for n, item in enumerate(sorted({i for v in tasks for i in v.items}))}
    allowed = _table(tasks, crews, lambda v, c: may_come(problem, v, c))
    extra = _extra(problem, tasks)
    count = len(tasks)
    day = Day(
        drive=drive,
        toward=np.ascontiguousarray(drive.T),
        crew=np.array([_crew_row(problem, c) for c in crews], dtype=np.float64).reshape(len(crews), 7),
        task=_task_table(problem, tasks, leads, allowed),
        group=np.stack([first, np.array([v.crews_needed for v in tasks], dtype=np.int64)], axis=1),
        pair=np.stack([_table(tasks, crews, lambda v, c: v.minutes_for(c.code)), allowed, extra], axis=2),
        breaks=_breaks(crews, most_breaks, weights.missed_break),
        break_count=np.array([len(c.due_breaks) for c in crews], dtype=np.int64),
        item=_items(tasks, leads, items),
        near=np.argsort(drive[:count, :count] + drive[:count, :count].T, axis=1, kind="stable"),
        familiar=_familiar(extra, allowed > 0),
        prices=_prices(problem),
    )  # fmt: skip
    return day, tasks


def _crew_row(problem: Problem, crew: Crew) -> tuple[float, ...]:
    ahead = (crew.balance.work_minutes - problem.work_share[crew.code]) / 60
    used = problem.weights.fair_weekend * max(0.0, crew.balance.weekend_days) if problem.is_weekend else 0.0
    times = (crew.drive_factor, crew.opens, crew.closes, crew.latest_end)
    return (*times, used, ahead, crew.balance.drive_minutes / 60)


def _task_table(problem: Problem, tasks: Sequence[Visit], leads: Array, allowed: Array) -> Array:
    table = np.zeros((len(tasks), 7))
    for row, visit in enumerate(tasks):
        price = problem.weights.unserved * visit.priority if visit.worth is None else visit.worth
        announced = NEVER if visit.announced is None or visit.pin is not None else visit.announced
        choice = float(allowed[row].sum())
        late = problem.weights.late_minute
        table[row] = (price * leads[row], announced, visit.opens, visit.closes, late, choice, visit.pin is not None)
    return table


def _prices(problem: Problem) -> Array:
    """In the order of `columns`; the last two bound from below what a minute too late costs, or all of them at once."""
    weights = problem.weights
    rates = [weights.overtime_minute, weights.late_minute]
    if any(visit.announced is not None for visit in problem.visits):
        rates.append(weights.promise_minute)
    return np.array([
        weights.drive_minute, weights.overtime_minute, weights.long_overtime_minute, weights.long_overtime_after,
        weights.promise_moved, weights.promise_minute, weights.promise_grace, weights.fair_work, weights.fair_drive,
        problem.late_at_most, min(rates), weights.missed_break,
    ], dtype=np.float64)  # fmt: skip


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
    rows = [[float(cell(v, c)) for c in crews] for v in tasks]
    return np.array(rows, dtype=np.float64).reshape(len(tasks), len(crews))


def _extra(problem: Problem, tasks: Sequence[Visit]) -> Array:
    unfamiliar = _strangers(problem, [visit.preferred_crews for visit in tasks])
    changed = _strangers(problem, [visit.planned_crews for visit in tasks])
    return problem.weights.unfamiliar_crew * unfamiliar + problem.weights.crew_changed * changed


def _strangers(problem: Problem, wanted: Sequence[Collection[str]]) -> Array:
    """1 for each crew that is not of the wanted, where any are."""
    numbers = {crew.code: number for number, crew in enumerate(problem.crews)}
    table = np.zeros((len(wanted), len(numbers)))
    for row, codes in enumerate(wanted):
        if codes:
            table[row] = 1.0
            table[row, [numbers[code] for code in codes if code in numbers]] = 0.0
    return table


def _familiar(extra: Array, allowed: Array) -> Array:
    """The first few of those that may come and cost less than the dearest."""
    is_familiar = (extra < extra.max(axis=1, initial=0.0, keepdims=True)) & allowed
    first = np.argsort(~is_familiar, axis=1, kind="stable")[:, :FAMILIAR]
    return np.where(np.take_along_axis(is_familiar, first, axis=1), first, -1)


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
    tasks, crews = day.pair.shape[:2]
    positions, ways = min(tasks, LONGEST) + 2, int(day.break_count.max(initial=0)) + 1
    route = np.zeros((crews, positions), dtype=np.int64)
    route[:, 0] = tasks + np.arange(crews)
    route[:, 1] = tasks + crews + np.arange(crews)
    window = np.zeros((tasks, 6))
    opens, closes = day.task[:, WINDOW], day.task[:, WINDOW_END]
    announced, grace = day.task[:, ANNOUNCED], day.prices[GRACE]
    known = announced < NEVER
    window[:, 0] = opens
    window[:, 1] = np.where(known, np.maximum(opens, announced - grace), opens)
    window[:, 2] = np.where(known, np.minimum(closes, announced + grace), closes)
    window[:, 3] = closes + day.prices[LATE_AT_MOST]
    window[:, KNOWN_FOR] = -1
    items = np.zeros((int(day.item.max(initial=-1)) + 1, 2), dtype=np.int64)
    items[:, HOLDER] = -1
    return State(
        route=route,
        leg=np.zeros(route.shape),
        length=np.zeros(crews, dtype=np.int64),
        where=np.full(tasks, -1, dtype=np.int64),
        sums=np.zeros((crews, 4)),
        soonest=np.full((crews, positions, ways), NEVER),
        latest=np.full((crews, positions, ways), -NEVER),
        window=window,
        items=items,
        stamp=np.zeros(crews + 1, dtype=np.int64),
        known=np.full((tasks, crews, 5), -1.0),
        nearby=np.zeros(crews + 1, dtype=np.int64),
        asked=np.zeros(crews, dtype=np.int64),
    )

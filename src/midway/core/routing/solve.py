"""The plan of a day: `solve` gives a good one at once and a better one the longer it may think.

The same problem, start, seed and number of iterations give the same plan. A deadline says which share of the budget
is used, so that no clock is read here: `iterations(n)` counts; callers make others from the clock they trust.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from midway.core.routing.anneal import anneal
from midway.core.routing.arrays import Day, day_of, empty_state
from midway.core.routing.chance import dice
from midway.core.routing.columns import ALLOWED, COST, FIRST, GROUP_COST, LEFT_OUT, SIZE
from midway.core.routing.problem import Plan, Problem, Visit
from midway.core.routing.timetable import plan_of
from midway.core.routing.timing import scratch_for
from midway.core.routing.undo import copy_of

Array = Any
Deadline = Callable[[int], float]
"""Given the iterations done, the share of the budget used: 1 or more means stop."""

HOT, COLD = 30.0, 0.5
"""The first and last temperature, in minutes of driving."""
REMOVED = 10
"""How many visits a step takes out, on average."""
HURRIED = (25.0, 8)
"""The first temperature and how many visits, where there is no time to recover from large changes."""
FEW, MANY = 20, 200
"""Steps for each visit within the budget: so few are a hurry, and so many are none."""


@dataclass(frozen=True)
class Progress:
    """How far a search is: `share` of the budget, and the cost of the best plan so far."""

    share: float
    iterations: int
    cost: float
    unserved: int


def iterations(most: int) -> Deadline:
    """A budget of so many iterations: reproducible everywhere."""
    return lambda done: done / most if most > 0 else 1.0


def pace(steps_for_each_visit: float) -> tuple[float, int]:
    """How hot a search begins and how much a step takes out, by the steps that the budget is worth."""
    share = math.log(max(steps_for_each_visit, FEW) / FEW) / math.log(MANY / FEW)
    calm = min(1.0, share)
    return HURRIED[0] + (HOT - HURRIED[0]) * calm, round(HURRIED[1] + (REMOVED - HURRIED[1]) * calm)


def solve(
    problem: Problem,
    *,
    seed: int,
    deadline: Deadline,
    start: Plan | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Plan:
    """Will plan the day, from `start` if it is given; at least as cheap as `start` where that one is allowed.

    `on_progress` is called now and then. What is pinned stays where it is, even where that breaks another rule:
    `verify.violations` says so then.
    """
    day, tasks = day_of(problem)
    search = _Search(day, tasks, seed)
    search.load(problem, start)
    done = search.run(deadline, on_progress)
    return plan_of(problem, day, search.best, tasks, done)


class _Search:
    def __init__(self, day: Day, tasks: list[Visit], seed: int) -> None:
        self.day, self.tasks = day, tasks
        self.state = empty_state(day)
        self.scratch = scratch_for(day)
        self.chance = dice(seed)
        self.absent = np.zeros(len(tasks) + 1, dtype=np.int64)
        self.before, self.keys = self.absent.copy(), np.zeros(len(tasks) + 1)
        self.touched = np.zeros(len(self.state.length), dtype=np.int64)
        self.count = 0

    def load(self, problem: Problem, start: Plan | None) -> None:
        """Will put in what is pinned, then what `start` has, then the rest where it is cheapest."""
        wanted = _wanted(problem, self.day, self.tasks, start)
        day, state = self.day, self.state
        for lead, moment in wanted.starts.items():
            for task in range(lead, lead + int(day.group[lead, SIZE])):
                state.window[task, :4] = moment
        lengths = np.array([len(order) for order in wanted.orders], dtype=np.int64)
        orders = np.zeros((len(lengths), int(lengths.max(initial=0)) + 1), dtype=np.int64)
        for crew, order in enumerate(wanted.orders):
            orders[crew, : len(order)] = order
        leads = np.flatnonzero(day.group[:, FIRST] == np.arange(len(self.tasks)))
        self.absent[: len(leads)] = leads
        self.saved, self.best, self.orders, self.lengths = copy_of(state), copy_of(state), orders, lengths
        self.count = len(leads)
        self._steps(0, 1.0, 1.0)

    def _steps(self, steps: int, hot: float, cold: float, removed: int = REMOVED) -> None:
        self.count = anneal(
            self.day, self.state, self.best, self.saved, self.scratch, self.chance, self.absent, self.count,
            self.before, self.touched, self.keys, self.orders, self.lengths, steps, removed, hot, cold,
        )  # fmt: skip

    def run(self, deadline: Deadline, on_progress: Callable[[Progress], None] | None) -> int:
        """Will search until the deadline; the steps between two looks at it are about a hundredth of the budget."""
        done, steps, used = 0, 8, deadline(0)
        first, removed = HURRIED
        while used < 1 and self.day.pair.size:
            if done:
                first, removed = pace(done / max(used, 1e-9) / len(self.tasks))
            hot = first * (COLD / first) ** used
            cold = first * (COLD / first) ** min(1.0, used + 0.01)
            self._steps(steps, hot, cold, removed)
            done += steps
            used = deadline(done)
            steps = max(1, min(steps * 4, int(done / max(used, 1e-9) * 0.01)))
            if on_progress is not None:
                on_progress(self._progress(min(used, 1.0), done))
        return done

    def _progress(self, used: float, done: int) -> Progress:
        is_out = (self.best.where < 0) & (self.day.group[:, FIRST] == np.arange(len(self.tasks)))
        prices: Array = np.where(is_out, self.day.task[:, LEFT_OUT], self.best.window[:, GROUP_COST])
        return Progress(used, done, float(self.best.sums[:, COST].sum() + prices.sum()), int(is_out.sum()))


@dataclass(frozen=True)
class _Wanted:
    """What a search starts from: each crew's tasks in order, and the common starts of visits of several crews."""

    orders: list[list[int]]
    starts: dict[int, float]


def _wanted(problem: Problem, day: Day, tasks: list[Visit], start: Plan | None) -> _Wanted:
    crews = {crew.code: number for number, crew in enumerate(problem.crews)}
    found: list[list[tuple[float, int]]] = [[] for _ in crews]
    starts: dict[int, float] = {}
    for task, visit in enumerate(tasks):
        lead = int(day.group[task, FIRST])
        if visit.pin is not None:
            found[crews[visit.pin.crews[task - lead]]].append((visit.pin.start, task))
            starts[lead] = visit.pin.start
        elif start is not None:
            _from_start(start, crews, visit, (task, lead), found, starts, day)
    return _Wanted([[task for _, task in sorted(order)] for order in found], starts)


def _from_start(
    start: Plan, crews: dict[str, int], visit: Visit, place: tuple[int, int], found: list[list[tuple[float, int]]],
    starts: dict[int, float], day: Day,
) -> None:  # fmt: skip
    task, lead = place
    who = start.crews_by_visit.get(visit.code, ())
    if len(who) != visit.crews_needed or any(crew not in crews for crew in who):
        return
    numbers = [crews[crew] for crew in who]
    if any(not day.pair[lead + n, number, ALLOWED] for n, number in enumerate(numbers)):
        return
    moment = next(s.start for s in start.route_by_crew[who[0]].stops if s.visit == visit.code)
    found[numbers[task - lead]].append((moment, task))
    if visit.crews_needed > 1:
        starts[lead] = moment

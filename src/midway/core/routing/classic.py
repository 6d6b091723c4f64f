"""The textbook problem (vehicles of one size, one depot, hard windows), by which solvers are compared.

The same search as for a cleaning day, with whole numbers and a cost that is the distance alone. Times and distances
are one unit: tenths, in the files of Solomon and of Gehring and Homberger.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from midway.core.routing.chance import dice
from midway.core.routing.classic_search import Customers, Tours, anneal_tours, copy_tours, rebuild

Array = Any
Deadline = Callable[[int], float]


@dataclass(frozen=True, kw_only=True)
class Instance:
    """Place 0 is the depot; `windows` bound the start of service, the depot's is the whole day."""

    name: str
    vehicles: int
    capacity: int
    distance: Sequence[Sequence[int]]
    demand: Sequence[int]
    windows: Sequence[tuple[int, int]]
    service: Sequence[int]


@dataclass(frozen=True)
class Tuning:
    """How the search cools, as multiples of the mean arc of a plan, and how much a step takes out."""

    hot: float
    cold: float
    removed: int
    longest: int


def tuning_for(customers: int, routes: int) -> Tuning:
    """Longer routes need more heat and longer strings: a string must be able to cut one in half."""
    length = customers / max(1, routes)
    is_long = min(1.0, max(0.0, (length - 12) / 15))
    return Tuning(hot=0.3 + 0.7 * is_long, cold=0.02, removed=round(10 + 5 * is_long), longest=round(10 + 10 * is_long))


@dataclass(frozen=True)
class Tour:
    """An answer: the customers of each vehicle in order, all in all `distance`; `left_out` could not be served."""

    routes: tuple[tuple[int, ...], ...]
    distance: int
    left_out: tuple[int, ...]
    iterations: int


def solve_classic(instance: Instance, *, seed: int, deadline: Deadline, tuning: Tuning | None = None) -> Tour:
    """Will find short routes; the longer the deadline lets it, the shorter."""
    customers = _customers(instance)
    search = _Search(customers, min(instance.vehicles, len(instance.demand) - 1), seed, tuning)
    done = search.run(deadline)
    return search.answer(done)


class _Search:
    def __init__(self, customers: Customers, vehicles: int, seed: int, tuning: Tuning | None) -> None:
        self.customers = customers
        self.now = _no_tours(customers, vehicles)
        self.saved, self.best = _no_tours(customers, vehicles), _no_tours(customers, vehicles)
        self.chance = dice(seed)
        rebuild(customers, self.now, self.saved, self.chance)
        copy_tours(self.now, self.best)
        routes = int((self.now.length > 0).sum())
        self.tuning = tuning or tuning_for(len(customers.demand) - 1, routes)
        self.arc = float(self.now.totals[0]) / max(1, len(customers.demand) - 1 + routes)

    def run(self, deadline: Deadline) -> int:
        """Will cool from hot to cold as the budget is used; a fresh look at the deadline every hundredth of it."""
        done, steps, used = 0, 200, deadline(0)
        while used < 1:
            hot, cold = self._temperature(used), self._temperature(min(1.0, used + 0.01))
            anneal_tours(
                self.customers, self.now, self.best, self.saved, self.chance,
                steps, self.tuning.removed, self.tuning.longest, hot, cold,
            )  # fmt: skip
            done += steps
            used = deadline(done)
            steps = max(50, min(steps * 4, int(done / max(used, 1e-9) * 0.01)))
        return done

    def _temperature(self, used: float) -> float:
        return self.arc * self.tuning.hot * (self.tuning.cold / self.tuning.hot) ** used

    def answer(self, done: int) -> Tour:
        """Will write the best tours out."""
        best = self.best
        rows = [tuple(int(c) for c in best.node[r, 1 : best.length[r] + 1]) for r in range(len(best.length))]
        out = tuple(int(c) for c in best.absent[: best.totals[1]])
        return Tour(tuple(row for row in rows if row), int(best.totals[0]), out, done)


def _customers(instance: Instance) -> Customers:
    distance = np.array(instance.distance, dtype=np.int32)
    return Customers(
        distance=distance,
        near=np.argsort(distance[:, 1:] + distance[1:, :].T, axis=1, kind="stable").astype(np.uint32)[1:]
        + np.uint32(1),
        opens=np.array([w[0] for w in instance.windows], dtype=np.int64),
        closes=np.array([w[1] for w in instance.windows], dtype=np.int64),
        service=np.array(instance.service, dtype=np.int64),
        demand=np.array(instance.demand, dtype=np.int64),
        capacity=np.array([instance.capacity], dtype=np.int64),
    )


def _no_tours(customers: Customers, vehicles: int) -> Tours:
    places = len(customers.demand)
    absent = np.zeros(places, dtype=np.int64)
    absent[: places - 1] = np.arange(1, places)
    depot_latest = np.zeros((vehicles, places + 2), dtype=np.int32)
    depot_latest[:, 1] = customers.closes[0]
    return Tours(
        node=np.zeros((vehicles, places + 2), dtype=np.uint32),
        arc=np.zeros((vehicles, places + 2), dtype=np.int32),
        soonest=np.zeros((vehicles, places + 2), dtype=np.int32),
        latest=depot_latest,
        length=np.zeros(vehicles, dtype=np.int64),
        load=np.zeros(vehicles, dtype=np.int64),
        stamp=np.zeros(vehicles, dtype=np.int64),
        route=np.full(places, -1, dtype=np.int64),
        absent=absent,
        totals=np.array([0, places - 1, 0, 0], dtype=np.int64),
        touched=np.zeros(vehicles + 1, dtype=np.int64),
        mark=np.zeros(vehicles, dtype=np.int64),
        keys=np.zeros(places, dtype=np.float64),
        known_stamp=np.full((places, vehicles), -1, dtype=np.int64),
        known_cost=np.zeros((places, vehicles), dtype=np.int32),
        known_place=np.zeros((places, vehicles), dtype=np.int32),
    )

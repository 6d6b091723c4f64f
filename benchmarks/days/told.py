"""A cleaning day as numbers, as the other solvers are told it: one task for each crew of a visit."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from midway.core.routing.arrays import day_of
from midway.core.routing.columns import ALLOWED, EXTRA, FACTOR, MINUTES
from midway.core.routing.problem import Crew, Problem, Visit

Array = Any
HOUR = 60
"""Minutes of overtime a crew may be given; beyond, the day's weights price it out of reach."""


@dataclass(frozen=True)
class Told:
    """Nodes are the tasks, then each crew's start, then each crew's end. Minutes everywhere."""

    problem: Problem
    tasks: list[Visit]
    drive: Array  # [node, node] at factor 1
    factor: Array  # [crew]
    minutes: Array  # [task, crew]
    allowed: Array  # [task, crew]
    extra: Array  # [task, crew] what the crew's coming costs
    windows: list[tuple[float, float]]
    prices: list[float]
    """What leaving a task out costs."""
    settled: list[float]
    """Minutes of overtime each crew cannot avoid: what is settled for it ends so late."""

    @property
    def starts(self) -> range:
        """The node each crew starts at."""
        return range(len(self.tasks), len(self.tasks) + len(self.problem.crews))

    @property
    def ends(self) -> range:
        """The node each crew ends at."""
        return range(self.starts.stop, self.starts.stop + len(self.problem.crews))

    def overtime(self, crew: int, usual: float = HOUR) -> float:
        """How many minutes of overtime a solver is told that a crew may work."""
        return max(usual, self.settled[crew])

    def drives(self, crew: int) -> Array:
        """Minutes between all nodes for one crew."""
        return self.drive * self.factor[crew]

    def legs(self, crew: int) -> Array:
        """The same with the work at the place one comes from."""
        work = np.zeros(len(self.drive))
        work[: len(self.tasks)] = self.minutes[:, crew]
        return self.drives(crew) + work[:, None]

    def costs(self, crew: int, forbidden: float = 0.0) -> Array:
        """What each leg costs: driving, and who comes to the place one goes to."""
        come = np.zeros(len(self.drive))
        come[: len(self.tasks)] = self.extra[:, crew] + forbidden * (self.allowed[:, crew] == 0)
        found = self.drives(crew) * self.problem.weights.drive_minute + come[None, :]
        np.fill_diagonal(found, 0)
        return found

    def crews_for(self, task: int) -> list[int]:
        """The numbers of the crews that may come."""
        return [int(crew) for crew in np.flatnonzero(self.allowed[task])]


def told(problem: Problem) -> Told:
    """Will lay the day out. Every crew has at most one break: the generator makes no others."""
    day, tasks = day_of(problem)
    return Told(
        problem=problem,
        tasks=tasks,
        drive=np.array(day.drive),
        factor=np.array(day.crew[:, FACTOR]),
        minutes=day.pair[:, :, MINUTES],
        allowed=day.pair[:, :, ALLOWED],
        extra=day.pair[:, :, EXTRA],
        windows=[(v.opens, v.closes) if v.pin is None else (v.pin.start, v.pin.start) for v in tasks],
        prices=[problem.weights.unserved * v.priority if v.worth is None else v.worth for v in tasks],
        settled=[_settled(problem, crew) for crew in problem.crews],
    )


def _settled(problem: Problem, crew: Crew) -> float:
    found = [0.0]
    for visit in problem.visits:
        if visit.pin is not None and crew.code in visit.pin.crews:
            home = problem.drive_minutes(crew, visit.place, crew.end_place)
            found.append(visit.pin.start + visit.minutes_for(crew.code) + home + 1 - crew.closes)
    return max(found)

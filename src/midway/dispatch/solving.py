"""A budget of seconds or iterations for the solver, and word of how far it is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from midway.core.routing.problem import Plan, Problem
from midway.runtime.clock import stopwatch

if TYPE_CHECKING:  # the compiler behind the solver is heavy: who plans nothing does not load it
    from midway.core.routing.solve import Deadline, Progress

TELL_EVERY = 0.5
"""Seconds between two words of progress."""


@dataclass(frozen=True)
class Budget:
    """How long a search may take. With `steps`, so many iterations: the same plan on every machine."""

    seconds: float = 5
    steps: int | None = None

    def deadline(self) -> "Deadline":
        """A fresh one, counted from the first time it is asked: getting the solver ready takes nothing of it."""
        from midway.core.routing.solve import iterations

        if self.steps is not None:
            return iterations(self.steps)
        running: list[Callable[[], float]] = []

        def used(_done: int) -> float:
            if not running:
                running.append(stopwatch())
            return running[0]() / self.seconds if self.seconds > 0 else 1.0

        return used


def plan_day(
    problem: Problem, so_far: Plan, *, seed: int, budget: Budget, tell: "Callable[[Progress], None] | None" = None
) -> Plan:
    """Will search from the plan so far; what it finds is never dearer than that where that one is allowed."""
    from midway.core.routing.solve import solve

    return solve(problem, seed=seed, deadline=budget.deadline(), start=so_far, on_progress=_now_and_then(tell))


def _now_and_then(tell: "Callable[[Progress], None] | None") -> "Callable[[Progress], None] | None":
    if tell is None:
        return None
    since_last = [stopwatch()]

    def told(progress: "Progress") -> None:
        if since_last[0]() >= TELL_EVERY:
            since_last[0] = stopwatch()
            tell(progress)

    return told

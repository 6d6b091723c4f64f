"""Process CPU seconds as a budget: on a shared machine, clocks on the wall say nothing."""

import time
from collections.abc import Callable


def cpu_seconds(seconds: float) -> Callable[[int], float]:
    """A deadline for the solvers of `midway.core.routing`, which begins now."""
    began = time.process_time()
    return lambda iterations: (time.process_time() - began) / seconds

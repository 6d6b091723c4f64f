"""`python -m benchmarks.routing FILE --seconds S --seed N --json`: one file of Solomon or Homberger, solved.

S is CPU seconds of the search on one core. Loading what was compiled before (or compiling, once) is reported beside it.
"""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

import orjson

from benchmarks.budget import cpu_seconds
from benchmarks.vrptw import check, read_instance
from midway.core.routing.classic import Instance, solve_classic


def main(arguments: list[str] | None = None) -> int:
    """Will solve the file; exit code 2 when the answer is not feasible or the file cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routing", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seconds", type=float, default=5, help="CPU seconds of the search [5]")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print JSON alone")
    chosen = parser.parse_args(arguments)
    try:
        instance = read_instance(chosen.file)
    except (OSError, ValueError) as wrong:
        print(wrong, file=sys.stderr)
        return 2
    result = measure(instance, chosen.seconds, chosen.seed)
    if chosen.json:
        print(orjson.dumps(result).decode())
    else:
        print("  ".join(f"{name} {value}" for name, value in result.items()))
    return 0 if result["feasible"] else 2


def warm_up() -> float:
    """Will load or compile the solver, and say how many CPU seconds that took."""
    began = time.process_time()
    tiny = Instance(
        name="tiny",
        vehicles=2,
        capacity=2,
        distance=[[0, 1, 1], [1, 0, 1], [1, 1, 0]],
        demand=[0, 1, 1],
        windows=[(0, 99)] * 3,
        service=[0, 1, 1],
    )
    solve_classic(tiny, seed=1, deadline=lambda done: done / 10)
    return time.process_time() - began


def measure(instance: Instance, seconds: float, seed: int) -> dict[str, Any]:
    """Will solve one instance within its budget and check the answer."""
    loading = warm_up()
    began = time.process_time()
    tour = solve_classic(instance, seed=seed, deadline=cpu_seconds(seconds))
    used = time.process_time() - began
    distance, wrong = check(instance, tour.routes)
    return {
        "instance": instance.name,
        "distance": distance / 10,
        "vehicles": len(tour.routes),
        "feasible": not wrong,
        "cpu_seconds": round(used, 3),
        "loading_cpu_seconds": round(loading, 3),
        "iterations": tour.iterations,
        "seed": seed,
        **({"wrong": wrong} if wrong else {}),
    }


if __name__ == "__main__":
    sys.exit(main())

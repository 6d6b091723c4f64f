"""`python -m benchmarks.sick_calls`: a crew drops out at 8:00 or 10:30; when is the answer good, how much moves?

The crew with the second most visits drops out of a day that was planned well. Against the plan of the longest budget,
and against planning anew as if handing visits on cost nothing.
"""

import argparse
import statistics
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from benchmarks.budget import cpu_seconds
from benchmarks.cleaning_world import cleaning_day
from benchmarks.routing import warm_up
from benchmarks.stand import machine
from midway.core.routing.problem import Plan, Problem
from midway.core.routing.replan import effect_of, from_here, without_crew
from midway.core.routing.solve import solve
from midway.core.routing.verify import violations

RESULTS = Path(__file__).resolve().parent / "results"


def main() -> int:
    """Will measure the cases and keep the result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sick_calls", description=__doc__)
    parser.add_argument("--days", type=int, default=2)
    parser.add_argument("--visits", type=int, default=300)
    parser.add_argument("--crews", type=int, default=60)
    parser.add_argument("--planned", type=float, default=10, help="CPU seconds the day was planned for [10]")
    parser.add_argument("--seconds", type=float, nargs="+", default=[0.3, 0.5, 1, 5])
    chosen = parser.parse_args()
    warm_up()
    solve(cleaning_day(0, 5, 2), seed=1, deadline=lambda done: done / 5)
    cases = []
    for seed in range(chosen.days):
        problem = cleaning_day(2000 + seed, chosen.visits, chosen.crews)
        before = solve(problem, seed=1, deadline=cpu_seconds(chosen.planned))
        for now in (480.0, 630.0):
            cases.append(_case(problem, before, now, chosen.seconds))
            print(seed, now, cases[-1], file=sys.stderr, flush=True)
    at = datetime.now(tz=UTC)
    result = {"at": at.isoformat(timespec="seconds"), "machine": machine(), "cases": cases, "medians": _medians(cases)}
    name = f"{at:%Y-%m-%d}-sick-calls-{chosen.crews}.json"
    (RESULTS / name).write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")
    print(orjson.dumps(result["medians"], option=orjson.OPT_INDENT_2).decode())
    return 0


def _case(problem: Problem, before: Plan, now: float, budgets: list[float]) -> dict[str, Any]:
    sick = sorted(before.routes, key=lambda route: (-len(route.stops), route.crew))[1].crew
    left = without_crew(from_here(problem, before, now=now), sick, now=now)
    found: dict[str, Any] = {"sick": sick, "now": now}
    for seconds in budgets:
        found[f"{seconds:g}"] = _answer(left, left, before, seconds)
    free = replace(left, weights=replace(left.weights, crew_changed=0, promise_moved=0, promise_minute=0))
    found["anew"] = _answer(free, left, before, budgets[-1])
    return found


def _answer(asked: Problem, left: Problem, before: Plan, seconds: float) -> dict[str, Any]:
    plan = solve(asked, seed=1, deadline=cpu_seconds(seconds), start=before)
    effect = effect_of(left, before, plan)
    return {
        "cost": round(plan.cost, 1),
        "others_moved": len(effect.others_moved),
        "customers_moved": len(effect.customers_moved),
        "required_unserved": sum(unserved.is_required for unserved in plan.unserved),
        "violations": len(violations(asked, plan)),
    }


def _medians(cases: list[dict[str, Any]]) -> dict[str, Any]:
    budgets = [key for key in cases[0] if key not in {"sick", "now", "anew"}]
    longest = budgets[-1]
    over = {b: statistics.median(case[b]["cost"] / case[longest]["cost"] for case in cases) for b in budgets}
    moved = {b: statistics.median(case[b]["others_moved"] for case in cases) for b in (*budgets, "anew")}
    return {
        "cost_over_longest": {budget: round(ratio, 4) for budget, ratio in over.items()},
        "others_moved": moved,
        "violations": sum(case[b]["violations"] for case in cases for b in budgets),
    }


if __name__ == "__main__":
    sys.exit(main())

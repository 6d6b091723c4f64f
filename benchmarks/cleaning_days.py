"""`python -m benchmarks.cleaning_days`: days of a cleaning company, planned by us, by other solvers, and by hand.

Writes benchmarks/results/<date>-cleaning-days.json and prints the tables. Budgets are process CPU seconds of the
search; ours include laying out the day, the others' leave it aside. The dial is our plan at other prices of sending
somebody the customer did not ask for, beside the day filled in by hand: of all visits, and of those alone that were
served by hand, because whoever leaves visits out drives less.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson

from benchmarks.budget import cpu_seconds
from benchmarks.cleaning_world import cleaning_day
from benchmarks.days.charged import charged, described
from benchmarks.days.desk import Orders
from benchmarks.days.greedy import greedy_plan
from benchmarks.days.summary import SAME, summary, tables
from benchmarks.days.told import Told, told
from benchmarks.days.with_ortools import by_ortools
from benchmarks.days.with_pyvrp import by_groups, by_prizes
from benchmarks.days.with_vroom import by_the_clock, with_overtime
from benchmarks.stand import machine
from midway.core.routing.problem import Plan, Problem, Weights
from midway.core.routing.solve import solve

RESULTS = Path(__file__).resolve().parent / "results"
OTHERS: dict[str, Callable[[Told, float, int], Orders]] = {
    "pyvrp groups": by_groups,
    "pyvrp prizes": by_prizes,
    "ortools": by_ortools,
    "vroom": by_the_clock,
    "vroom overtime": with_overtime,
}


def main(arguments: list[str] | None = None) -> int:
    """Will measure all days; exit code 2 when one of our plans breaks a rule."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cleaning_days", description=__doc__)
    parser.add_argument("--sizes", nargs="+", default=["60/12", "300/60"], help="visits/crews [60/12 300/60]")
    parser.add_argument("--days", type=int, nargs="+", default=[5, 3], help="how many days of each size [5 3]")
    parser.add_argument("--first", type=int, default=4000, help="the seed of the first day [4000]")
    parser.add_argument("--seconds", type=float, nargs="+", default=[1, 10])
    parser.add_argument("--prices", type=float, nargs="*", default=[30, 35, 45], help="of the dial [30 35 45]")
    parser.add_argument("--only-prices", action="store_true", help="ask nobody but us, and at these prices alone")
    parser.add_argument("--without", nargs="*", default=[], choices=list(OTHERS))
    parser.add_argument("--name", default="cleaning-days")
    parser.add_argument("--add", action="store_true", help="to the rows that today's file has already")
    chosen = parser.parse_args(arguments)
    at = datetime.now(tz=UTC)
    file = RESULTS / f"{at:%Y-%m-%d}-{chosen.name}.json"
    rows: list[dict[str, Any]] = orjson.loads(file.read_bytes())["rows"] if chosen.add else []
    found: dict[str, Any] = {"at": at.isoformat(timespec="seconds"), "machine": machine()}
    solve(cleaning_day(0, 5, 2), seed=1, deadline=lambda done: done / 5)
    for size, count in zip(chosen.sizes, chosen.days, strict=True):
        visits, crews = (int(part) for part in size.split("/"))
        for seed in range(chosen.first, chosen.first + count):
            for row in _day(seed, visits, crews, chosen):
                rows = [*(old for old in rows if _key(old) != (size, seed, row["solver"], row["seconds"]))]
                rows.append({"size": size, "day": seed, **row})
                print(*list(rows[-1].values())[:9], sep="\t", file=sys.stderr, flush=True)
            result = {**found, "summary": summary(rows), "rows": rows}
            file.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")
    print(tables(summary(rows)))
    return 2 if any(row["violations"] for row in rows if row["solver"].startswith("midway")) else 0


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["size"], row["day"], row["solver"], row["seconds"]


def _day(seed: int, visits: int, crews: int, chosen: argparse.Namespace) -> Any:
    problem = cleaning_day(seed, visits, crews)
    by_hand = cache(lambda: greedy_plan(problem))
    yield _row("by hand", 0, problem, by_hand)
    day = told(problem)
    for seconds in () if chosen.only_prices else chosen.seconds:
        yield _row("midway", seconds, problem, lambda: _ours(problem, seconds, seed))  # noqa: B023 (called at once)
        for name, ask in OTHERS.items():
            if name not in chosen.without:
                yield _row(name, seconds, problem, lambda: charged(problem, ask(day, seconds, seed)))  # noqa: B023
    for price in chosen.prices:
        dear = replace(problem, weights=Weights(unfamiliar_crew=price))
        yield _ours_at(price, "", dear, chosen.seconds[-1], seed)
        served = [visit for visit in dear.visits if visit.code in by_hand().crews_by_visit]
        yield _ours_at(price, SAME, replace(dear, visits=served), chosen.seconds[-1], seed)


def _ours_at(price: float, of: str, problem: Problem, seconds: float, seed: int) -> dict[str, Any]:
    return _row(f"midway at {price:g}{of}", seconds, problem, lambda: _ours(problem, seconds, seed))


def _ours(problem: Problem, seconds: float, seed: int) -> Plan:
    return solve(problem, seed=seed, deadline=cpu_seconds(seconds))


def _row(name: str, seconds: float, problem: Problem, plan: Callable[[], Plan]) -> dict[str, Any]:
    began = time.process_time()
    found = plan()
    used = time.process_time() - began
    row = {"solver": name, "seconds": seconds, "has_answer": any(route.stops for route in found.routes)}
    return row | described(problem, found) | {"cpu_seconds": round(used, 2)}


if __name__ == "__main__":
    sys.exit(main())

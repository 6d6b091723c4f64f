"""`python -m benchmarks.routing_field [FILE …] --seconds 1 5`: the same instances, ours and others', in the same run.

Writes benchmarks/results/<date>-routing.json and prints the table. Gaps are to the best known distances of a CSV file
with the columns instance and best_known_distance. Budgets are process CPU seconds, loading aside.
"""

import argparse
import csv
import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from benchmarks.rivals import RIVALS
from benchmarks.routing import measure, warm_up
from benchmarks.stand import machine
from benchmarks.vrptw import check, read_instance

RESULTS = Path(__file__).resolve().parent / "results"


def main() -> int:
    """Will measure every solver on every file with every budget; what is there is kept after each file."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.routing_field", description=__doc__)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--best", type=Path, required=True, help="CSV with the best known distances")
    parser.add_argument("--seconds", type=float, nargs="+", default=[1, 5])
    parser.add_argument("--seeds", type=int, nargs="+", default=[1], help="our seeds; the others run with the first")
    parser.add_argument("--solvers", nargs="+", default=["midway", *RIVALS], choices=["midway", *RIVALS])
    parser.add_argument("--sample", type=int, help="how many of the files, by lot, the other solvers get [all]")
    parser.add_argument("--name", default="routing")
    chosen = parser.parse_args()
    best = {row["instance"]: float(row["best_known_distance"]) for row in csv.DictReader(chosen.best.open())}
    drawn = random.Random(20).sample(chosen.files, chosen.sample) if chosen.sample else chosen.files
    warm_up()
    at, rows = datetime.now(tz=UTC), []
    for file in chosen.files:
        for seconds in chosen.seconds:
            for solver in chosen.solvers if file in drawn else ["midway"]:
                for seed in chosen.seeds if solver == "midway" else chosen.seeds[:1]:
                    rows.append(_row(file, solver, seconds, seed, best))
        result = {"at": at.isoformat(timespec="seconds"), "machine": machine(), "means": means(rows)}
        result |= {"drawn": sorted(f.stem for f in drawn), "on_drawn": means(rows, {f.stem for f in drawn})}
        kept = orjson.dumps({**result, "rows": rows}, option=orjson.OPT_INDENT_2)
        (RESULTS / f"{at:%Y-%m-%d}-{chosen.name}.json").write_bytes(kept + b"\n")
    for mean in result["means"]:
        print(*mean.values(), sep="\t")
    return 0


def _row(file: Path, solver: str, seconds: float, seed: int, best: dict[str, float]) -> dict[str, Any]:
    instance = read_instance(file)
    began = time.process_time()
    if solver == "midway":
        found = measure(instance, seconds, seed)
        distance, feasible = found["distance"], found["feasible"]
    else:
        routes = RIVALS[solver](instance, seconds, seed)
        tenths, wrong = check(instance, routes)
        distance, feasible = tenths / 10, not wrong
    used = time.process_time() - began
    gap = 100 * (distance / best[file.stem] - 1) if feasible else None
    row = {"instance": file.stem, "customers": len(instance.demand) - 1, "solver": solver, "seconds": seconds}
    row["seed"] = seed
    row |= {"distance": distance if feasible else None, "gap_percent": None if gap is None else round(gap, 3)}
    print(*row.values(), f"{used:.1f}", sep="\t", file=sys.stderr, flush=True)
    return row | {"cpu_seconds": round(used, 2)}


def means(rows: list[dict[str, Any]], only: set[str] | None = None) -> list[dict[str, Any]]:
    """Mean gap by solver, budget and size; answers that are not feasible are counted beside it."""
    found = []
    rows = [row for row in rows if only is None or row["instance"] in only]
    for key in sorted({(row["customers"], row["seconds"], row["solver"]) for row in rows}):
        same = [row for row in rows if (row["customers"], row["seconds"], row["solver"]) == key]
        gaps = [row["gap_percent"] for row in same if row["gap_percent"] is not None]
        mean = round(sum(gaps) / len(gaps), 3) if gaps else None
        found.append(dict(zip(("customers", "seconds", "solver"), key, strict=True)) | {
            "mean_gap_percent": mean, "answers": len(same), "without_answer": len(same) - len(gaps),
        })  # fmt: skip
    return found


if __name__ == "__main__":
    sys.exit(main())

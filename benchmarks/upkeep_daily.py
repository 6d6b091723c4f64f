"""`python -m benchmarks.upkeep_daily`: what `midway ops run daily` takes on the demo company, and what it costs the
database.

The product runs; its worker is held for the time of the look, so that the database works for upkeep and the web
server alone.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg
from tests import product

from benchmarks.stand import machine

BAD = ("warn", "crit", "unknown")
ROOT = Path(__file__).resolve().parent
ASKED = (
    "SELECT coalesce(sum(calls), 0)::int, coalesce(sum(total_exec_time), 0)::float, coalesce(sum(rows), 0)::int"
    " FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database()"
    " WHERE query NOT LIKE '%%pg_stat_statements_reset%%'"
)
COMPANY = (
    "SELECT (SELECT count(*) FROM booking_visit), (SELECT count(*) FROM customers_customer),"
    " pg_database_size(current_database())"
)
DEAREST = (
    "SELECT round(total_exec_time::numeric, 1)::float, calls, left(regexp_replace(query, '\\s+', ' ', 'g'), 120)"
    " FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database()"
    " ORDER BY total_exec_time DESC LIMIT 8"
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.upkeep_daily", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    at = datetime.now(tz=UTC)
    result: dict[str, Any] = {"at": at.isoformat(timespec="seconds"), "machine": machine(), "rounds": []}
    with tempfile.TemporaryDirectory(prefix="midway-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        product.START_SECONDS = 900  # the demo company is loaded too
        running = product.start_product(folder / "data")
        try:
            running.wait_until_ready()
            with psycopg.connect(product.database_address(running), autocommit=True) as watching:
                watching.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
                row = watching.execute(COMPANY).fetchone()
                assert row is not None
                result["company"] = {"visits": row[0], "customers": row[1], "database_mb": round(row[2] / 1024**2)}
                for _ in range(chosen.rounds):
                    result["rounds"].append(_round(watching, running))
                    print(json.dumps(result["rounds"][-1]), flush=True)
        finally:
            running.stop()
    result["machine"]["load_after"] = machine()["load"]
    path = ROOT / "results" / f"{at:%Y-%m-%d}-upkeep-daily.json"
    path.write_text(json.dumps(result, indent=2) + "\n")
    return 0


def _round(watching: "psycopg.Connection[tuple[Any, ...]]", running: product.RunningProduct) -> dict[str, Any]:
    said: dict[str, Any] = {}

    def look() -> None:
        command = [sys.executable, "-m", "midway", "ops", "run", "daily", "--json"]
        environment = {**os.environ, "PYTHONPATH": str(product.SOURCE), "MIDWAY_DATA": str(running.data)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        said.update(json.loads(done.stdout))

    worker = psutil.Process(product.state(running)["parts"]["worker"]["pid"])
    worker.suspend()  # what it asks meanwhile is none of upkeep's
    try:
        seconds, looked = _asked(watching, look)
        dearest = [list(row) for row in watching.execute(DEAREST)]
    finally:
        worker.resume()
    statuses = [one["status"] for one in said["results"]]
    slowest = sorted(((one["took_ms"], one["id"]) for one in said["results"]), reverse=True)[:6]
    return {
        "seconds": round(seconds, 2),
        "procedures": len(statuses),
        "statuses": {status: statuses.count(status) for status in sorted(set(statuses))},
        "slowest_ms": slowest,
        "seconds_in_procedures": round(sum(one["took_ms"] for one in said["results"]) / 1000, 2),
        "not_fine": [f"{one['id']}: {one['summary']}" for one in said["results"] if one["status"] in BAD],
        "statements": looked[0],
        "database_ms": round(looked[1], 1),
        "rows": looked[2],
        "dearest_ms": dearest,
    }


def _asked(
    watching: "psycopg.Connection[tuple[Any, ...]]", do: Callable[[], None]
) -> tuple[float, tuple[int, float, int]]:
    """Seconds, and what was asked of the database meanwhile: statements, milliseconds, rows."""
    watching.execute("SELECT pg_stat_statements_reset()")
    began = time.perf_counter()
    do()
    seconds = time.perf_counter() - began
    row = watching.execute(ASKED).fetchone()
    assert row is not None
    return seconds, (row[0], row[1], row[2])


if __name__ == "__main__":
    sys.exit(main())

"""The failover table: what each fault of a database host costs while people book.

`python -m benchmarks.failover [--rounds N] [--faults kill,cut,double]` as root, with etcd. Each host is a namespace.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.topology.bookers import SCHEMA, Bookers, lost, overlaps
from tests.topology.three_hosts import ThreeHosts, three_hosts

from benchmarks.stand import machine

RESULTS = Path(__file__).resolve().parent / "results"


def kill(cluster: ThreeHosts, bookers: Bookers) -> Callable[[], None]:
    """Everything on the primary's host dies."""
    first = cluster.primary()
    cluster.kill(first)
    return lambda: cluster.start(first)


def cut(cluster: ThreeHosts, bookers: Bookers) -> Callable[[], None]:
    """The primary runs on and nobody reaches it."""
    first = cluster.primary()
    cluster.cut(first)
    return lambda: cluster.heal(first)


def double(cluster: ThreeHosts, bookers: Bookers) -> Callable[[], None]:
    """The primary is cut off, another takes over, the line is healed, and two seconds later the new one dies."""
    first = cluster.primary()
    cluster.cut(first)
    bookers.wait_for(50)
    second = cluster.primary()
    cluster.heal(first)
    time.sleep(2)
    cluster.kill(second)
    return lambda: cluster.start(second)


FAULTS = {"kill": kill, "cut": cut, "double": double}


def one_round(cluster: ThreeHosts, fault: str) -> dict[str, Any]:
    """One fault, from a redundant cluster to a redundant cluster."""
    with cluster.connect() as connection:
        connection.execute("TRUNCATE commitment")
    bookers = Bookers(cluster)
    with bookers as memory:
        bookers.wait_for(100)
        at = time.monotonic()
        mend = FAULTS[fault](cluster, bookers)
        bookers.wait_for(100)
    found = {
        "fault": fault,
        "acknowledged": len(memory.acknowledged),
        "lost": lost(cluster, memory),
        "overlaps": overlaps(cluster),
        "seconds_to_service": round(memory.outage(at), 1),
    }
    mend()
    cluster.wait_until_redundant()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.failover", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--faults", default=",".join(FAULTS))
    chosen = parser.parse_args()
    result: dict[str, Any] = {
        "at": datetime.now(tz=UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "rounds": [],
    }
    file = RESULTS / f"{result['at'][:10]}-failover.json"
    if file.exists():  # a run of some faults keeps the day's rounds of the others
        kept = json.loads(file.read_text())["rounds"]
        result["rounds"] = [row for row in kept if row["fault"] not in chosen.faults.split(",")]
    with tempfile.TemporaryDirectory(prefix="midway-three-") as folder, three_hosts(Path(folder)) as cluster:
        with cluster.connect() as connection:
            connection.execute(SCHEMA)
        for fault in chosen.faults.split(","):
            for _ in range(chosen.rounds):
                result["rounds"].append(one_round(cluster, fault))
                print(json.dumps(result["rounds"][-1]), flush=True)
                file.write_text(json.dumps(result, indent=2) + "\n")
    print("| fault | rounds | lost | overlaps | seconds to service |\n| --- | --- | --- | --- | --- |")
    for fault in chosen.faults.split(","):
        rows = [row for row in result["rounds"] if row["fault"] == fault]
        seconds = [row["seconds_to_service"] for row in rows]
        spread = f"{statistics.median(seconds)} ({min(seconds)}–{max(seconds)})"
        gone, twice = (sum(row[name] for row in rows) for name in ("lost", "overlaps"))
        print(f"| {fault} | {len(rows)} | {gone} | {twice} | {spread} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The failover table: what each fault of a database host costs while people book through two app hosts.

`python -m benchmarks.failover [--rounds N] [--faults kill,cut,double]` as root, with etcd. Each host is a namespace.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.topology.app_hosts import AppHosts, app_hosts_on
from tests.topology.bookers import Bookers, outcome
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
    bookers.wait_for(20)
    second = cluster.primary()
    cluster.heal(first)
    time.sleep(2)
    cluster.kill(second)
    return lambda: cluster.start(second)


FAULTS = {"kill": kill, "cut": cut, "double": double}


def one_round(cluster: ThreeHosts, hosts: AppHosts, fault: str) -> dict[str, Any]:
    """One fault, from a redundant cluster to a redundant cluster."""
    bookers = Bookers(hosts)
    with bookers as memory:
        bookers.wait_for(40)
        at = time.monotonic()
        mend = FAULTS[fault](cluster, bookers)
        bookers.wait_for(40)
    found = {
        "fault": fault,
        "acknowledged": len(memory.acknowledged),
        **asdict(outcome(hosts, memory)),
        "asked_again": memory.asked_again,
        "answers": dict(memory.answers),
        "seconds_to_service": round(memory.outage(at), 1),
    }
    mend()
    cluster.wait_until_redundant()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.failover", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--faults", default=",".join(FAULTS))
    parser.add_argument("--add", action="store_true", help="add to the newest result's rounds")
    chosen = parser.parse_args()
    result: dict[str, Any] = {
        "at": datetime.now(tz=UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "rounds": [],
    }
    kept_files = sorted(RESULTS.glob("*-failover.json"))
    file = kept_files[-1] if chosen.add and kept_files else RESULTS / f"{result['at'][:10]}-failover.json"
    if file.exists():  # a run of some faults keeps the day's rounds of the others
        kept = json.loads(file.read_text())["rounds"]
        result["rounds"] = [row for row in kept if chosen.add or row["fault"] not in chosen.faults.split(",")]
    with (
        tempfile.TemporaryDirectory(prefix="midway-three-") as folder,
        tempfile.TemporaryDirectory(prefix="midway-app-") as app,
        three_hosts(Path(folder)) as cluster,
        app_hosts_on(cluster, Path(app)) as hosts,
    ):
        for fault in chosen.faults.split(","):
            for _ in range(chosen.rounds):
                result["rounds"].append(one_round(cluster, hosts, fault))
                print(json.dumps(result["rounds"][-1]), flush=True)
                file.write_text(json.dumps(result, indent=2) + "\n")
    print("| fault | rounds | lost | twice | overlaps | seconds to service |\n| --- | --- | --- | --- | --- | --- |")
    for fault in {row["fault"]: None for row in result["rounds"]}:
        rows = [row for row in result["rounds"] if row["fault"] == fault]
        seconds = [row["seconds_to_service"] for row in rows]
        spread = f"{statistics.median(seconds)} ({min(seconds)}–{max(seconds)})"
        gone, twice, overlaps = (sum(row[name] for row in rows) for name in ("lost", "twice", "overlaps"))
        print(f"| {fault} | {len(rows)} | {gone} | {twice} | {overlaps} | {spread} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())

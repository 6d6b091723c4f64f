"""The failover table: what each fault of a database host costs people who book through the product, on two app hosts,
and programs that book by one statement, both in the same rounds.

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
from tests.topology.people import People, outcome
from tests.topology.statements import Statements, lost, new_calendar, overlaps
from tests.topology.three_hosts import ThreeHosts, three_hosts

from benchmarks.stand import machine

RESULTS = Path(__file__).resolve().parent / "results"


def kill(cluster: ThreeHosts, people: People) -> Callable[[], None]:
    """Everything on the primary's host dies."""
    first = cluster.primary()
    cluster.kill(first)
    return lambda: cluster.start(first)


def cut(cluster: ThreeHosts, people: People) -> Callable[[], None]:
    """The primary runs on and nobody reaches it."""
    first = cluster.primary()
    cluster.cut(first)
    return lambda: cluster.heal(first)


def double(cluster: ThreeHosts, people: People) -> Callable[[], None]:
    """The primary is cut off, another takes over, the line is healed, and two seconds later the new one dies."""
    first = cluster.primary()
    cluster.cut(first)
    people.wait_for(20)
    second = cluster.primary()
    cluster.heal(first)
    time.sleep(2)
    cluster.kill(second)
    return lambda: cluster.start(second)


FAULTS = {"kill": kill, "cut": cut, "double": double}


def one_round(cluster: ThreeHosts, hosts: AppHosts, fault: str) -> dict[str, Any]:
    """One fault, from a redundant cluster to a redundant cluster."""
    new_calendar(cluster)
    people, programs = People(hosts), Statements(cluster)
    with people as told, programs as told_programs:
        people.wait_for(30)
        programs.wait_for(100)
        at = time.monotonic()
        mend = FAULTS[fault](cluster, people)
        alone = True
        try:
            people.wait_for(30)
        except AssertionError:
            alone = False
            _keep_logs(cluster, fault)
            mend()
            try:
                people.wait_for(30)
            finally:
                _keep_logs(cluster, f"{fault}-mended")
        programs.wait_for(100)
    found = {
        "fault": fault,
        "recovered_alone": alone,
        "product": {
            "acknowledged": len(told.acknowledged),
            **asdict(outcome(hosts, people.wishes)),
            "asked_again": people.asked_again,
            "answers": dict(told.answers),
            "seconds_to_service": round(told.outage(at), 1),
        },
        "statements": {
            "acknowledged": len(told_programs.acknowledged),
            "lost": lost(cluster, told_programs),
            "overlaps": overlaps(cluster),
            "seconds_to_service": round(told_programs.outage(at), 1),
        },
        "load": machine()["load"][0],
    }
    if alone:
        mend()
    cluster.wait_until_redundant()
    return found


def _keep_logs(cluster: ThreeHosts, fault: str) -> None:
    """What happened on the hosts, for whoever wants to know why nobody took over."""
    file = Path(tempfile.gettempdir()) / f"midway-failover-{fault}-{time.time():.0f}.log"
    file.write_text(cluster.last_words(most=1_000_000))
    print(f"nobody could book: see {file}", file=sys.stderr)


def table(rounds: list[dict[str, Any]]) -> str:
    """What the rounds add up to."""
    lines = [
        "| fault | booked through | rounds | acknowledged | lost | twice | overlaps | seconds to service |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for fault in FAULTS:
        for way in ("product", "statements"):
            rows = [row[way] for row in rounds if row["fault"] == fault]
            if rows:
                seconds = [row["seconds_to_service"] for row in rows]
                sums = [sum(row.get(name, 0) for row in rows) for name in ("acknowledged", "lost", "twice", "overlaps")]
                spread = f"{statistics.median(seconds):.0f} ({min(seconds):.0f}–{max(seconds):.0f})"
                lines.append(f"| {fault} | {way} | {len(rows)} | {' | '.join(f'{n:,}' for n in sums)} | {spread} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.failover", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--faults", default=",".join(FAULTS))
    parser.add_argument("--add", action="store_true", help="keep the rounds that the day's result has already")
    chosen = parser.parse_args()
    result: dict[str, Any] = {
        "at": datetime.now(tz=UTC).isoformat(timespec="seconds"),
        "machine": machine(),
        "rounds": [],
    }
    file = RESULTS / f"{result['at'][:10]}-failover.json"
    if file.exists():
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
    print(table(result["rounds"]))
    return 0


if __name__ == "__main__":
    sys.exit(main())

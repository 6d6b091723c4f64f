"""How much machine a company needs, on paper: from bookings a day to cores, memory and hosts.

`python -m benchmarks.capacity` prints the table from the newest coefficients; `--measure` measures those first.
"""

import argparse
import json
import math
import os
import sys
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).resolve().parent / "results"
SECONDS_OPEN = 8 * 3600
PEAK = 4  # how many times the mean of the day
BUSY = 0.5  # of each core at the peak; the rest is for what nobody foresaw
LARGEST_HOST = 8  # cores; beyond it a second host costs less than a larger one
SYSTEM_MB = 700  # the kernel, Nginx, Redis and PostgreSQL's own buffers
# What one booking asks for on the way, by those who book and those who only looked; and an office person's day.
ASKED_FOR_ONE = {"page": 8, "quote": 3, "times": 8, "booking": 1}
ASKED_BY_OFFICE = 2000
COMPANIES = ((30, 2), (100, 3), (300, 6), (1000, 15), (3000, 30), (10_000, 80))


@dataclass(frozen=True)
class Costs:
    """What was measured: CPU milliseconds of an answer in web processes and in the database, and what is kept of it."""

    web_ms: dict[str, float]
    database_ms: dict[str, float]
    worker_ms: float  # of one booking: its mail, its messages, its places in the schedule
    booking_kb: float  # on the database's disk, with all that hangs on it
    web_mb: float
    worker_mb: float


@dataclass(frozen=True)
class Needs:
    """What a company's busiest hour takes."""

    requests_a_second: float
    web_cores: float
    database_cores: float
    web_processes: int
    connections: int
    memory_gb: int
    disk_gb_a_year: float
    hosts: str


def needs(bookings: float, office: float, costs: Costs) -> Needs:
    """From bookings a day and people in the office to machines."""
    asked = {kind: count * bookings for kind, count in ASKED_FOR_ONE.items()} | {"office": ASKED_BY_OFFICE * office}
    peak = {kind: count / SECONDS_OPEN * PEAK for kind, count in asked.items()}
    web = sum(peak[kind] * costs.web_ms[kind] for kind in peak) / 1000 / BUSY
    database = sum(peak[kind] * costs.database_ms[kind] for kind in peak) / 1000 / BUSY
    work = bookings / SECONDS_OPEN * PEAK * costs.worker_ms / 1000 / BUSY
    processes = max(2, math.ceil(web))
    memory = SYSTEM_MB + processes * costs.web_mb + costs.worker_mb
    return Needs(
        requests_a_second=sum(peak.values()),
        web_cores=web + work,
        database_cores=database,
        web_processes=processes,
        connections=20 * processes + 60,
        memory_gb=math.ceil(memory / 1024),
        disk_gb_a_year=bookings * 365 * costs.booking_kb / 2**20,
        hosts=_hosts(web + work, database),
    )


def _hosts(app: float, database: float) -> str:
    both = app + database
    for cores in (2, 4, LARGEST_HOST):
        if both <= cores:
            return f"one of {cores} cores"
    app_hosts = max(2, math.ceil(app / 4))
    if database > LARGEST_HOST:
        return f"{app_hosts} app hosts of 4 cores; three for the database of {_even(database)}"
    return f"{app_hosts} app hosts of 4 cores; three for the database of {_even(max(4, database))}"


def _even(cores: float) -> int:
    return 2 * math.ceil(cores / 2)


def table(costs: Costs) -> str:
    """Companies of several sizes, as people read them."""
    lines = [
        "| bookings a day | office | requests a second | cores: web, worker | cores: database | web processes"
        " | connections | memory | disk a year | hosts |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for bookings, office in COMPANIES:
        found = needs(bookings, office, costs)
        lines.append(
            f"| {bookings:,} | {office} | {found.requests_a_second:.1f} | {found.web_cores:.2f}"
            f" | {found.database_cores:.2f} | {found.web_processes} | {found.connections} | {found.memory_gb} GB"
            f" | {found.disk_gb_a_year:.1f} GB | {found.hosts} |"
        )
    return "\n".join(lines)


def newest() -> Costs:
    """The coefficients that were measured last."""
    kept = json.loads(sorted(RESULTS.glob("*-capacity.json"))[-1].read_text())
    return Costs(**{field.name: kept["costs"][field.name] for field in fields(Costs)})


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity", description=__doc__)
    parser.add_argument("--measure", action="store_true", help="on this machine, as root or with PostgreSQL's programs")
    if parser.parse_args().measure:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "midway.config.settings")
        from benchmarks.capacity_costs import measure
        from benchmarks.stand import machine

        at = datetime.now(tz=UTC)
        result = {"at": at.isoformat(timespec="seconds"), "machine": machine(), "costs": asdict(measure())}
        (RESULTS / f"{at:%Y-%m-%d}-capacity.json").write_text(json.dumps(result, indent=2) + "\n")
    print(table(newest()))
    return 0


if __name__ == "__main__":
    sys.exit(main())

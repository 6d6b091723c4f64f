"""How the cost of an availability answer grows: with cleaners × days, and with the visits in the table."""

from statistics import median
from typing import Any

from benchmarks.company import add_visits, remove_visits, tidy, visits_in, write_calendar
from benchmarks.stand import Stand

VISITS_A_DAY = 20 * 5 * 0.6 * 6 / 7


def run(stand: Stand) -> list[dict[str, Any]]:
    """Will measure CPU an answer, which a busy machine disturbs least."""
    return [_over_cleaners_and_days(stand), _over_visits(stand)]


def _over_cleaners_and_days(stand: Stand) -> dict[str, Any]:
    rows = []
    for branch, cleaners in (("twenty", 20), ("hundreds", 200)):
        for days in (7, 14, 28):
            rows.append({"cleaner_days": cleaners * days, "cpu_ms": _cpu(stand, branch, days)})
    small, large = rows[0], rows[-1]
    growth = large["cpu_ms"] / small["cpu_ms"]
    size = large["cleaner_days"] / small["cleaner_days"]
    return {
        "kind": "growth",
        "title": "CPU an answer by cleaners × days",
        "rows": rows,
        "targets": [(f"grows no faster than cleaners × days ({size:.0f} ×)", round(growth, 1), growth <= size)],
    }


def _over_visits(stand: Stand) -> dict[str, Any]:
    rows: list[dict[str, Any]] = []
    remove_visits(stand)  # of the other branches too: the tables hold no others
    until = 80
    for wanted in (10_000, 60_000, 250_000, 1_000_000):
        first = -int((wanted - 80 * VISITS_A_DAY) / VISITS_A_DAY)
        add_visits(stand, "twenty", first, until)
        until = first - 1
        if not rows:
            write_calendar(stand)  # later ones lie in the past
        tidy(stand)
        rows.append({"visits": visits_in(stand, "twenty"), "cpu_ms": _cpu(stand, "twenty", 14)})
    growth = rows[-1]["cpu_ms"] / rows[0]["cpu_ms"]
    return {
        "kind": "growth",
        "title": "CPU an answer by visits in the table",
        "rows": rows,
        "targets": [("stays flat (within a quarter)", round(growth, 2), growth <= 1.25)],
    }


def _cpu(stand: Stand, branch: str, days: int) -> float:
    loads = [stand.http("availability.lua", POSTCODE=branch.upper(), DAYS=str(days)) for _ in range(4)]
    return round(median(sum(load.cpu.values()) for load in loads[1:]), 3)  # the first one warms

"""GET /availability while others book in the same branch, so that answers differ and nothing read once stays true."""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.booking import empty
from benchmarks.stand import Load, Stand, middle

BUYERS = 4
DAYS_AHEAD = 74  # those that the questions are about


def run(stand: Stand) -> list[dict[str, Any]]:
    """Will ask alone, then with a few buyers at work, in each round."""
    loads: dict[str, list[Load]] = {"during": [], "alone": [], "bookings": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for _ in range(stand.rounds):
            empty(stand, folder, days=DAYS_AHEAD)
            loads["alone"].append(_ask(stand))
            with ThreadPoolExecutor(max_workers=1) as beside:
                booking = beside.submit(_book, stand, folder)
                loads["during"].append(_ask(stand))
                loads["bookings"].append(booking.result())
    # CPU time cannot be told apart between the two.
    found = {kind: middle([replace(load, cpu={}) for load in each]) for kind, each in loads.items()}
    return [
        {
            "kind": "mixed",
            "title": f"Availability, 14 days × 40 cleaners, {stand.connections} connections, {BUYERS} others booking",
            **found,
            "ratio_to_alone": round(found["during"]["per_second"] / found["alone"]["per_second"], 2),
            "p99_to_p50": round(found["during"]["p99_ms"] / found["during"]["p50_ms"], 1),
        }
    ]


def _ask(stand: Stand) -> Load:
    return stand.http("availability.lua", stand.connections, POSTCODE="BOOK")


def _book(stand: Stand, folder: Path) -> Load:
    return stand.http("booking.lua", BUYERS, QUOTES=str(folder / "quotes"), STARTS=str(folder / "starts"))

"""What the product weighs at rest, and how long it takes from its command to a served page."""

import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from tests.product import RunningProduct, start_product

PSS_TARGET_MB = 260
STARTS = 3
REST_SECONDS = 30
LONGEST_WEIGHINGS = 40


def run(running: RunningProduct) -> list[dict[str, Any]]:
    """Will weigh the product that runs, then stop and start another on warm data a few times."""
    weight = _at_rest(running.process.pid)
    # The first start makes the data and the demo company, whose page is then served; the others find them.
    starts = sorted([_seconds_to_a_page(running.data.with_name("again")) for _ in range(1 + STARTS)][1:])
    return [
        {
            "kind": "product",
            "title": "The whole product at rest",
            "pss_mb": weight,
            "targets": [(f"at most {PSS_TARGET_MB} MB PSS", weight, weight <= PSS_TARGET_MB)],
        },
        {
            "kind": "product",
            "title": "From midway up to a served page, data and caches warm",
            "seconds": round(median(starts), 1),
            "spread": [round(starts[0], 1), round(starts[-1], 1)],
        },
    ]


def _at_rest(pid: int) -> float:
    """Weighed when it has done what it does first, and weighs neither more nor less than a minute ago."""
    weights = [_pss_megabytes(pid)]
    while len(weights) < 3 or not max(weights[-3:]) < min(weights[-3:]) * 1.005:
        time.sleep(REST_SECONDS)
        weights.append(_pss_megabytes(pid))
        if len(weights) > LONGEST_WEIGHINGS:
            raise TimeoutError(f"It does not come to rest: {weights}")
    return weights[-1]


def _pss_megabytes(pid: int) -> float:
    root = psutil.Process(pid)
    total = 0
    for process in [root, *root.children(recursive=True)]:
        with suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return round(total / 1024, 1)


def _seconds_to_a_page(data: Path) -> float:
    began = time.perf_counter()
    running = start_product(data)
    try:
        running.wait_until_ready()
        with urllib.request.urlopen(running.url, timeout=30) as page:
            page.read()
        return time.perf_counter() - began
    finally:
        running.stop()

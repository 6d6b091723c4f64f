"""Surveys a log of requests by the reader that suits its size.

A large one is read by a process of its own, which gives back the memory that compiled code takes.
"""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import structlog

from midway.ops.access_log import SHOWN, Survey, Times, log_files, survey

log = structlog.get_logger("midway.upkeep")
LARGE_BYTES = 16 << 20
LONGEST_SECONDS = 600


def survey_of(path: Path, *, since: datetime, until: datetime) -> Survey:
    """Will count the requests of a span."""
    files = log_files(path)
    is_plain = all(file.suffix != ".gz" for file in files)
    if is_plain and sum(file.stat().st_size for file in files) >= LARGE_BYTES:
        try:
            return _by_a_process(path, since, until)
        except (OSError, subprocess.SubprocessError, orjson.JSONDecodeError) as problem:
            log.warning("upkeep.access_scan.failed", error=type(problem).__name__)
    return survey(path, since=since, until=until)


def _by_a_process(path: Path, since: datetime, until: datetime) -> Survey:
    told = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", "midway.ops.access_scan", str(path), since.isoformat(), until.isoformat()],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(part for part in sys.path if part)},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=LONGEST_SECONDS, check=True,
    )  # fmt: skip
    return from_json(told.stdout)


def as_json(found: Survey) -> bytes:
    """A survey without those seen least."""
    return orjson.dumps(
        {
            "totals": [found.requests, found.unparsed, found.night],
            "by_status": list(found.by_status.items()),
            "routes": [
                [route, count, found.errors_by_route[route], _buckets(found.times_by_route.get(route))]
                for route, count in found.by_route.most_common(SHOWN)
            ],
            "by_visitor": found.by_visitor.most_common(SHOWN),
            "scans": found.scans.most_common(SHOWN),
            "office": found.office.most_common(SHOWN),
            "refused": found.refused.most_common(SHOWN),
            "failed": [[*who, count] for who, count in found.failed.most_common(SHOWN)],
            "visits": list(found.visits.items()),
        }
    )


def from_json(text: bytes) -> Survey:
    """What `as_json` told."""
    said = orjson.loads(text)
    found = Survey(*said["totals"])
    found.by_status.update(dict(said["by_status"]))
    for route, count, errors, buckets in said["routes"]:
        found.by_route[route] = count
        if errors:
            found.errors_by_route[route] = errors
        if buckets:
            found.times_by_route[route] = Times(sum(n for _, n in buckets), _counter(buckets))
    for name in ("by_visitor", "scans", "office", "refused"):
        setattr(found, name, _counter(said[name]))
    found.failed.update({(visitor, hour): count for visitor, hour, count in said["failed"]})
    found.visits = _counter(said["visits"])
    return found


def _buckets(times: Times | None) -> list[tuple[int, int]]:
    return list(times.buckets.items()) if times else []


def _counter(pairs: Iterable[Any]) -> "Counter[Any]":
    return Counter(dict(pairs))

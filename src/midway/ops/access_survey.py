"""Surveys a log of requests by the reader that suits its size.

A large one is read by a process of its own, which gives back the memory that compiled code takes.
"""

import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import orjson
import structlog

from midway.ops.access_files import log_files
from midway.ops.access_log import Survey, survey
from midway.ops.access_told import from_json

log = structlog.get_logger("midway.upkeep")
LARGE_BYTES = 16 << 20
PACKED = 10
"""So many times shorter is a log that was packed."""
LONGEST_SECONDS = 600


def survey_of(path: Path, *, since: datetime, until: datetime) -> Survey:
    """Will count the requests of a span."""
    size = sum(file.stat().st_size * (PACKED if file.suffix == ".gz" else 1) for file in log_files(path, since=since))
    if size >= LARGE_BYTES:
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

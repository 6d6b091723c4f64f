"""The lines of Midway's logs between two moments, found by halves because a log is in the order of time."""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import orjson

SLACK = timedelta(minutes=1)
"""Several processes write one log: so far a line may stand from its place."""
MOST_BYTES = 32_000_000
_PROBE_LINES, _PROBE_BYTES = 50, 20_000


def lines_between(path: Path, since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    """Every line of Midway's own between these moments, with `at` as a moment; also of what rotation just moved aside.

    At most `MOST_BYTES` of each file are read; of a file in other words than ours, nothing.
    """
    for one in (path.with_name(f"{path.name}.1"), path):
        if one.exists():
            with one.open("rb") as file:
                yield from _between(file, since, until)


def _between(file: BinaryIO, since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    if not _is_ours(file):
        return
    begun = _begin_of(file, since - SLACK)
    file.seek(begun)
    for line in file:
        said = parsed(line)
        if said is not None:
            if said["at"] > until + SLACK:
                return
            if since <= said["at"] <= until:
                yield said
        if file.tell() - begun > MOST_BYTES:
            return


def _is_ours(file: BinaryIO) -> bool:
    """Whether a line of ours stands near its beginning or its end; another program's log is not read through."""
    head = [parsed(file.readline()) for _ in range(_PROBE_LINES)]
    file.seek(max(0, file.seek(0, os.SEEK_END) - _PROBE_BYTES))
    return any(head) or any(parsed(line) for line in file)


def _begin_of(file: BinaryIO, since: datetime) -> int:
    """A place in the file from which on no line of `since` or later is missed."""
    low, high = 0, file.seek(0, os.SEEK_END)
    while high - low > 4096:
        middle = (low + high) // 2
        at = _moment_after(file, middle)
        if at is None or at >= since:
            high = middle
        else:
            low = middle
    file.seek(low)
    if low:
        file.readline()
    return file.tell()


def _moment_after(file: BinaryIO, place: int) -> datetime | None:
    file.seek(place)
    file.readline()  # the rest of a line begun before
    for _ in range(_PROBE_LINES):
        said = parsed(file.readline())
        if said is not None:
            moment: datetime = said["at"]
            return moment
    return None


def parsed(line: bytes) -> dict[str, Any] | None:
    """The line, if it is one of ours."""
    try:
        said = orjson.loads(line)
        at = datetime.fromisoformat(said["at"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return None
    return {**said, "at": at} if at.tzinfo else None

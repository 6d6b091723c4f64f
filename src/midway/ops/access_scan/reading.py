"""Reads a log in blocks, several parts of it at once, and puts the counts together."""

import os
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from midway.ops.access_files import BROKEN, log_files, opened
from midway.ops.access_log import ANOTHER_LINE, OTHERS, Request, Survey, Times, note, request_of
from midway.ops.access_scan.kept import kept_function
from midway.ops.access_scan.tables import (
    ERRORS,
    HARD_LINES,
    HITS,
    NIGHT,
    REFUSALS,
    REQUESTS,
    SCANS,
    SHOWN,
    Count,
    emptied,
    is_filling,
    new_count,
    places_of,
    rows_of,
    used_rows,
)

BLOCK = 1 << 20
PAD = b"\n" * 64
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Span:
    """From when to when requests are counted."""

    since: datetime
    until: datetime

    @property
    def micros(self) -> tuple[int, int]:
        """In microseconds since 1970."""
        return tuple((moment - EPOCH) // timedelta(microseconds=1) for moment in (self.since, self.until))  # type: ignore[return-value]


def survey_fast(path: Path, *, since: datetime, until: datetime, parts: int | None = None) -> Survey:
    """The same as `access_log.survey`."""
    span, found = Span(since, until), MarkedSurvey()
    for file in log_files(path, since=since):
        with ThreadPoolExecutor(parts or os.cpu_count() or 1) as threads:
            readings = [threads.submit(_Part(file, span).read, *part) for part in _parts_of(file, parts)]
            for reading in readings:
                found.merge(reading.result())
    return found


def _parts_of(file: Path, parts: int | None) -> list[tuple[int, int]]:
    """From where to where each is read; what is packed can only be read from its beginning."""
    if file.suffix == ".gz":
        return [(0, sys.maxsize)]
    size = file.stat().st_size
    count = parts or min(os.cpu_count() or 1, max(1, size // BLOCK))
    edges = [size * n // count for n in range(count + 1)]
    return list(pairwise(edges))


class MarkedSurvey(Survey):
    """Knows visits by the marks the compiled reader gives them."""

    def mark(self, request: Request, day: int) -> int:
        visitor, agent = request.visitor.encode(), request.agent.encode()
        text = np.frombuffer(visitor + agent + PAD, np.uint8)
        begin = text.ctypes.data
        middle = begin + len(visitor)
        return hash((kept_function("mark")(begin, middle, middle + len(agent)), day))


class _Part:
    """One part of a file: the lines that begin in it."""

    def __init__(self, file: Path, span: Span) -> None:
        self._file, self._span = file, span
        self._count: Count = new_count(HARD_LINES)
        self._places = places_of(self._count)
        self._scan = kept_function("scan")
        self._found = MarkedSurvey()

    def read(self, begin: int, end: int) -> Survey:
        """Will count the lines that begin from `begin` to before `end`."""
        room = bytearray(BLOCK + len(PAD))
        with opened(self._file) as file:
            at, kept = _line_begin(file, begin), 0
            file.seek(at)
            while at < end:
                filled = _filled(file, room, kept)
                if not filled:
                    break
                last = room.rfind(b"\n", 0, filled) + 1 if filled == BLOCK else filled
                if not last:  # one line fills all the room: it is none of ours
                    self._found.unparsed += 1
                    at, kept = _line_begin(file, at + filled), 0
                    file.seek(at)
                    continue
                rest = bytes(room[last:filled])
                room[last : last + len(PAD)] = PAD
                self._count_until(room, min(last, end - at))
                at, kept = at + last, len(rest)
                room[:kept] = rest
        self._put_by()
        return self._found

    def _count_until(self, room: bytearray, end: int) -> None:
        text, count = np.frombuffer(room, np.uint8), self._count
        begin = at = text.ctypes.data
        while at < begin + end:
            at = self._scan(at, begin + end, *self._span.micros, self._places.ctypes.data)
            for line in count.hard[1 : int(count.hard[0]) + 1].tolist():
                self._with_care(room, line - begin)
        if any(map(is_filling, (count.visitors, count.failed, count.visits, count.routes))):
            self._put_by()
            emptied(count)

    def _with_care(self, room: bytearray, begin: int) -> None:
        request = request_of(bytes(room[begin : room.index(b"\n", begin)]))
        if request is not ANOTHER_LINE:
            note(self._found, request, since=self._span.since, until=self._span.until)

    def _put_by(self) -> None:
        """Will add what was counted to what was found."""
        count, found = self._count, self._found
        found.requests += int(count.totals[REQUESTS])
        found.night += int(count.totals[NIGHT])
        found.by_status.update({int(status): int(count.statuses[status]) for status in np.flatnonzero(count.statuses)})
        _put_visitors(count, found)
        _put_routes(count, found)
        found.forget_the_rarest()


def _put_visitors(count: Count, found: Survey) -> None:
    rows = rows_of(count.visitors)
    rows.sort(key=lambda row: -row[2][HITS])
    for name, column in (("by_visitor", HITS), ("scans", SCANS), ("refused", REFUSALS), ("office", SHOWN)):
        counter = getattr(found, name)
        for visitor, _, counts in rows:
            if counts[column]:
                counter[visitor.decode(errors="replace")] += counts[column]
    found.by_visitor.update(_lost(count.visitors.state))
    for visitor, hour, counts in rows_of(count.failed):
        found.failed[visitor.decode(errors="replace"), hour] += counts[0]
    for hashed, day, _, _ in count.visits.keys[used_rows(count.visits)].tolist():
        found.meet(hash((hashed, day)), day)


def _put_routes(count: Count, found: Survey) -> None:
    rows = used_rows(count.routes)
    for row, (text, _, counts) in zip(rows, rows_of(count.routes), strict=True):
        route = text.decode(errors="replace").replace("\x01", "…")
        found.by_route[route] += counts[HITS]
        if counts[ERRORS]:
            found.errors_by_route[route] += counts[ERRORS]
        buckets = np.flatnonzero(count.times[row])
        if buckets.size:
            times = found.times_by_route.setdefault(route, Times())
            times.merge(Times(int(count.times[row].sum()), _counted(buckets, count.times[row])))
    found.by_route.update(_lost(count.routes.state))


def _counted(places: Any, numbers: Any) -> "Counter[int]":
    return Counter({int(place): int(numbers[place]) for place in places})


def _lost(state: Any) -> dict[str, int]:
    return {OTHERS: int(state[2])} if state[2] else {}


def _line_begin(file: Any, at: int) -> int:
    """Where the first line begins that begins at or after this place."""
    if at == 0:
        return 0
    at -= 1
    while True:
        file.seek(at)
        block = file.read(1 << 16)
        if not block:
            return at
        found = block.find(b"\n")
        if found >= 0:
            return at + int(found) + 1
        at += len(block)


def _filled(file: Any, room: bytearray, kept: int) -> int:
    """Will fill the room behind what is kept, but for the padding; gives how much there is then."""
    view, filled = memoryview(room)[:BLOCK], kept
    while filled < BLOCK:
        try:
            got = file.readinto1(view[filled:])  # one read: what it gave is not lost when the next fails
        except BROKEN:
            break
        if not got:
            break
        filled += got
    return filled

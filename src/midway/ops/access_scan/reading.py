"""Reads a log in blocks, several parts of it at once, and puts the counts together."""

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from midway.ops.access_log import ANOTHER_LINE, OTHERS, Request, Survey, Times, log_files, note, request_of
from midway.ops.access_scan.count import (
    HITS,
    NIGHT,
    REFUSALS,
    REQUESTS,
    SCANS,
    SHOWN,
    Count,
    count_block,
    new_count,
    visit_mark,
)
from midway.ops.access_scan.tables import emptied, is_filling, rows_of, used_rows

BLOCK = 4 << 20
PAD = b"\n" * 64
HARD_LINES = 4096
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
    for file in log_files(path):
        size = file.stat().st_size
        count = parts or min(os.cpu_count() or 1, max(1, size // BLOCK))
        edges = [size * n // count for n in range(count + 1)]
        with ThreadPoolExecutor(count) as threads:
            for part in threads.map(lambda n: _Part(file, span).read(edges[n], edges[n + 1]), range(count)):  # noqa: B023 - waited for here
                found.merge(part)
    return found


class MarkedSurvey(Survey):
    """Knows visits by the marks the compiled reader gives them."""

    def mark(self, request: Request, day: int) -> int:
        visitor, agent = request.visitor.encode(), request.agent.encode()
        text = np.frombuffer(visitor + agent + PAD, np.uint8)
        return hash((int(visit_mark(text, len(visitor), len(visitor) + len(agent))), day))


class _Part:
    """One part of a file: the lines that begin in it."""

    def __init__(self, file: Path, span: Span) -> None:
        self._file, self._span = file, span
        self._count: Count = new_count()
        self._found = MarkedSurvey()
        self._hard = np.zeros(HARD_LINES, np.int64)

    def read(self, begin: int, end: int) -> Survey:
        """Will count the lines that begin from `begin` to before `end`."""
        room = bytearray(BLOCK + len(PAD))
        with self._file.open("rb", buffering=0) as file:
            at = _line_begin(file, begin)
            while at < end:
                file.seek(at)
                filled = _filled(file, room)
                if not filled:
                    break
                last = room.rfind(b"\n", 0, filled) + 1 if filled == BLOCK else filled
                if not last:  # one line fills all the room: it is none of ours
                    self._found.unparsed += 1
                    at = _line_begin(file, at + filled)
                    continue
                room[last : last + len(PAD)] = PAD
                self._count_until(room, min(last, end - at))
                at += last
        self._put_by()
        return self._found

    def _count_until(self, room: bytearray, end: int) -> None:
        text, (since, until) = np.frombuffer(room, np.uint8), self._span.micros
        at = 0
        while at < end:
            at = int(count_block(text, at, end, since, until, self._count, self._hard))
            for begin in self._hard[1 : int(self._hard[0]) + 1]:
                self._with_care(room, int(begin))
        if any(map(is_filling, (self._count.visitors, self._count.failed, self._count.visits, self._count.routes))):
            self._put_by()

    def _with_care(self, room: bytearray, begin: int) -> None:
        request = request_of(bytes(room[begin : room.index(b"\n", begin)]))
        if request is not ANOTHER_LINE:
            note(self._found, request, since=self._span.since, until=self._span.until)

    def _put_by(self) -> None:
        """Will add what was counted to what was found, and count from zero again."""
        count, found = self._count, self._found
        found.requests += int(count.totals[REQUESTS])
        found.night += int(count.totals[NIGHT])
        found.by_status.update({int(status): int(count.statuses[status]) for status in np.flatnonzero(count.statuses)})
        _put_visitors(count, found)
        _put_routes(count, found)
        found.forget_the_rarest()
        for table in (count.visitors, count.failed, count.visits, count.routes):
            emptied(table)
        for numbers in (count.totals, count.statuses, count.times):
            numbers.fill(0)
        count.paths.fill(-1)


def _put_visitors(count: Count, found: Survey) -> None:
    rows = rows_of(count.visitors)
    rows.sort(key=lambda row: -int(row[2][HITS]))
    for name, column in (("by_visitor", HITS), ("scans", SCANS), ("refused", REFUSALS), ("office", SHOWN)):
        counter = getattr(found, name)
        for visitor, _, counts in rows:
            if counts[column]:
                counter[visitor.decode(errors="replace")] += int(counts[column])
    found.by_visitor.update(_lost(count.visitors.state))
    for visitor, hour, counts in rows_of(count.failed):
        found.failed[visitor.decode(errors="replace"), hour] += int(counts[0])
    for hashed, day, _, _ in count.visits.keys[used_rows(count.visits)].tolist():
        found.meet(hash((hashed, day)), day)


def _put_routes(count: Count, found: Survey) -> None:
    rows = used_rows(count.routes)
    for row, (text, _, counts) in zip(rows, rows_of(count.routes), strict=True):
        route = text.decode(errors="replace").replace("\x01", "…")
        found.by_route[route] += int(counts[HITS])
        if counts[1]:
            found.errors_by_route[route] += int(counts[1])
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


def _filled(file: Any, room: bytearray) -> int:
    """Will fill the room but for the padding; gives how much there was."""
    view, filled = memoryview(room)[:BLOCK], 0
    while filled < BLOCK:
        got = file.readinto(view[filled:])
        if not got:
            break
        filled += got
    return filled

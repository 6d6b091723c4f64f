"""Counts the lines of a block of text: by answer, by route, by visitor. Compiled."""

from pathlib import Path
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np

from midway.core.routing.compiled import compiled, entry
from midway.ops.access_log import BUCKETS, LOGIN, REFUSED, SCANNED, SMALL_HOURS, STAFF
from midway.ops.access_scan.fields import (
    AGENT,
    AGENT_END,
    AT,
    FIELDS,
    NEWLINE,
    PATH,
    PATH_END,
    SECOND,
    STATUS,
    VISITOR,
    VISITOR_END,
    combined_line,
)
from midway.ops.access_scan.json_fields import json_line
from midway.ops.access_scan.tables import START, Table, new_table, row_of
from midway.ops.access_scan.words import hash_of, newline_after

HITS, SCANS, REFUSALS, SHOWN = range(4)
ERRORS = 1
REQUESTS, NIGHT = range(2)
DOOR, STAFF_ONLY, SIGNS_IN = 1, 2, 4
SHORTENED, STATIC_BYTES = 1, 8
"""Stands for "…" while a route is counted."""
LONGEST_ROUTE, LONGEST_PART = 120, 24
BOUNDS: Any = np.array(BUCKETS)


def _as_rows(words: tuple[str, ...]) -> Any:
    """Words as rows of bytes, filled up with zeros."""
    rows = np.zeros((len(words), max(map(len, words)) + 1), np.uint8)
    for row, word in enumerate(words):
        rows[row, : len(word)] = np.frombuffer(word.encode(), np.uint8)
    return rows


STATIC, DOORS, OFFICE, SIGN_IN = _as_rows(("/static/",)), _as_rows(SCANNED), _as_rows(STAFF), _as_rows((LOGIN,))
NOT_LET_IN: Any = np.array(REFUSED, np.int64)
NIGHT_BEGINS, NIGHT_ENDS = SMALL_HOURS


class Count(NamedTuple):
    """Where everything is counted."""

    totals: Any
    statuses: Any
    visitors: Table
    failed: Table
    visits: Table
    routes: Table
    times: Any
    found: Any
    seconds: Any
    route: Any
    paths: Any
    """Of the paths met lately: the hash, the row of the route, and what the path begins with or holds."""


def new_count() -> Count:
    """All counts at zero, in some fifty megabytes."""
    routes = new_table(1 << 14, 2, bytes_each=48)
    return Count(
        totals=np.zeros(2, np.int64),
        statuses=np.zeros(1000, np.int64),
        visitors=new_table(1 << 17, 4, bytes_each=24),
        failed=new_table(1 << 14, 1, bytes_each=24),
        visits=new_table(1 << 19, 1, bytes_each=0),
        routes=routes,
        times=np.zeros((1 << 14, len(BUCKETS)), np.uint32),
        found=np.zeros(FIELDS, np.int64),
        seconds=np.zeros(1),
        route=np.zeros(1 << 10, np.uint8),
        paths=np.full((1 << 14, 3), -1, np.int64),
    )


@compiled
def _begins(text: Any, begin: Any, end: Any, words: Any) -> bool:
    """Whether this begins with one of the words."""
    for row in range(words.shape[0]):
        n = 0
        while words[row, n] != 0 and begin + n < end and text[begin + n] == words[row, n]:
            n += 1
        if words[row, n] == 0:
            return True
    return False


@compiled
def _holds(text: Any, begin: Any, end: Any, words: Any) -> bool:
    for at in range(begin, end):  # noqa: SIM110 - compiled, where there is no any()
        if text[at] == words[0, 0] and _begins(text, at, end, words):
            return True
    return False


@compiled
def _is_particular(text: Any, begin: Any, end: Any) -> bool:
    """Whether a part of a path is a number or a code, as `access_log.route_of` has it."""
    numbers, codes = True, end - begin >= LONGEST_PART
    for at in range(begin, end):
        sign = text[at]
        is_digit = sign >= 48 and sign <= 57
        is_letter = (sign >= 65 and sign <= 90) or (sign >= 97 and sign <= 122)
        numbers = numbers and is_digit
        codes = codes and (is_digit or is_letter or sign == 95 or sign == 45)
        if not numbers and not codes:
            return False
    return bool(end > begin)


@compiled
def write_route(text: Any, begin: Any, end: Any, route: Any) -> Any:
    """Will write the route of a path; gives its length."""
    if _begins(text, begin, end, STATIC):
        for n in range(STATIC_BYTES):
            route[n] = text[begin + n]
        return np.int64(STATIC_BYTES)
    length, at = np.int64(0), begin
    while at < end and text[at] != 63 and length < LONGEST_ROUTE:  # a question mark ends it
        sign = text[at]
        route[length] = sign
        length, at = length + 1, at + 1
        if sign == 47:
            after = at
            while after < end and text[after] != 47 and text[after] != 63:
                after += 1
            if _is_particular(text, at, after):
                if length < LONGEST_ROUTE:
                    route[length] = SHORTENED
                    length += 1
                at = after
    return length


@compiled
def _bucket(seconds: Any) -> Any:
    """As `bisect_left` in the bounds."""
    low, high = 0, BOUNDS.shape[0] - 1
    while low < high:
        middle = (low + high) // 2
        if BOUNDS[middle] < seconds:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def _marks(text: Any, begin: Any, end: Any) -> Any:
    """What a path begins with or holds that is told of, each a bit."""
    marks = np.int64(0)
    if _begins(text, begin, end, DOORS):
        marks |= DOOR
    if _begins(text, begin, end, OFFICE):
        marks |= STAFF_ONLY
    if _holds(text, begin, end, SIGN_IN):
        marks |= SIGNS_IN
    return marks


@compiled
def _count_route(text: Any, count: Count, has_seconds: bool) -> Any:
    """Gives the marks of the path."""
    found = count.found
    path = hash_of(text, found[PATH], found[PATH_END], START)
    place = (path ^ (path >> 32)) & (count.paths.shape[0] - 1)
    row = count.paths[place, 1]
    if row < 0 or count.paths[place, 0] != path:
        length = write_route(text, found[PATH], found[PATH_END], count.route)
        hashed = hash_of(count.route, np.int64(0), length, START)
        row = row_of(count.routes, count.route, np.int64(0), length, hashed, np.int64(0))
        count.paths[place, 0], count.paths[place, 1] = path, row
        count.paths[place, 2] = _marks(text, found[PATH], found[PATH_END])
    if row >= 0:
        count.routes.counts[row, HITS] += 1
        count.routes.counts[row, ERRORS] += found[STATUS] >= 500
        if has_seconds:
            count.times[row, _bucket(count.seconds[0])] += 1
    return count.paths[place, 2]


@compiled
def _count_visitor(text: Any, count: Count, marks: Any) -> None:
    found = count.found
    begin, end, status = found[VISITOR], found[VISITOR_END], found[STATUS]
    hashed = hash_of(text, begin, end, START)
    row = row_of(count.visitors, text, begin, end, hashed, np.int64(0))
    is_refused = False
    for n in range(NOT_LET_IN.shape[0]):
        is_refused = is_refused or NOT_LET_IN[n] == status
    if row >= 0:
        count.visitors.counts[row, HITS] += 1
        count.visitors.counts[row, REFUSALS] += is_refused
        count.visitors.counts[row, SCANS] += marks & DOOR
        count.visitors.counts[row, SHOWN] += 1 if status == 200 and marks & STAFF_ONLY else 0
    if status >= 400 and marks & SIGNS_IN:
        failed = row_of(count.failed, text, begin, end, hashed, found[AT] // (3600 * SECOND))
        if failed >= 0:
            count.failed.counts[failed, 0] += 1
    visit = hash_of(text, found[AGENT], found[AGENT_END], hashed)  # as `visit_mark` has it
    row_of(count.visits, text, np.int64(0), np.int64(0), visit, found[AT] // (86400 * SECOND))


@compiled
def _count_line(text: Any, count: Count, since: Any, until: Any, has_seconds: bool) -> None:
    found = count.found
    if found[AT] < since or found[AT] > until:
        return
    count.totals[REQUESTS] += 1
    count.statuses[found[STATUS]] += 1
    marks = _count_route(text, count, has_seconds)
    hour = found[AT] // (3600 * SECOND) % 24
    if found[STATUS] == 200 and hour >= NIGHT_BEGINS and hour < NIGHT_ENDS:
        count.totals[NIGHT] += 1 if marks & STAFF_ONLY else 0
    _count_visitor(text, count, marks)


def _counting(stamp: int) -> Any:
    """What is kept on disk is known by this file and by what the function holds of its surroundings. The stamp makes
    that all of the package, so that nothing compiled from earlier sources is ever taken up."""

    def count_block(text: Any, begin: Any, end: Any, since: Any, until: Any, count: Count, hard: Any) -> Any:
        """Will count every line that begins before `end`. Where lines begin that must be read with care goes to
        `hard`, from its second place on; their number to the first. Gives where it stopped, which is before `end` only
        when `hard` is full."""
        at, found = begin, count.found
        hard[0] = 0 * stamp
        while at < end and hard[0] < hard.shape[0] - 1:
            line = at
            is_json = text[at] == 123
            if text[at] == NEWLINE:
                at += 1
                continue
            at = json_line(text, at, found, count.seconds) if is_json else combined_line(text, at, found)
            if at >= 0:
                _count_line(text, count, since, until, is_json)
            else:
                hard[0] += 1
                hard[hard[0]] = line
                at = line
            at = newline_after(text, at) + 1
        return at

    return count_block


def _marking(stamp: int) -> Any:
    """The same for the mark of a visitor."""

    def visit_mark(text: Any, middle: Any, end: Any) -> Any:
        """What a visitor and a browser are known by, which stand here one after the other."""
        begin = np.int64(0 * stamp)
        return hash_of(text, middle, end, hash_of(text, begin, middle, START))

    return visit_mark


def _sources() -> int:
    """A number for the words of this package and of what a line means."""
    here = Path(__file__).parent
    return crc32(b"".join(path.read_bytes() for path in [*sorted(here.glob("*.py")), here.parent / "access_log.py"]))


count_block = entry(_counting(_sources()), nogil=True)
visit_mark = entry(_marking(_sources()))

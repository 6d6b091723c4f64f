"""Counts the lines of a text: by answer, by route, by visitor. Compiled."""

from typing import Any

import numpy as np

from midway.core.routing.compiled import NOBODY, compiled, inlined
from midway.ops.access_log import LOGIN, REFUSED, SCANNED, SMALL_HOURS, STAFF
from midway.ops.access_scan.fields import (
    AGENT,
    AGENT_END,
    AT,
    BUCKET,
    NEWLINE,
    PATH,
    PATH_END,
    SECOND,
    STATUS,
    VISITOR,
    VISITOR_END,
    combined_line,
)
from midway.ops.access_scan.json_fields import BOUNDS, json_line
from midway.ops.access_scan.tables import (
    ARENA,
    BEGIN,
    COLUMNS,
    COUNTS,
    ERRORS,
    FAILED,
    FILLED,
    FOUND,
    HARD,
    HASH,
    HITS,
    KEYS,
    NIGHT,
    PATH_COLUMNS,
    PATHS,
    REFUSALS,
    REQUESTS,
    ROUTE,
    ROUTES,
    SCANS,
    SHOWN,
    STATE,
    STATUSES,
    TAG,
    TIMES,
    TOTALS,
    VISITORS,
    VISITS,
)
from midway.ops.access_scan.words import address, byte_at, hash_of, is_same, newline_after, numbers, put_byte

DOOR, STAFF_ONLY, SIGNS_IN = 1, 2, 4
SHORTENED, STATIC_BYTES = 1, 8
"""Stands for "…" while a route is counted."""
LONGEST_ROUTE, LONGEST_PART = 120, 24
START: Any = np.int64(1)
NO_BYTES: Any = np.int64(0)
TIMES_COLUMNS = len(BOUNDS)


def _as_rows(words: tuple[str, ...]) -> Any:
    """Words as rows of bytes, filled up with zeros."""
    rows = np.zeros((len(words), max(map(len, words)) + 1), np.uint8)
    for row, word in enumerate(words):
        rows[row, : len(word)] = np.frombuffer(word.encode(), np.uint8)
    return rows


STATIC, DOORS, OFFICE, SIGN_IN = _as_rows(("/static/",)), _as_rows(SCANNED), _as_rows(STAFF), _as_rows((LOGIN,))
NOT_LET_IN: Any = np.array([status in REFUSED for status in range(1000)], np.int64)
NIGHT_BEGINS, NIGHT_ENDS = SMALL_HOURS


@compiled
def _row_of(places: Any, table: Any, begin: Any, end: Any, hashed: Any, tag: Any) -> Any:
    """The row of this key, made if need be; -1 where there is no room left."""
    keys, arena = numbers(places, table + KEYS), address(places, table + ARENA)
    mask = keys.shape[0] // COLUMNS - 1
    length = end - begin
    row = (hashed ^ (hashed >> 32) ^ tag) & mask
    at = row * COLUMNS
    while keys[at + FILLED] > 0:
        is_it = keys[at + HASH] == hashed and keys[at + TAG] == tag and keys[at + FILLED] == length + 1
        if is_it and is_same(arena + keys[at + BEGIN], begin, length):
            return row
        row = (row + 1) & mask
        at = row * COLUMNS
    state = numbers(places, table + STATE)
    used = state[1]
    if state[0] * 8 > mask * 7 or used + length + 8 > numbers(places, table + ARENA).shape[0]:
        state[2] += 1
        return NOBODY
    keys[at + HASH], keys[at + TAG], keys[at + BEGIN], keys[at + FILLED] = hashed, tag, used, length + 1
    for n in range(length):
        put_byte(arena + used + n, byte_at(begin + n))
    state[0] += 1
    state[1] = used + length
    return row


@compiled
def _begins(begin: Any, end: Any, words: Any) -> bool:
    """Whether this begins with one of the words."""
    for row in range(words.shape[0]):
        n = 0
        while words[row, n] != 0 and begin + n < end and byte_at(begin + n) == words[row, n]:
            n += 1
        if words[row, n] == 0:
            return True
    return False


@compiled
def _holds(begin: Any, end: Any, words: Any) -> bool:
    for at in range(begin, end):  # noqa: SIM110 - compiled, where there is no any()
        if byte_at(at) == words[0, 0] and _begins(at, end, words):
            return True
    return False


@compiled
def _is_particular(begin: Any, end: Any) -> bool:
    """Whether a part of a path is a number or a code, as `access_log.route_of` has it."""
    are_digits, codes = True, end - begin >= LONGEST_PART
    for at in range(begin, end):
        sign = byte_at(at)
        is_digit = sign >= 48 and sign <= 57
        is_letter = (sign >= 65 and sign <= 90) or (sign >= 97 and sign <= 122)
        are_digits = are_digits and is_digit
        codes = codes and (is_digit or is_letter or sign == 95 or sign == 45)
        if not are_digits and not codes:
            return False
    return bool(end > begin)


@compiled
def _write_route(begin: Any, end: Any, route: Any) -> Any:
    """Will write the route of a path; gives its length."""
    if _begins(begin, end, STATIC):
        for n in range(STATIC_BYTES):
            put_byte(route + n, byte_at(begin + n))
        return np.int64(STATIC_BYTES)
    length, at = np.int64(0), begin
    while at < end and byte_at(at) != 63 and length < LONGEST_ROUTE:  # a question mark ends it
        sign = byte_at(at)
        put_byte(route + length, sign)
        length, at = length + 1, at + 1
        if sign == 47:
            after = at
            while after < end and byte_at(after) != 47 and byte_at(after) != 63:
                after += 1
            if _is_particular(at, after):
                if length < LONGEST_ROUTE:
                    put_byte(route + length, np.int64(SHORTENED))
                    length += 1
                at = after
    return length


@compiled
def _marks(begin: Any, end: Any) -> Any:
    """What a path begins with or holds that is told of, each a bit."""
    marks = np.int64(0)
    if _begins(begin, end, DOORS):
        marks |= DOOR
    if _begins(begin, end, OFFICE):
        marks |= STAFF_ONLY
    if _holds(begin, end, SIGN_IN):
        marks |= SIGNS_IN
    return marks


@compiled
def _route_row(places: Any, begin: Any, end: Any) -> Any:
    """The row of the route of this path."""
    route = address(places, ROUTE)
    length = _write_route(begin, end, route)
    return _row_of(places, ROUTES, route, route + length, hash_of(route, route + length, START), NO_BYTES)


@inlined
def _count_route(places: Any, found: Any, has_seconds: bool) -> Any:
    """Gives the marks of the path."""
    begin, end, paths = found[PATH], found[PATH_END], numbers(places, PATHS)
    path = hash_of(begin, end, START)
    place = ((path ^ (path >> 32)) & (paths.shape[0] // PATH_COLUMNS - 1)) * PATH_COLUMNS
    row = paths[place + 1] - 1
    if row < 0 or paths[place] != path:
        row = _route_row(places, begin, end)
        paths[place], paths[place + 1], paths[place + 2] = path, row + 1, _marks(begin, end)
    if row >= 0:
        counts = numbers(places, ROUTES + COUNTS)
        counts[row * 2 + HITS] += 1
        counts[row * 2 + ERRORS] += found[STATUS] >= 500
        if has_seconds:
            numbers(places, TIMES)[row * TIMES_COLUMNS + found[BUCKET]] += 1
    return paths[place + 2]


@inlined
def _count_visitor(places: Any, found: Any, marks: Any) -> None:
    begin, end, status = found[VISITOR], found[VISITOR_END], found[STATUS]
    hashed = hash_of(begin, end, START)
    row = _row_of(places, VISITORS, begin, end, hashed, NO_BYTES)
    if row >= 0:
        counts = numbers(places, VISITORS + COUNTS)
        counts[row * 4 + HITS] += 1
        counts[row * 4 + REFUSALS] += NOT_LET_IN[status]
        counts[row * 4 + SCANS] += marks & DOOR
        counts[row * 4 + SHOWN] += 1 if status == 200 and marks & STAFF_ONLY else 0
    if status >= 400 and marks & SIGNS_IN:
        failed = _row_of(places, FAILED, begin, end, hashed, found[AT] // (3600 * SECOND))
        if failed >= 0:
            numbers(places, FAILED + COUNTS)[failed] += 1
    visit = hash_of(found[AGENT], found[AGENT_END], hashed)  # as `mark` has it
    _row_of(places, VISITS, begin, begin, visit, found[AT] // (86400 * SECOND))


@inlined
def _count_line(places: Any, found: Any, has_seconds: bool) -> None:
    totals, status = numbers(places, TOTALS), found[STATUS]
    totals[REQUESTS] += 1
    numbers(places, STATUSES)[status] += 1
    marks = _count_route(places, found, has_seconds)
    if status == 200 and marks & STAFF_ONLY:
        hour = found[AT] // (3600 * SECOND) % 24
        totals[NIGHT] += 1 if hour >= NIGHT_BEGINS and hour < NIGHT_ENDS else 0
    _count_visitor(places, found, marks)


def scan(at: Any, end: Any, since: Any, until: Any, places: Any) -> Any:
    """Will count every line that begins before `end`. Where lines begin that must be read with care is put among the
    hard ones. Gives where it stopped, which is before `end` only when there is no room for more of those."""
    hard, found = numbers(places, HARD), numbers(places, FOUND)
    hard[0] = 0
    while at < end and hard[0] < hard.shape[0] - 1:
        line = at
        is_json = byte_at(at) == 123
        if byte_at(at) == NEWLINE:
            at += 1
            continue
        at = json_line(at, found) if is_json else combined_line(at, found)
        if at < 0:
            hard[0] += 1
            hard[hard[0]] = line
            at = line
        elif found[AT] >= since and found[AT] <= until:
            _count_line(places, found, is_json)
        at = newline_after(at) + 1
    return at


def mark(begin: Any, middle: Any, end: Any) -> Any:
    """What a visitor and a browser are known by, which stand here one after the other."""
    return hash_of(middle, end, hash_of(begin, middle, START))

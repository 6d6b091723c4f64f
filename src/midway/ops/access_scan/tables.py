"""Counts by the bytes of a key, in arrays that do not grow. What is compiled knows them by where they are."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from midway.ops.access_log import BUCKETS

FULL = 0.7
"""So much of a table is used before those seen least are counted as others."""
HASH, TAG, BEGIN, FILLED, COLUMNS = range(5)
HITS, SCANS, REFUSALS, SHOWN = range(4)
ERRORS = 1
REQUESTS, NIGHT = range(2)
# The order of the places: the first four arrays, then each table with its keys, counts, bytes and state.
TOTALS, STATUSES, TIMES, PATHS, FOUND, HARD, ROUTE, VISITORS = range(8)
KEYS, COUNTS, ARENA, STATE = range(4)
FAILED, VISITS, ROUTES = VISITORS + 4, VISITORS + 8, VISITORS + 12
PATH_COLUMNS = 3
FIELDS = 16
HARD_LINES = 4096


@dataclass(frozen=True)
class Table:
    """Rows found by hash and told apart by their bytes and a number beside them."""

    keys: Any  # hash, tag, where its bytes begin, one more than how many: 0 where there is no row
    counts: Any
    arena: Any
    state: Any  # rows, bytes of the arena, hits that found no room

    @property
    def arrays(self) -> tuple[Any, Any, Any, Any]:
        """As the places have them."""
        return self.keys, self.counts, self.arena, self.state


@dataclass(frozen=True)
class Count:
    """Where everything is counted."""

    totals: Any
    statuses: Any
    times: Any
    paths: Any
    """Of the paths met lately: the hash, the row of the route, and what the path begins with or holds."""
    found: Any
    hard: Any
    """How many lines must be read with care, and where they begin."""
    route: Any
    visitors: Table
    failed: Table
    visits: Table
    routes: Table

    @property
    def arrays(self) -> list[Any]:
        """In the order of the places."""
        plain = [self.totals, self.statuses, self.times, self.paths, self.found, self.hard, self.route]
        tables = (self.visitors, self.failed, self.visits, self.routes)
        return plain + [one for table in tables for one in table.arrays]


def new_count(hard_lines: int = HARD_LINES) -> Count:
    """All counts at zero; memory is taken as it is used, up to some fifty megabytes."""
    return Count(
        totals=np.zeros(2, np.int64),
        statuses=np.zeros(1000, np.int64),
        times=np.zeros((1 << 14, len(BUCKETS)), np.int64),
        paths=np.zeros((1 << 14, PATH_COLUMNS), np.int64),
        found=np.zeros(FIELDS, np.int64),
        hard=np.zeros(hard_lines, np.int64),
        route=np.zeros(1 << 10, np.uint8),
        visitors=_new_table(1 << 17, 4, bytes_each=24),
        failed=_new_table(1 << 14, 1, bytes_each=24),
        visits=_new_table(1 << 19, 1, bytes_each=0),
        routes=_new_table(1 << 14, 2, bytes_each=48),
    )


def places_of(count: Count) -> Any:
    """Where each array is, and how many numbers it holds."""
    return np.array([(array.ctypes.data, array.size) for array in count.arrays], np.int64)


def _new_table(rows: int, columns: int, *, bytes_each: int) -> Table:
    """An empty table; `rows` is a power of two."""
    counts, arena = np.zeros((rows, columns), np.int64), np.zeros(rows * bytes_each + 8, np.uint8)
    return Table(np.zeros((rows, COLUMNS), np.int64), counts, arena, np.zeros(3, np.int64))


def rows_of(table: Table) -> list[tuple[bytes, int, list[int]]]:
    """Key, number beside it, and counts of every row."""
    used = used_rows(table)
    arena = table.arena[: int(table.state[1])].tobytes()
    return [
        (arena[begin : begin + filled - 1], tag, counts)
        for (_, tag, begin, filled), counts in zip(table.keys[used].tolist(), table.counts[used].tolist(), strict=True)
    ]


def used_rows(table: Table) -> Any:
    """Where rows are."""
    return np.flatnonzero(table.keys[:, FILLED])


def is_filling(table: Table) -> bool:
    """Whether it must be emptied before the next block."""
    rows, used, lost = table.state.tolist()
    return bool(rows > FULL * len(table.keys) or used > FULL * len(table.arena) or lost)


def emptied(count: Count) -> None:
    """Will forget all that was counted."""
    for array in (count.totals, count.statuses, count.times, count.paths):
        array.fill(0)
    for table in (count.visitors, count.failed, count.visits, count.routes):
        for array in (table.keys, table.counts, table.state):
            array.fill(0)

"""Counts by the bytes of a key, in arrays that do not grow. Compiled."""

from typing import Any, NamedTuple

import numpy as np

from midway.core.routing.compiled import NOBODY, compiled
from midway.ops.access_scan.words import is_same

FULL = 0.7
"""So much of a table is used before those seen least are counted as others."""
HASH, TAG, BEGIN, FILLED = range(4)
START: Any = np.int64(1)


class Table(NamedTuple):
    """Rows found by hash and told apart by their bytes and a number beside them."""

    keys: Any  # hash, tag, where its bytes begin, one more than how many: 0 where there is no row
    counts: Any
    arena: Any
    state: Any  # rows, bytes of the arena, hits that found no room


def new_table(rows: int, columns: int, *, bytes_each: int) -> Table:
    """An empty table; `rows` is a power of two."""
    counts = np.zeros((rows, columns), np.int64)
    return Table(
        np.zeros((rows, 4), np.int64), counts, np.zeros(rows * bytes_each + 8, np.uint8), np.zeros(3, np.int64)
    )


@compiled
def row_of(table: Table, text: Any, begin: Any, end: Any, hashed: Any, tag: Any) -> Any:
    """The row of this key, made if need be; -1 where there is no room left."""
    keys = table.keys
    mask = keys.shape[0] - 1
    length = end - begin
    row = (hashed ^ (hashed >> 32) ^ tag) & mask
    while keys[row, FILLED] > 0:
        is_it = keys[row, HASH] == hashed and keys[row, TAG] == tag and keys[row, FILLED] == length + 1
        if is_it and is_same(table.arena, keys[row, BEGIN], text, begin, length):
            return row
        row = (row + 1) & mask
    used = table.state[1]
    if table.state[0] * 8 > mask * 7 or used + length + 8 > table.arena.shape[0]:
        table.state[2] += 1
        return NOBODY
    keys[row, HASH], keys[row, TAG], keys[row, BEGIN], keys[row, FILLED] = hashed, tag, used, length + 1
    for n in range(length):
        table.arena[used + n] = text[begin + n]
    table.state[0] += 1
    table.state[1] = used + length
    return row


def rows_of(table: Table) -> list[tuple[bytes, int, Any]]:
    """Key, number beside it, and counts of every row."""
    used = used_rows(table)
    arena = table.arena.tobytes() if used.size else b""
    keys = table.keys[used].tolist()
    return [
        (arena[begin : begin + filled - 1], tag, table.counts[row])
        for row, (_, tag, begin, filled) in zip(used, keys, strict=True)
    ]


def used_rows(table: Table) -> Any:
    """Where rows are."""
    return np.flatnonzero(table.keys[:, FILLED])


def is_filling(table: Table) -> bool:
    """Whether it must be emptied before the next block."""
    return bool(
        table.state[0] > FULL * table.keys.shape[0] or table.state[1] > FULL * table.arena.shape[0] or table.state[2]
    )


def emptied(table: Table) -> None:
    """Will forget all rows."""
    table.keys.fill(0)
    table.counts.fill(0)
    table.state.fill(0)

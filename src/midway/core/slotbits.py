"""Availability on calendars written as bits: one bit a quarter hour, the first the most significant.

A cleaner's days laid end to end form one long integer, so that fourteen days are searched by a handful of
shifts, and counting who is free is an addition carried out on all quarter hours at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from midway.core.availability import SlotRules
from midway.core.timespan import CELL, cells_between, local_midnight


def starts_of_runs(free: int, length: int) -> int:
    """Will mark every bit that begins a run of `length` free bits (bits past the end count as taken)."""
    run, have = free, 1
    while have < length:
        step = min(have, length - have)
        run &= run << step
        have += step
    return run


def counts(marks: Iterable[int]) -> list[int]:
    """Will add up many bit rows column by column: bit plane `i` holds the columns' counts' digit `2**i`."""
    planes: list[int] = []
    for mark in marks:
        carry = mark
        for index, plane in enumerate(planes):
            planes[index], carry = plane ^ carry, plane & carry
            if not carry:
                break
        if carry:
            planes.append(carry)
    return planes


def at_least(planes: list[int], number: int) -> int:
    """Will mark every column whose count is `number` or more; `number` is 1 or more."""
    equal, greater = -1, 0
    for index in range(max(len(planes), number.bit_length()) - 1, -1, -1):
        plane = planes[index] if index < len(planes) else 0
        if number >> index & 1:
            equal &= plane
        else:
            greater |= equal & plane
            equal &= ~plane
    return greater | equal


@dataclass(frozen=True)
class Timeline:
    """Local days laid end to end in quarter hours: `opens` is the first day's midnight, `cells` of each day."""

    opens: datetime
    cells: tuple[int, ...]
    grid: int
    """The quarter hours at which a visit may start by the wall clock, `grid_minutes` apart, over the asked days."""


@lru_cache(maxsize=256)
def timeline(zone: ZoneInfo, first: date, days: int, grid_minutes: int) -> Timeline:
    """Will lay out `days` local days and one more, into which a visit that begins late may run."""
    midnights = [local_midnight(first + timedelta(days=n), zone) for n in range(days + 2)]
    cells = tuple(cells_between(a, b) for a, b in pairwise(midnights))
    grid = 0
    for index in range(sum(cells)):
        local = (midnights[0] + index * CELL).astimezone(zone)
        asked = index < sum(cells[:days]) and (local.hour * 60 + local.minute) % grid_minutes == 0
        grid = grid << 1 | asked
    return Timeline(opens=midnights[0], cells=cells, grid=grid)


@dataclass(frozen=True)
class Columns:
    """Quarter hours side by side: whether a visit may start at each (0 or 1), and how many cleaners are free for it."""

    is_offered: bytes
    free: Sequence[int]


def window_of(*, rules: SlotRules, first: date, days: int, now: datetime) -> tuple[int, int]:
    """Will give the first and the last quarter hour from `first` on at which notice and horizon let a visit start."""
    line = timeline(rules.zone, first, days, rules.grid_minutes)
    earliest = max(0, -((line.opens - now - rules.notice) // CELL))
    latest = min(sum(line.cells) - 1, (now + rules.horizon - line.opens) // CELL)
    return earliest, latest


def offered_columns(
    rows: Sequence[int], *, rules: SlotRules, first: date, days: int, window: tuple[int, int]
) -> Columns:
    """Will answer as `core.availability.offered_slots` does, a column for each quarter hour of `days` + 1 days.

    `rows` are the cleaners' free bits over these local days from `first`; `window` as `window_of` says.
    """
    line = timeline(rules.zone, first, days, rules.grid_minutes)
    width = sum(line.cells)
    earliest, latest = window
    if earliest > latest:
        return Columns(bytes(width), bytes(width))
    needed = -(-(rules.duration + rules.pad) // CELL)
    allowed = ((1 << (latest - earliest + 1)) - 1) << (width - 1 - latest)
    planes = counts(starts_of_runs(row, needed) for row in rows)
    marks = at_least(planes, rules.team_size) & line.grid & allowed
    return Columns(_spread(marks, width), _column_sums(planes, width))


_DIGITS = bytes.maketrans(b"01", b"\0\1")


def _spread(bits: int, width: int) -> bytes:
    """Will write each bit as a byte of its own, the most significant first."""
    return format(bits, f"0{width}b").encode().translate(_DIGITS)


def _column_sums(planes: Sequence[int], width: int) -> Sequence[int]:
    # Eight planes fit a byte a column, and adding up all columns at once is one addition of long integers.
    total = sum(int.from_bytes(_spread(plane, width)) << n for n, plane in enumerate(planes[:8]))
    low = total.to_bytes(width)
    if len(planes) <= 8:
        return low
    return [a + (b << 8) for a, b in zip(low, _column_sums(planes[8:], width), strict=True)]

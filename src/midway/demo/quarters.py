"""Days as rows of quarter hours, on the wall clock, and random codes: small change of the planner.

Nobody in the demo company works between midnight and six, so a wall-clock day of 96 quarters is exact even
when the clock changes.
"""

from datetime import date, timedelta
from functools import lru_cache
from random import Random
from uuid import UUID

from midway.core.slotbits import starts_of_runs

CELLS = 96
PAD = 1
"""Quarter hours kept free after each visit, the branch's pad."""

_EVERY = {step: sum(1 << (CELLS - 1 - cell) for cell in range(0, CELLS, step)) for step in (1, 2)}


def span(first: int, length: int) -> int:
    """Bits of `length` quarter hours from quarter `first`."""
    return ((1 << length) - 1) << (CELLS - first - length)


@lru_cache(maxsize=256)
def hours(start: int, end: int) -> int:
    """Bits of the hours from `start` to `end` o'clock."""
    return span(start * 4, (end - start) * 4)


def earliest(free: int, length: int, *, step: int = 1) -> int | None:
    """The first quarter, or with `step=2` half hour, from which `length` quarters are free."""
    marks = starts_of_runs(free, length) & _EVERY[step]
    return CELLS - marks.bit_length() if marks else None


def week_number(day: date) -> int:
    """Weeks since the beginning of the calendar; they begin on Mondays."""
    return (day.toordinal() - 1) // 7


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def random_code(rng: Random) -> UUID:
    """A UUID from the given randomness."""
    return UUID(int=rng.getrandbits(128), version=4)

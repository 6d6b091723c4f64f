from datetime import UTC, datetime, timedelta, timezone

import pytest

from midway.ops.backup.store import CODE, new_code
from midway.runtime.problem import CannotRun

MOMENT = datetime(2026, 3, 4, 14, 3, 5, 177_278, tzinfo=UTC)


def test_codes_sort_by_the_moment_they_hold_within_a_second_too() -> None:
    later = MOMENT + timedelta(microseconds=1)
    for _ in range(50):
        assert new_code(MOMENT) < new_code(later)


def test_the_zone_of_the_moment_does_not_matter() -> None:
    there = MOMENT.astimezone(timezone(timedelta(hours=-5)))
    assert new_code(there)[:-1] == new_code(MOMENT)[:-1]


def test_the_same_moment_gets_another_code_until_there_is_none() -> None:
    taken: set[str] = set()
    for _ in range(16):
        taken.add(new_code(MOMENT, taken=taken))
    assert len(taken) == 16
    assert all(CODE.fullmatch(code) for code in taken)
    with pytest.raises(CannotRun, match="a second later"):
        new_code(MOMENT, taken=taken)

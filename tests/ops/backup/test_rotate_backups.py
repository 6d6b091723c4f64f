from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midway.ops.backup.catalogue import State
from midway.ops.backup.create import MadeBackup, create_backup
from midway.ops.backup.listing import Listed
from midway.ops.backup.rotate import plan_rotation, rotate_backups
from midway.ops.backup.setting import Setting

START = datetime(2026, 1, 1, 3, 0, tzinfo=UTC)


def night(number: int, *, proved: bool = True, off_host: bool = True) -> Listed:
    at = START + timedelta(days=number)
    state = State.PROVED if proved else State.DAMAGED
    return Listed(f"{at:%Y%m%dT%H%M%SZ}-000000", at, state, True, 1, ["elsewhere"] if off_host else [], at, {})


def live(nights: list[Listed]) -> list[Listed]:
    """What is left when the plan is carried out after each night."""
    left: list[Listed] = []
    for row in nights:
        left.append(row)
        gone = set(plan_rotation(left).remove)
        left = [one for one in left if one.code not in gone]
    return left


def test_a_year_of_good_nights_keeps_days_weeks_and_months() -> None:
    left = live([night(number) for number in range(365)])
    assert 18 <= len(left) <= 24
    assert {row.made_at.month for row in left} == set(range(1, 13))


def test_months_of_failing_nights_keep_the_old_ones() -> None:
    good = [night(number) for number in range(10)]
    left = live([*good, *[night(number, proved=False) for number in range(10, 130)]])
    kept = [row for row in left if row.is_proved]
    assert kept[-3:] == good[-3:]


def test_copies_that_fail_keep_the_last_ones_that_lie_elsewhere() -> None:
    elsewhere = [night(number) for number in range(5)]
    left = live([*elsewhere, *[night(number, off_host=False) for number in range(5, 200)]])
    assert elsewhere[-1] in left


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=120), st.randoms(use_true_random=False))
def test_what_goes_leaves_three_newer_proved_ones_of_which_one_lies_elsewhere(
    nights: list[tuple[bool, bool]], chance: Random
) -> None:
    rows = [night(number, proved=proved, off_host=off_host) for number, (proved, off_host) in enumerate(nights)]
    shuffled = chance.sample(rows, len(rows))
    gone = set(plan_rotation(shuffled).remove)
    stay = [row for row in rows if row.code not in gone]
    for row in rows:
        if row.code in gone:
            newer = [one for one in stay if one.made_at > row.made_at and one.is_proved]
            assert len(newer) >= 3
            assert any(one.copies for one in newer)


@pytest.mark.xdist_group("backup")
def test_nothing_goes_without_a_yes_and_nothing_that_is_needed_with_it(workshop: tuple[Setting, MadeBackup]) -> None:
    setting, _ = workshop
    create_backup(setting)
    for really in (False, True):
        plan = rotate_backups(setting, really=really)
        assert plan.remove == []  # none is proved
        assert len(setting.store.codes()) == 2

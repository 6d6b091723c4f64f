"""The demo company can be made on any day, and is the same each time it is made on that day."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from tests.cast import NEW_YORK, NOW
from tests.demo.rules import SMALL, broken_rules, fingerprint, loaded

from midway.demo.actions import DemoSize

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "clock",
    [
        "2026-03-08 01:30",  # the clock goes forward half an hour later
        "2026-07-04 10:00",  # a holiday, and a Saturday
        "2026-12-31 23:59",
        pytest.param("2026-03-01 12:00", marks=pytest.mark.slow),  # a Sunday
        pytest.param("2026-11-01 09:00", marks=pytest.mark.slow),  # the clock went back in the night
        pytest.param("2028-02-29 00:00", marks=pytest.mark.slow),
        pytest.param("2026-06-03 15:10", marks=pytest.mark.slow),  # a Wednesday afternoon
    ],
)
def test_it_breaks_no_rule_whatever_the_day(clock: str) -> None:
    now = datetime.fromisoformat(clock).replace(tzinfo=ZoneInfo(NEW_YORK))
    with loaded(SMALL, now=now) as report:
        assert broken_rules(report, now) == []
        assert report.rows["visits"] > 500


@pytest.mark.parametrize(
    "size",
    [
        DemoSize(1, 1, 1),
        DemoSize(1, 50, 1),
        DemoSize(30, 3, 1),
        pytest.param(DemoSize(90, 300, 1), marks=pytest.mark.slow),
    ],
    ids=repr,
)
def test_odd_sizes_break_no_rule(size: DemoSize) -> None:
    with loaded(size) as report:
        assert broken_rules(report, NOW) == []
        assert report.rows["customers"] == size.customers


@pytest.mark.slow
def test_the_same_seed_and_day_make_the_same_company_to_the_byte() -> None:
    with loaded(SMALL, seed=7):
        first = fingerprint()
    with loaded(SMALL, seed=7):
        second = fingerprint()
    with loaded(SMALL, seed=8):
        other = fingerprint()

    assert first == second
    assert first["booking_visit"] != other["booking_visit"]
    assert first["crew_commitment"] != other["crew_commitment"]

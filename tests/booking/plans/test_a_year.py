"""A generated year of a thousand and more random deeds ends with every promise kept."""

import os
from random import Random

import pytest
from tests.booking.plans.stage import year_cast
from tests.booking.plans.year import DEEDS, Year

from midway.booking.invariants import broken_invariants, findings
from midway.booking.models import Plan

# Real transactions: a year of rows nobody can vacuum away would crawl.
pytestmark = pytest.mark.django_db(transaction=True)

DEEDS_A_YEAR = int(os.environ.get("MIDWAY_TEST_DEEDS", "1000"))
SEED = int(os.environ.get("MIDWAY_TEST_SEED", "2026"))


def test_after_a_year_of_random_deeds_every_invariant_holds() -> None:
    year = Year(year_cast(), Random(SEED))
    quarters = 5
    for _ in range(quarters):
        year.live(DEEDS_A_YEAR // quarters, hours_between=365 * 24 / DEEDS_A_YEAR)
        year.night()
        assert broken_invariants(now=year.now) == [], f"after {year.done}"

    # The year was worth living: every kind of deed succeeded, and something was looked at everywhere.
    print(dict(year.done), dict(year.refused))  # noqa: T201 - shown when the test fails
    assert {deed.__name__ for deed in DEEDS} <= set(+year.done)
    assert year.done["topped_up"] > 0
    assert Plan.objects.filter(state="ended").exists()
    assert all(finding.examined for finding in findings(now=year.now) if "held_time" not in finding.name)

"""A generated year of thousands of random deeds ends with every promise kept; a busy week does in every run."""

import os
from random import Random

import pytest
from tests.booking.plans.stage import year_cast
from tests.booking.plans.year import DEEDS, RULES, Year
from tests.booking.plans.year_prices import off_price
from tests.cast import NOW, TODAY, Cast

from midway.booking.actions import publish_policy
from midway.booking.invariants import broken_invariants, findings
from midway.booking.models import Plan
from midway.core.actor import SYSTEM

# Real transactions: a year of rows nobody can vacuum away would crawl.
pytestmark = pytest.mark.django_db(transaction=True)

DEEDS_A_YEAR = int(os.environ.get("MIDWAY_TEST_DEEDS", "2000"))
SEED = int(os.environ.get("MIDWAY_TEST_SEED", "2026"))


def begun(cast: Cast, seed: int) -> Year:
    """The company on its first day, with rules for skips, far moves and gaps."""
    publish_policy(branch=cast.branch, service=None, terms=RULES, effective_on=TODAY, by=SYSTEM, now=NOW)
    return Year(cast, Random(seed))


def test_after_a_busy_week_every_invariant_holds() -> None:
    year = begun(year_cast(days=390), SEED + 1)
    year.live(60, hours_between=3)
    year.night()
    assert broken_invariants(now=year.now) == [], f"after {year.done}"


@pytest.mark.slow
def test_after_a_year_of_random_deeds_every_invariant_holds() -> None:
    year = begun(year_cast(), SEED)
    quarters = 5
    for _ in range(quarters):
        year.live(DEEDS_A_YEAR // quarters, hours_between=365 * 24 / DEEDS_A_YEAR)
        year.night()
        assert broken_invariants(now=year.now) == [], f"after {year.done}"
        assert off_price(year) == [], f"after {year.done}"

    # The year was worth living: every kind of deed succeeded, and something was looked at everywhere.
    print(dict(year.done), dict(year.refused))  # noqa: T201 - shown when the test fails
    assert {deed.__name__ for deed in DEEDS} <= set(+year.done)
    assert min(year.done["topped_up"], year.done["announced"], year.done["taken_over"]) > 0
    assert Plan.objects.filter(state="ended").exists()
    assert all(finding.examined for finding in findings(now=year.now) if "held_time" not in finding.name)

"""The cast with a year of calendar."""

import pytest
from tests.booking.plans.stage import year_cast
from tests.cast import Cast


@pytest.fixture
def year(db: None) -> Cast:
    return year_cast()

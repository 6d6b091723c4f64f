"""Some healthy days of the demo company, on a stage of their own: nobody is called."""

from typing import Any

import pytest
from tests.ops.upkeep.quiet import in_words, live

from midway.ops.stage import open_stage

pytestmark = pytest.mark.drills
DAYS = 8
"""So that each day of the week comes, and what looks at a week has one to look at."""


def test_a_healthy_week_calls_nobody(django_db_blocker: Any) -> None:
    with django_db_blocker.unblock(), open_stage() as stage:
        assert stage.postgres
        month = live(stage, days=DAYS)
    assert month.raised == []
    assert month.messages["upkeep_alarm"] == 0
    assert month.looks > 30 * DAYS, in_words(month)

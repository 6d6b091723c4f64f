"""On a healthy system nobody is called: thirty days with the noise numbers have, and not one false alarm."""

import sys
from pathlib import Path

import pytest
from tests.ops.upkeep.quiet import in_words, live

from midway.ops.stage import Stage

RESULT = Path(__file__).resolve().parents[3] / "docs" / "results" / "upkeep.md"


@pytest.mark.drills
def test_a_healthy_month_calls_nobody(stage: Stage) -> None:
    month = live(stage, days=30)
    sys.stdout.write(in_words(month) + "\n")
    assert month.raised == [], month.not_fine
    assert len(month.procedures) > 50
    assert month.messages["upkeep_alarm"] == 0
    assert sum(month.messages.values()) <= 6, "a digest a week and one a month"
    assert in_words(month) in RESULT.read_text()

"""A round of procedures runs in a process of its own, and says when the next one is due."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from tests.ops.upkeep.procedures import made_up, says
from tests.product import RunningProduct

from midway.ops import upkeep
from midway.ops.backup.child import ChildFailed
from midway.ops.procedure import Cadence, Outcome, Status
from midway.ops.rounds import LONGEST_REST, Rounds
from midway.ops.stage import Stage


def now() -> datetime:
    return datetime.now(UTC)


def test_the_next_turn_is_now_while_something_is_due(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    daily, weekly = made_up(says(1), "test.day"), made_up(says(1), "test.week", cadence=Cadence.WEEKLY)
    monkeypatch.setattr(upkeep, "all_procedures", lambda: (daily, weekly))
    at = datetime(2026, 3, 4, 9, tzinfo=UTC)
    assert upkeep.next_turn(now=at) == at
    upkeep.note_turns([Outcome(one, Status.OK, "fine") for one in (daily, weekly)], started_at=at)
    assert upkeep.next_turn(now=at) == datetime(2026, 3, 5, 8, 45, tzinfo=UTC)


def test_a_round_that_cannot_run_is_said_and_asked_for_again(tmp_path: Path) -> None:
    asked = []

    def environ() -> Mapping[str, str]:
        asked.append(1)
        return {**os.environ, "DATABASE_URL": "", "REDIS_URL": "", "MIDWAY_DATA": str(tmp_path)}

    rounds = Rounds(environ, now)
    for _ in range(2):
        with pytest.raises(ChildFailed, match=r"midway ops keep"):
            rounds()
    assert len(asked) == 2


@pytest.mark.slow
def test_a_round_leaves_nothing_behind_in_the_worker(product: RunningProduct) -> None:
    asked = []

    def environ() -> Mapping[str, str]:
        asked.append(1)
        inherited = {key: value for key, value in os.environ.items() if key not in {"DATABASE_URL", "REDIS_URL"}}
        return {**inherited, "MIDWAY_DATA": str(product.data)}

    rounds = Rounds(environ, now)
    rounds()  # what the worker's own first round measures meanwhile is not measured twice
    assert rounds.next_at is not None
    assert rounds.next_at <= now() + LONGEST_REST
    rounds.next_at = now() + timedelta(minutes=1)
    rounds()
    assert len(asked) == 1
    worker = next(one for one in psutil.Process(product.process.pid).children() if "worker" in one.cmdline())
    assert not [one for one in worker.memory_maps(grouped=True) if "_psutil" in one.path]

"""What may take long runs beside the rest of the schedule."""

import sys
import threading
from collections.abc import Iterator

import pytest

from midway.cli.worker import _ScheduleTurn
from midway.ops import schedule, scheduler
from midway.ops.schedule import HOUR, SCHEDULE, ScheduledEntry

pytestmark = pytest.mark.django_db(transaction=True)
let_go, begun, quick_ran = threading.Event(), threading.Semaphore(0), threading.Event()


def slow_job() -> None:
    """Waits until the test lets it go."""
    begun.release()
    assert let_go.wait(60)


def quick_job() -> None:
    """Notes that it ran."""
    quick_ran.set()


@pytest.fixture
def turn(monkeypatch: pytest.MonkeyPatch) -> Iterator[_ScheduleTurn]:
    entries = tuple(ScheduledEntry(f"test-slow-{n}", HOUR, f"{__name__}:slow_job", is_long=True) for n in range(4))
    entries += (ScheduledEntry("test-quick", HOUR, f"{__name__}:quick_job"),)
    sys.modules[__name__].begun = threading.Semaphore(0)  # type: ignore[attr-defined]
    let_go.clear()
    quick_ran.clear()
    monkeypatch.setattr(schedule, "SCHEDULE", entries)
    monkeypatch.setattr(scheduler.due_entries, "__kwdefaults__", {"schedule": entries})
    turn = _ScheduleTurn()
    yield turn
    let_go.set()
    turn.close()


def test_a_due_job_runs_while_slow_ones_do(turn: _ScheduleTurn) -> None:
    turn(threading.Event())
    for _ in range(4):
        assert begun.acquire(timeout=30)
    assert quick_ran.wait(30), "it waited for the slow ones"


def test_a_round_of_procedures_is_run_beside_the_others() -> None:
    long = {entry.name for entry in SCHEDULE if entry.is_long}
    assert {"run-procedures", "nightly-backup", "take-base-copy"} <= long

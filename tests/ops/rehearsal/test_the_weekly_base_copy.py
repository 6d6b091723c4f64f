"""The scheduler, as it runs in a worker, takes the week's base copy once; and says why when it cannot."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pytest_django import Settings

from midway.ops.backup.point_in_time import Past
from midway.ops.models import ScheduledJob
from midway.ops.schedule import SCHEDULE
from midway.ops.scheduler import due_entries, run_entry
from midway.ops.stage import Stage
from midway.runtime.clock import now
from midway.runtime.folder import DataFolder

pytestmark = pytest.mark.slow
ENTRY = next(entry for entry in SCHEDULE if entry.name == "take-base-copy")


class Week:
    """The worker's clock, driven by the test; the copies themselves are dated by the machine's."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ahead = timedelta()
        monkeypatch.setattr("midway.ops.jobs.now", self.now)

    def now(self) -> datetime:
        return now() + self.ahead

    def passes(self, **time: float) -> bool | None:
        """Will let time pass and the worker come round."""
        self.ahead += timedelta(**time)
        if ENTRY not in due_entries(now=self.now(), schedule=[ENTRY]):
            return None
        return run_entry(ENTRY, clock=self.now)


def test_the_weeks_base_copy(stage: Stage, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    past, week = Past(DataFolder(stage.folder).path / "past"), Week(monkeypatch)
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, data=stage.folder, point_in_time=False)
    assert week.passes() is True
    assert past.bases() == [], "nobody wished for it"

    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, point_in_time=True)
    assert week.passes(hours=1) is True
    (first,) = past.bases()
    assert (first / "backup_manifest").exists()
    for _ in range(3):
        assert week.passes(hours=1) is True
    assert week.passes(minutes=5) is None, "it looks every hour"
    assert past.bases() == [first], "once, not twice"

    past.changes.rmdir()
    past.changes.write_text("in the way")
    assert week.passes(days=7) is False
    row = ScheduledJob.objects.get(name=ENTRY.name)
    assert "ChildFailed: midway backup base: " in row.last_error
    assert "past/wal" in row.last_error
    assert past.bases() == [first], "what was there stays"
    assert week.passes(seconds=10) is None, "it waits a little before it tries again"

    past.changes.unlink()
    (past.path / "20260101T000000000000Z.partial").mkdir()  # by somebody who died over it
    assert week.passes(seconds=30) is True
    assert len(past.bases()) == 2
    assert not list(past.path.glob("*.partial"))
    row.refresh_from_db()
    assert (row.last_error, row.failures_in_a_row) == ("", 0)
    assert week.passes(hours=1) is True
    assert len(past.bases()) == 2

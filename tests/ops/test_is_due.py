from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from midway.ops.schedule import DAY, HOUR, MINUTE, SCHEDULE, ScheduledEntry, is_due

NOW = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
HOURLY = ScheduledEntry("hourly", HOUR, "x:y")
NIGHTLY = ScheduledEntry("nightly", DAY, "x:y", at=time(8, 10))


def due(
    entry: ScheduledEntry, *, success: datetime | None = None, failure: datetime | None = None, failures: int = 0
) -> bool:
    return is_due(entry, last_success_at=success, last_failure_at=failure, failures_in_a_row=failures, now=NOW)


def test_what_never_succeeded_is_due() -> None:
    assert due(HOURLY)
    assert due(NIGHTLY)


@pytest.mark.parametrize(
    ("ago", "expected"), [(timedelta(minutes=59), False), (HOUR, True), (timedelta(days=40), True)]
)
def test_due_is_counted_from_the_last_success(ago: timedelta, expected: bool) -> None:
    assert due(HOURLY, success=NOW - ago) is expected


@pytest.mark.parametrize(
    ("success", "expected"),
    [
        (NOW.replace(hour=8, minute=10), False),
        (NOW.replace(hour=8, minute=9), True),
        (NOW - timedelta(days=9), True),
    ],
)
def test_nightly_is_due_after_its_time_until_it_succeeded(success: datetime, expected: bool) -> None:
    assert due(NIGHTLY, success=success) is expected


def test_nightly_before_its_time_counts_from_the_day_before() -> None:
    early = NOW.replace(hour=3)
    last = (NOW - DAY).replace(hour=8, minute=11)
    assert not is_due(NIGHTLY, last_success_at=last, last_failure_at=None, failures_in_a_row=0, now=early)


@pytest.mark.parametrize(
    ("failures", "seconds_ago", "expected"),
    [(1, 29, False), (1, 30, True), (3, 119, False), (3, 120, True), (50, 1799, False), (50, 1800, True)],
)
def test_after_failures_it_waits_longer_each_time(failures: int, seconds_ago: int, expected: bool) -> None:
    assert due(NIGHTLY, failure=NOW - timedelta(seconds=seconds_ago), failures=failures) is expected


def test_failing_job_of_every_minute_is_tried_at_least_every_minute() -> None:
    entry = ScheduledEntry("often", MINUTE, "x:y")
    assert due(entry, failure=NOW - timedelta(seconds=61), failures=9)


def test_names_of_the_schedule_are_unique_and_their_jobs_exist() -> None:
    from importlib import import_module

    names = [entry.name for entry in SCHEDULE]
    assert len(names) == len(set(names))
    for entry in SCHEDULE:
        module, _, name = entry.job.partition(":")
        assert callable(getattr(import_module(module), name))


@pytest.mark.parametrize(
    ("began", "expected"),
    [
        (NOW - timedelta(minutes=5), False),
        (NOW.replace(hour=8, minute=10), False),
        (NOW.replace(hour=8, minute=9), True),
        (None, True),
    ],
)
def test_what_waits_for_its_turn_is_not_due_in_a_new_database(began: datetime | None, expected: bool) -> None:
    waiting = replace(NIGHTLY, waits_for_turn=True)
    never = {"last_success_at": None, "last_failure_at": None, "failures_in_a_row": 0}
    assert is_due(waiting, **never, now=NOW, began_at=began) is expected  # type: ignore[arg-type]
    assert is_due(NIGHTLY, **never, now=NOW, began_at=began)  # type: ignore[arg-type]


def test_the_backup_waits_for_its_first_night() -> None:
    assert next(entry for entry in SCHEDULE if entry.name == "nightly-backup").waits_for_turn

import sys
import threading
from datetime import UTC, datetime, time, timedelta
from zlib import crc32

import psycopg
import pytest
from django.db import connection

from midway.ops.models import ScheduledJob
from midway.ops.schedule import DAY, HOUR, ScheduledEntry
from midway.ops.scheduler import LOCK_SPACE, due_entries, run_entry

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 8, 12, 0, tzinfo=UTC)
ENTRY = ScheduledEntry("test-job", HOUR, f"{__name__}:job")

runs: list[str] = []
fails = False
entered, let_go = threading.Event(), threading.Event()


def job() -> None:
    """The job of the tests."""
    runs.append("ran")
    if fails:
        raise RuntimeError("no luck with dora@example.com")


def slow_job() -> None:
    """Waits until the test lets it go."""
    runs.append("slow")
    entered.set()
    assert let_go.wait(30)


@pytest.fixture(autouse=True)
def _module(monkeypatch: pytest.MonkeyPatch) -> None:
    sys.modules[__name__].fails = False  # type: ignore[attr-defined]
    runs.clear()
    entered.clear()
    let_go.clear()


def run(at: datetime = NOW) -> bool | None:
    return run_entry(ENTRY, clock=lambda: at)


def test_success_is_kept_and_it_is_not_due_again_until_its_time() -> None:
    assert run() is True
    assert run(NOW + timedelta(minutes=59)) is None
    assert run(NOW + HOUR) is True
    assert runs == ["ran", "ran"]
    row = ScheduledJob.objects.get()
    assert (row.last_success_at, row.failures_in_a_row) == (NOW + HOUR, 0)


def test_after_a_long_night_off_it_runs_once() -> None:
    run()
    much_later = NOW + timedelta(days=3)
    assert due_entries(now=much_later, schedule=[ENTRY]) == [ENTRY]
    assert run(much_later) is True
    assert run(much_later) is None


def test_failure_is_kept_with_its_reason_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[__name__], "fails", True)
    assert run() is False
    row = ScheduledJob.objects.get()
    assert (row.last_success_at, row.failures_in_a_row) == (None, 1)
    assert row.last_error.startswith("RuntimeError: no luck")
    assert run(NOW + timedelta(seconds=10)) is None
    monkeypatch.setattr(sys.modules[__name__], "fails", False)
    assert run(NOW + timedelta(seconds=31)) is True
    assert ScheduledJob.objects.get().last_error == ""


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_run_it_once() -> None:
    slow = ScheduledEntry("test-slow", HOUR, f"{__name__}:slow_job")
    answers: list[bool | None] = []

    def work() -> None:
        answers.append(run_entry(slow, clock=lambda: NOW))
        connection.close()

    first = threading.Thread(target=work)
    first.start()
    assert entered.wait(30)
    second = threading.Thread(target=work)
    second.start()
    second.join(30)
    assert answers == [None]
    let_go.set()
    first.join(30)
    assert answers == [None, True]
    assert runs == ["slow"]


@pytest.mark.django_db(transaction=True)
def test_lock_of_a_worker_that_died_is_gone() -> None:
    wanted = ("dbname", "user", "host", "port", "password")
    known = connection.get_connection_params()
    died = psycopg.connect(**{name: known[name] for name in wanted if name in known}, autocommit=True)
    died.execute("SELECT pg_advisory_lock(%s, %s)", [LOCK_SPACE, crc32(b"test-job") - 2**31])
    assert run() is None
    died.close()
    # The server notices a moment later: whoever waits for the lock gets it then, and gives it back at once.
    with connection.cursor() as cursor:
        key = [LOCK_SPACE, crc32(b"test-job") - 2**31]
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", key)
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)
    assert run() is True


def test_what_waits_for_its_turn_waits_in_a_database_made_since() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(applied) FROM django_migrations")
        made: datetime = cursor.fetchone()[0]
    waiting = ScheduledEntry("waits", DAY, ENTRY.job, at=time(3, 0), waits_for_turn=True)
    assert due_entries(now=made + timedelta(minutes=1), schedule=[waiting]) == []
    assert due_entries(now=made + timedelta(days=1, minutes=1), schedule=[waiting]) == [waiting]

"""The real `midway worker`, as a process of its own on the test's database."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.cast import NOW
from tests.messaging.conftest import queue

from midway.messaging.models import OutboxMessage
from midway.ops.jobs import rescue_stalled_jobs
from midway.ops.models import Heartbeat, ScheduledJob
from midway.ops.schedule import SCHEDULE
from midway.runtime.clock import now

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _empty_queue(transactional_db: None) -> None:
    """procrastinate's tables are not Django's to empty after a test."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers CASCADE")


def database_url() -> str:
    known = connection.settings_dict
    port = f"&port={known['PORT']}" if known["PORT"] else ""
    return f"postgresql://{known['USER']}:{known['PASSWORD']}@/{known['NAME']}?host={known['HOST']}{port}"


@contextmanager
def worker(data: Path, **settings: str) -> Iterator["subprocess.Popen[bytes]"]:
    environ = {**os.environ, "DATABASE_URL": database_url(), "MIDWAY_DATA": str(data), "REDIS_URL": "", "EMAIL_URL": ""}
    environ |= settings
    environ["PYTHONPATH"] = os.pathsep.join(["src", "."])
    with (data / "worker.log").open("wb") as log:
        child = subprocess.Popen([sys.executable, "-m", "midway", "worker"], env=environ, stderr=log)
        try:
            yield child
        finally:
            child.kill()
            child.wait()


def wait_until(is_so: Callable[[], bool], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"Waited in vain for: {what}"
        time.sleep(0.05)  # for another process, whose clock is not ours


@pytest.mark.slow
def test_delivers_mail_keeps_the_schedule_says_it_lives_and_stops_when_asked(tmp_path: Path) -> None:
    queue(now=now())
    due_at_once = {entry.name for entry in SCHEDULE if not entry.waits_for_turn}
    succeeded = ScheduledJob.objects.filter(last_success_at__isnull=False)
    with worker(tmp_path) as child:
        wait_until(lambda: OutboxMessage.objects.filter(state="sent").exists(), "mail")
        wait_until(lambda: due_at_once <= set(succeeded.values_list("name", flat=True)), "the schedule", 240)
        parts = Heartbeat.objects.filter(name__in=["worker", "outbox", "scheduler"])
        wait_until(lambda: parts.count() == 3, "signs of life")
        assert len(list((tmp_path / "mail").glob("*.eml"))) == 1
        child.send_signal(signal.SIGTERM)
        assert child.wait(timeout=30) == 0
    lines = [json.loads(line) for line in (tmp_path / "worker.log").read_text().splitlines()]
    assert lines[-1]["event"] == "worker.stopped"
    assert not [line for line in lines if line["level"] in {"error", "critical"}]


def test_worker_runs_a_job_that_was_queued_with_a_change_and_not_one_that_was_undone(tmp_path: Path) -> None:
    task = app.tasks["builtin:procrastinate.builtin_tasks.remove_old_jobs"]
    with transaction.atomic():
        task.defer(max_hours=24 * 365)
    with transaction.atomic():
        task.defer(max_hours=24 * 365)
        transaction.set_rollback(True)
    assert ProcrastinateJob.objects.count() == 1
    with worker(tmp_path):
        wait_until(lambda: ProcrastinateJob.objects.filter(status="succeeded").count() == 1, "the job")


def test_job_of_a_killed_worker_is_given_back(tmp_path: Path) -> None:
    app.configure_task("midway.test.unknown", queue="nobody").defer()
    job = ProcrastinateJob.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s) RETURNING id", [NOW])
        gone = cursor.fetchone()[0]
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s", [gone, job.pk])
    rescue_stalled_jobs()
    assert ProcrastinateJob.objects.get(pk=job.pk).status == "todo"


def test_job_of_a_living_worker_is_left_alone() -> None:
    app.configure_task("midway.test.unknown", queue="nobody").defer()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s) RETURNING id", [now()])
        living = cursor.fetchone()[0]
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s", [living])
    rescue_stalled_jobs()
    assert ProcrastinateJob.objects.get().status == "doing"

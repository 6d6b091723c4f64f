"""Runs what the schedule says is due: once, by whoever comes first, however many workers there are."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from zlib import crc32

import structlog
from django.db import connection

from midway.ops.models import ScheduledJob
from midway.ops.schedule import SCHEDULE, ScheduledEntry, is_due

log = structlog.get_logger("midway.scheduler")
# The first half of the advisory lock's key; the second is the entry's name.
LOCK_SPACE = 0x5C4ED


def due_entries(*, now: datetime, schedule: Sequence[ScheduledEntry] = SCHEDULE) -> list[ScheduledEntry]:
    """The entries that must run now, in the order of the page."""
    rows = {row.name: row for row in ScheduledJob.objects.filter(name__in=[entry.name for entry in schedule])}
    return [entry for entry in schedule if _is_due(entry, rows.get(entry.name), now)]


def run_entry(entry: ScheduledEntry, *, clock: Callable[[], datetime]) -> bool | None:
    """Will run one entry unless another worker has it or has just done it; True when it succeeded, None if not run.

    The lock belongs to the connection, so a worker that is killed lets go of it, and the entry is still due.
    """
    with _only_one(entry) as is_mine:
        row = ScheduledJob.objects.filter(name=entry.name).first() or ScheduledJob(name=entry.name)
        started = clock()
        if not is_mine or not _is_due(entry, row, started):
            return None
        try:
            _job_of(entry)()
        except Exception as problem:
            row.fail(started_at=started, at=clock(), error=f"{type(problem).__name__}: {problem}")
            log.exception("scheduler.job.failed", job=entry.name, failures=row.failures_in_a_row)
        else:
            row.succeed(started_at=started, took=clock() - started)
        row.save()
        return row.failures_in_a_row == 0


def began_at() -> datetime | None:
    """When this database was made: its first migration."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(applied) FROM django_migrations")
        began: datetime | None = (cursor.fetchone() or [None])[0]
    return began


def _is_due(entry: ScheduledEntry, row: ScheduledJob | None, now: datetime) -> bool:
    row = row or ScheduledJob(name=entry.name)
    return is_due(
        entry,
        last_success_at=row.last_success_at,
        last_failure_at=row.last_failure_at,
        failures_in_a_row=row.failures_in_a_row,
        now=now,
        began_at=began_at() if entry.waits_for_turn and row.last_success_at is None else None,
    )


def _job_of(entry: ScheduledEntry) -> Callable[[], object]:
    module, _, name = entry.job.partition(":")
    job = getattr(import_module(module), name)
    assert callable(job)
    return job  # type: ignore[no-any-return]


@contextmanager
def _only_one(entry: ScheduledEntry) -> Iterator[bool]:
    key = [LOCK_SPACE, crc32(entry.name.encode()) - 2**31]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", key)
        got = bool((cursor.fetchone() or [False])[0])
    try:
        yield got
    finally:
        if got:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)

"""Housekeeping of the schedule. Each may run twice without harm."""

from datetime import timedelta

import structlog
from django.contrib.sessions.models import Session
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from midway.booking.models import BookingRequest
from midway.runtime.clock import now

log = structlog.get_logger("midway.jobs")
# Longer than any client retries; the contract promises a day.
KEEP_BOOKING_REQUESTS = timedelta(days=2)
KEEP_FINISHED_JOBS = timedelta(days=7)
# procrastinate's workers say every ten seconds that they live.
WORKER_IS_GONE_AFTER_SECONDS = 60.0


def clear_booking_requests() -> None:
    """Will forget idempotency keys nobody will send again."""
    BookingRequest.objects.filter(created_at__lt=now() - KEEP_BOOKING_REQUESTS).delete()


def clear_sessions() -> None:
    """Will remove sessions that have expired."""
    Session.objects.filter(expire_date__lt=now()).delete()


def clear_finished_jobs() -> None:
    """Will remove jobs that succeeded a while ago; failed ones stay to be looked at."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE status = 'succeeded' AND id IN"
            " (SELECT job_id FROM procrastinate_events WHERE type = 'succeeded' AND at < %s)",
            [now() - KEEP_FINISHED_JOBS],
        )


def rescue_stalled_jobs() -> None:
    """Will give jobs whose worker was killed back to the queue."""
    import asyncio

    stalled = asyncio.run(_stalled_ids())
    for job in ProcrastinateJob.objects.filter(pk__in=stalled):
        log.warning("jobs.job.rescued", job=job.pk, task=job.task_name)
        app.job_manager.retry_job_by_id(job.pk, retry_at=now())


async def _stalled_ids() -> list[int]:
    jobs = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=WORKER_IS_GONE_AFTER_SECONDS)
    return [job.id for job in jobs if job.id is not None]

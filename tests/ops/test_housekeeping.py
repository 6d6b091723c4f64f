from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from midway.booking.models import BookingRequest
from midway.ops.jobs import clear_booking_requests, clear_finished_jobs, clear_sessions
from midway.runtime.clock import now

pytestmark = pytest.mark.django_db


def test_old_idempotency_keys_go_and_fresh_ones_stay() -> None:
    for key, age in (("old", timedelta(days=3)), ("fresh", timedelta(days=1))):
        BookingRequest.objects.create(key=key, fingerprint="x", created_at=now() - age)
    clear_booking_requests()
    clear_booking_requests()
    assert [row.key for row in BookingRequest.objects.all()] == ["fresh"]


def test_expired_sessions_go_and_others_stay() -> None:
    for key, left in (("old", -1), ("fresh", 1)):
        Session.objects.create(session_key=key, session_data="", expire_date=now() + timedelta(hours=left))
    clear_sessions()
    assert [row.session_key for row in Session.objects.all()] == ["fresh"]


def test_jobs_that_succeeded_long_ago_go_and_failed_ones_stay_to_be_seen() -> None:
    long_ago = now() - timedelta(days=8)
    for status in ("succeeded", "failed"):
        identity = app.configure_task(f"midway.test.{status}").defer()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [identity])
            cursor.execute(f"UPDATE procrastinate_jobs SET status = '{status}' WHERE id = %s", [identity])
            cursor.execute("UPDATE procrastinate_events SET at = %s WHERE job_id = %s", [long_ago, identity])
    app.configure_task("midway.test.waiting").defer()
    clear_finished_jobs()
    left = ProcrastinateJob.objects.filter(task_name__startswith="midway.test").values_list("task_name", flat=True)
    assert sorted(left) == ["midway.test.failed", "midway.test.waiting"]

"""Numbers about the parts without a web address, read from the database when Prometheus asks."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection

from midway.runtime.metrics import gauge

if TYPE_CHECKING:
    from prometheus_client.core import Metric

QUESTIONS = (
    (
        "midway_outbox_waiting",
        "Messages that wait for delivery",
        "SELECT count(*) FROM messaging_outboxmessage WHERE state = 'waiting'",
    ),
    (
        "midway_outbox_failed",
        "Messages that could not be delivered",
        "SELECT count(*) FROM messaging_outboxmessage WHERE state = 'failed'",
    ),
    (
        "midway_outbox_oldest_seconds",
        "Age of the oldest message that waits",
        "SELECT coalesce(extract(epoch FROM %(now)s - min(created_at)), 0)"
        " FROM messaging_outboxmessage WHERE state = 'waiting'",
    ),
    (
        "midway_jobs_waiting",
        "Jobs that wait for a worker",
        "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'",
    ),
    (
        "midway_jobs_failed",
        "Jobs that failed",
        "SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'",
    ),
    (
        "midway_worker_heartbeat_age_seconds",
        "Seconds since the worker's last sign of life",
        "SELECT coalesce(extract(epoch FROM %(now)s - max(at)), 'infinity') FROM ops_heartbeat WHERE name = 'worker'",
    ),
    (
        "midway_scheduled_jobs_failing",
        "Jobs of the schedule whose last run failed",
        "SELECT count(*) FROM ops_scheduledjob WHERE failures_in_a_row > 0",
    ),
    (
        "midway_product_events_sent_total",
        "Product events told to the collector",
        "SELECT coalesce(sum(sent), 0) FROM insight_deliverycount",
    ),
    (
        "midway_product_events_taken_total",
        "Product events the collector took",
        "SELECT coalesce(sum(taken), 0) FROM insight_deliverycount",
    ),
    (
        "midway_product_events_refused_total",
        "Product events the collector or the tracking plan refused",
        "SELECT coalesce(sum(refused), 0) FROM insight_deliverycount",
    ),
)


class DatabaseMeasures:
    """A Prometheus collector that asks each question once."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> "Iterator[Metric]":
        """The answers."""
        with connection.cursor() as cursor:
            for name, words, question in QUESTIONS:
                cursor.execute(question, {"now": self.now})
                answer = cursor.fetchone()
                yield gauge(name, words, float(answer[0]) if answer else float("nan"))

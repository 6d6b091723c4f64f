"""Signs of life of the parts that work unseen, and when each scheduled job last succeeded."""

from datetime import datetime, timedelta

from django.db import models


class Heartbeat(models.Model):
    """A part that works unseen was alive at this moment. It writes this itself, from the loop that does the work."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    pid = models.PositiveIntegerField(default=0)
    version = models.CharField(max_length=40, default="", blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.at}"


class ScheduledJob(models.Model):
    """What became of a job of the schedule. Due is what has not succeeded since; nothing is ever missed."""

    name = models.CharField(max_length=60, primary_key=True)
    last_started_at = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    last_failure_at = models.DateTimeField(null=True)
    failures_in_a_row = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=300, default="", blank=True)
    took_ms = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name

    def succeed(self, *, started_at: datetime, took: timedelta) -> None:
        """Will note a success, which counts from its start."""
        self.last_started_at = self.last_success_at = started_at
        self.took_ms = int(took.total_seconds() * 1000)
        self.failures_in_a_row, self.last_error = 0, ""

    def fail(self, *, started_at: datetime, at: datetime, error: str) -> None:
        """Will note a failure."""
        self.last_started_at, self.last_failure_at = started_at, at
        self.took_ms = int((at - started_at).total_seconds() * 1000)
        self.failures_in_a_row += 1
        self.last_error = error[:300]

"""What was told to whom."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q


class OutboxQuerySet(models.QuerySet["OutboxMessage"]):
    def due(self, now: datetime) -> "OutboxQuerySet":
        """Messages that wait for a delivery attempt now."""
        return self.filter(state=OutboxMessage.State.WAITING, next_try_at__lte=now).order_by("next_try_at", "id")


class OutboxMessage(models.Model):
    """One message to one person, written in the transaction of what it tells of and delivered after it."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.CharField(max_length=160, unique=True)
    channel = models.CharField(max_length=10, default="email")
    template = models.CharField(max_length=60)
    language = models.CharField(max_length=8, default="en")
    to = models.CharField(max_length=254)
    subject_code = models.UUIDField()
    facts = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, default="", blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="outbox_waiting"),
            models.Index(fields=["subject_code", "-created_at"], name="outbox_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.template} to {self.to}"

    def mark_sent(self, *, at: datetime) -> None:
        """Will record the delivery."""
        self.state, self.sent_at, self.last_error = self.State.SENT, at, ""
        self.attempts += 1

    def mark_failed(self, *, at: datetime, error: str, give_up_after: int = 8) -> None:
        """Will plan the next attempt, later each time, or give up after `give_up_after` attempts."""
        self.attempts += 1
        self.last_error = error[:300]
        self.next_try_at = at + timedelta(seconds=15 * 2**self.attempts)
        if self.attempts >= give_up_after:
            self.state = self.State.FAILED

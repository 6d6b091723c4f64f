"""What was told to whom."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
# As long as mail servers try among themselves (RFC 5321, 4.5.4.1: four to five days; customers care less).
GIVE_UP_AFTER = timedelta(days=3)
# Their text holds a key to an account.
SECRET_TEMPLATES = frozenset({"sign_in_mail", "sign_in_link"})


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
        """Will record the delivery, and forget what only the reader should know."""
        self.state, self.sent_at, self.last_error = self.State.SENT, at, ""
        self.attempts += 1
        self._forget_secrets()

    def put_off(self, *, at: datetime, error: str) -> None:
        """Will plan the next attempt, later each time up to a quarter of an hour, or give up after three days."""
        self.attempts += 1
        self.last_error = error[:300]
        self.next_try_at = at + min(FIRST_WAIT * 2 ** min(self.attempts - 1, 12), LONGEST_WAIT)
        if at - self.created_at >= GIVE_UP_AFTER:
            self.state = self.State.FAILED
            self._forget_secrets()

    def give_up(self, *, at: datetime, error: str) -> None:
        """Will record that it can never be delivered; it stays to be seen."""
        self.attempts += 1
        self.last_error = error[:300]
        self.state = self.State.FAILED
        self._forget_secrets()

    def _forget_secrets(self) -> None:
        if self.template in SECRET_TEMPLATES:
            self.facts = {}

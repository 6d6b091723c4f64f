"""What was told to whom, how it went, and in whose words."""

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from midway.core.quiet import Quiet
from midway.messaging.text_models import MessageText, SmsReply
from midway.messaging.webhook_models import WebhookDelivery, WebhookEndpoint

__all__ = ["MessageText", "OutboxMessage", "OutboxQuerySet", "SmsReply", "WebhookDelivery", "WebhookEndpoint"]

FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
# As long as mail servers try among themselves (RFC 5321, 4.5.4.1: four to five days; customers care less).
GIVE_UP_AFTER = timedelta(days=3)
# Their text holds a key to an account.
SECRET_TEMPLATES = frozenset({"sign_in_mail", "sign_in_link", "incident_call", "test_call"})


class OutboxQuerySet(models.QuerySet["OutboxMessage"]):
    def due(self, now: datetime) -> "OutboxQuerySet":
        """Messages that wait for a delivery attempt now."""
        return self.filter(state=OutboxMessage.State.WAITING, next_try_at__lte=now).order_by("next_try_at", "id")

    def undeliverable(self) -> "OutboxQuerySet":
        """Messages that did not arrive and that nobody has looked after yet."""
        return self.filter(state__in=[OutboxMessage.State.FAILED, OutboxMessage.State.PARKED], settled_at=None)


class OutboxMessage(models.Model):
    """One message to one person, written in the transaction of what it tells of and delivered after it."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Failed"
        PARKED = "parked", "Parked"
        DROPPED = "dropped", "Dropped"

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
    recipient_code = models.UUIDField(null=True, help_text="The customer it is for")
    gateway_code = models.CharField(max_length=64, default="", db_default="", blank=True)
    zone = models.CharField(max_length=60, default="UTC", db_default="UTC")
    quiet_starts = models.TimeField(null=True)
    quiet_ends = models.TimeField(null=True)
    begun_at = models.DateTimeField(null=True, help_text="When an attempt began whose outcome is not known")
    not_after_at = models.DateTimeField(null=True, help_text="When it is no longer worth sending")
    wording = models.TextField(default="", db_default="", blank=True, help_text="What was sent")
    delivered_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True, help_text="When somebody had looked after its failure")
    settled_by = models.CharField(max_length=120, default="", db_default="", blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="outbox_waiting"),
            models.Index(fields=["subject_code", "-created_at"], name="outbox_by_subject"),
            models.Index(fields=["recipient_code", "-created_at"], name="outbox_by_recipient"),
            models.Index(fields=["-created_at", "-id"], name="outbox_by_time"),
            models.Index(
                fields=["-created_at"],
                condition=Q(state__in=["failed", "parked"], settled_at=None),
                name="outbox_undeliverable",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(channel__in=["email", "sms"]), name="message_goes_by_a_known_channel"),
        ]

    def __str__(self) -> str:
        return f"{self.template} to {self.to}"

    @property
    def quiet(self) -> Quiet | None:
        """When it must not arrive."""
        if self.quiet_starts is None or self.quiet_ends is None:
            return None
        return Quiet(self.quiet_starts, self.quiet_ends)

    @property
    def has_failed(self) -> bool:
        """Whether it will not arrive."""
        return self.state in {self.State.FAILED, self.State.PARKED}

    def mark_sent(self, *, at: datetime, wording: str = "", gateway_code: str = "") -> None:
        """Will record that it was accepted, and forget what only the reader should know."""
        self.state, self.sent_at, self.last_error = self.State.SENT, at, ""
        self.wording, self.gateway_code, self.begun_at = wording, gateway_code, None
        self.attempts += 1
        self._forget_secrets()

    def mark_delivered(self, *, at: datetime) -> None:
        """Will record that it arrived."""
        self.state, self.delivered_at, self.last_error = self.State.DELIVERED, at, ""

    def bounce(self, *, error: str) -> None:
        """Will record that it was accepted and came back."""
        self.state, self.last_error = self.State.FAILED, error[:300]

    def drop(self, *, reason: str) -> None:
        """Will not be sent: what it says is no longer so."""
        self.state, self.last_error = self.State.DROPPED, reason[:300]
        self._forget_secrets()

    def park(self, *, error: str) -> None:
        """Will keep it aside: it cannot even be written, and would fail the same way each time."""
        self.attempts += 1
        self.state, self.last_error = self.State.PARKED, error[:300]

    def settle(self, *, at: datetime, by: str) -> None:
        """Will note that somebody has told the customer another way, or need not."""
        self.settled_at, self.settled_by = at, by[:120]

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
        self.state, self.begun_at = self.State.FAILED, None
        self._forget_secrets()

    def _forget_secrets(self) -> None:
        if self.template in SECRET_TEMPLATES:
            self.facts, self.wording = {}, ""

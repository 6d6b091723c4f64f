"""Programs that want to hear what happened, and what they were told. A trigger on the journal queues for them."""

import uuid
from datetime import datetime, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from midway.journal.models import Entry

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=6)
LONGEST_REST = timedelta(minutes=15)
# After this long without one success the endpoint is switched off, and the office is told.
SWITCH_OFF_AFTER = timedelta(days=3)


class WebhookEndpoint(models.Model):
    """An address of somebody else's program that is told of events as they happen."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    url = models.URLField(max_length=500)
    events = ArrayField(models.CharField(max_length=80), help_text="Names, whole parts as booking.*, or * for all")
    secret = models.TextField(help_text="Sealed; deliveries are signed with it")
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    failing_since_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0, help_text="In a row, of the kind that says it is not there")
    retry_at = models.DateTimeField(null=True, help_text="Nothing is sent to it before")
    switched_off_at = models.DateTimeField(null=True, help_text="By us, because it kept failing")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(events__len__gte=1), name="endpoint_wants_some_event")]

    def __str__(self) -> str:
        return self.url

    def succeed(self) -> None:
        """Will forget earlier failures."""
        self.failing_since_at, self.failures, self.retry_at = None, 0, None

    def fail(self, *, at: datetime, is_gone: bool) -> bool:
        """Will leave it alone for a while, longer each time; True when that went on for too long and it is now off.

        `is_gone`: it said that it will never be there again (410).
        """
        self.failures += 1
        self.failing_since_at = self.failing_since_at or at
        self.retry_at = at + min(wait_after(self.failures), LONGEST_REST)
        if self.active and (is_gone or at - self.failing_since_at >= SWITCH_OFF_AFTER):
            self.active, self.switched_off_at = False, at
            return True
        return False

    def switch_on(self) -> None:
        """Will be told again."""
        self.active, self.switched_off_at = True, None
        self.succeed()


class DeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def due(self, now: datetime) -> "DeliveryQuerySet":
        """What is to be sent now, to endpoints that are on and not being left alone."""
        return self.filter(
            Q(endpoint__retry_at=None) | Q(endpoint__retry_at__lte=now),
            state=WebhookDelivery.State.WAITING,
            next_try_at__lte=now,
            endpoint__active=True,
        ).order_by("next_try_at", "id")


class WebhookDelivery(models.Model):
    """One event for one endpoint, written in the transaction of the journal entry."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DELIVERED = "delivered", "Delivered"
        FAILED = "failed", "Failed"

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(null=True, help_text="What the endpoint answered last")
    last_error = models.CharField(max_length=300, default="", blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "webhook deliveries"
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "entry"], name="one_delivery_per_endpoint_and_event")
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="deliveries_waiting"),
            models.Index(fields=["endpoint", "-id"], name="deliveries_by_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.entry_id} to {self.endpoint_id}"

    def succeed(self, *, at: datetime, status: int) -> None:
        """Will record that the endpoint took it."""
        self.attempts += 1
        self.state, self.status, self.delivered_at, self.last_error = self.State.DELIVERED, status, at, ""

    def put_off(self, *, at: datetime, status: int | None, error: str) -> None:
        """Will plan the next attempt, or give up after three days."""
        self.attempts += 1
        self.status, self.last_error = status, error[:300]
        self.next_try_at = at + wait_after(self.attempts)
        if at - self.created_at >= SWITCH_OFF_AFTER:
            self.state = self.State.FAILED

    def replay(self, *, at: datetime) -> None:
        """Will be sent again, as soon as possible."""
        self.state, self.next_try_at, self.created_at, self.last_error = self.State.WAITING, at, at, ""


def wait_after(failures: int) -> timedelta:
    """Five seconds, then four times as long each time, up to six hours."""
    factor: int = 4 ** min(max(failures - 1, 0), 10)
    return min(FIRST_WAIT * factor, LONGEST_WAIT)

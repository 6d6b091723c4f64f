"""Who can be called, in which order they take turns, and what was taken over by somebody else."""

from datetime import date
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q

from midway.accounts.models import User
from midway.core.oncall import Override, Rotation
from midway.core.timespan import Span
from midway.customers.encryption import EncryptedTextField


class Contact(models.Model):
    """How somebody is reached when something breaks: always by mail, by text message and chat where they say so."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="on_call_contact")
    phone = models.CharField(max_length=40, default="", blank=True)
    chat = EncryptedTextField(default="", blank=True)
    feed_number = models.PositiveIntegerField(default=1, help_text="Which of their calendar addresses is the valid one")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.user.name


class OnCallRotation(models.Model):
    """People who take turns from a hand-over on. It holds until the next one begins; it is never changed."""

    code = models.UUIDField(default=uuid4, unique=True, editable=False)
    starts_on = models.DateField()
    begins_at = models.DateTimeField(unique=True, help_text="The first hand-over, as a moment")
    hand_over = models.TimeField()
    zone = models.CharField(max_length=60)
    turn_days = models.PositiveSmallIntegerField(default=7)
    has_holiday_turns = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(turn_days__gte=1, turn_days__lte=31), name="a_turn_lasts_some_days")
        ]

    def __str__(self) -> str:
        return f"from {self.starts_on}"

    def as_rule(self, *, holidays: frozenset[date]) -> Rotation:
        """As `core.oncall` reckons with it."""
        people = tuple(place.user_id for place in self.places.all())
        known = holidays if self.has_holiday_turns else frozenset()
        return Rotation(people, self.starts_on, self.hand_over, ZoneInfo(self.zone), self.turn_days, known)


class RotationPlace(models.Model):
    """Somebody's place in a rotation."""

    rotation = models.ForeignKey(OnCallRotation, on_delete=models.PROTECT, related_name="places")
    position = models.PositiveSmallIntegerField()
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["rotation", "position"], name="one_person_at_each_place"),
            models.UniqueConstraint(fields=["rotation", "user"], name="nobody_twice_in_a_rotation"),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.user}"


class TakeOver(models.Model):
    """Somebody is on call instead of whoever's turn it is."""

    code = models.UUIDField(default=uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    during = DateTimeRangeField()
    reason = models.CharField(max_length=300, default="", blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=120)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="one_person_takes_over_at_a_time",
                expressions=[("during", RangeOperators.OVERLAPS)],
                condition=Q(withdrawn_at=None),
            ),
            models.CheckConstraint(
                condition=Q(during__startswith__isnull=False, during__endswith__isnull=False, during__isempty=False),
                name="a_take_over_begins_and_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.during}"

    def as_rule(self) -> Override:
        """As `core.oncall` reckons with it."""
        return Override(self.user_id, Span(self.during.lower, self.during.upper))

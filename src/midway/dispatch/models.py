"""Plans of a day, what planning weighs in each branch, and visits that planning leaves alone."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models import Q

from midway.booking.models import Visit
from midway.crew.models import Branch, Cleaner

BREAKS: list[dict[str, Any]] = [{"minutes": 30, "opens": "11:00", "closes": "14:00", "is_law": False}]


def usual_breaks() -> list[dict[str, Any]]:
    """Half an hour for lunch."""
    return [dict(rule) for rule in BREAKS]


class DispatchSetting(models.Model):
    """What planning weighs in a branch, how fast its crews drive, and the breaks they take."""

    branch = models.OneToOneField(Branch, on_delete=models.CASCADE, related_name="dispatch_setting")
    weights = models.JSONField(default=dict, help_text="Those that differ from the usual, by core.routing's names")
    move_at_most_minutes = models.PositiveSmallIntegerField(
        default=60, help_text="So far may a proposal move a promised time, either way"
    )
    fixed_minutes = models.FloatField(default=2.5, help_text="Of each drive: parking and walking")
    road_factor = models.FloatField(default=1.35, help_text="How much longer the road is than the straight line")
    kilometres_per_hour = models.FloatField(default=30)
    hour_factors = models.JSONField(default=dict, help_text="How much slower an hour of the day is")
    is_learning_drives = models.BooleanField(
        default=True, db_default=True, help_text="Drives are learnt from when cleaners came and went"
    )
    learnt_from_drives = models.PositiveIntegerField(default=0, db_default=0, help_text="So many taught the last time")
    breaks = models.JSONField(default=usual_breaks, help_text="Minutes, the first and last time to begin, is_law")
    overtime_at_most_minutes = models.PositiveSmallIntegerField(default=120)
    plans_ahead_days = models.PositiveSmallIntegerField(default=2, help_text="Working days proposed every night")
    law = models.JSONField(null=True, help_text="Rest and longest day, by core.routing.rules' names; nothing: no rules")
    balance_weeks = models.PositiveSmallIntegerField(default=4, db_default=4, help_text="Weeks that fairness looks at")
    has_ranked_slots = models.BooleanField(default=False, db_default=False, help_text="Customers see near times first")
    green_slots = models.PositiveSmallIntegerField(default=3, db_default=3, help_text="Green times marked a day")
    green_at_most_minutes = models.PositiveSmallIntegerField(default=10, db_default=10)
    green_discount_percent = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="What a green time takes off the clean and its extras"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(road_factor__gte=1, kilometres_per_hour__gte=1, fixed_minutes__gte=0),
                name="dispatch_drives_take_time",
            ),
            models.CheckConstraint(condition=Q(green_discount_percent__lte=50), name="green_discount_is_small"),
        ]

    def __str__(self) -> str:
        return f"Planning in {self.branch_id}"


class Trouble(models.Model):
    """Something that upsets a day: a visit takes longer, a vehicle stands still, snow slows every drive."""

    class Kind(models.TextChoices):
        LATE = "late", "A visit takes longer"
        VAN = "van", "A vehicle stands still"
        SNOW = "snow", "Every drive takes longer"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="troubles")
    on = models.DateField()
    kind = models.CharField(max_length=6, choices=Kind.choices)
    visit = models.ForeignKey(Visit, null=True, on_delete=models.PROTECT, related_name="+")
    cleaner = models.ForeignKey(Cleaner, null=True, on_delete=models.PROTECT, related_name="+")
    minutes = models.PositiveSmallIntegerField(null=True, help_text="How much longer the visit takes")
    drives_again_at = models.DateTimeField(null=True, help_text="When the cleaner drives again")
    percent = models.PositiveSmallIntegerField(null=True, help_text="How much longer drives take")
    at = models.DateTimeField()
    by_label = models.CharField(max_length=120)
    over_at = models.DateTimeField(null=True, help_text="When somebody said that it is over")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="late", visit__isnull=False, minutes__gte=1)
                | Q(kind="van", cleaner__isnull=False, drives_again_at__isnull=False)
                | Q(kind="snow", percent__gte=1),
                name="trouble_says_what_it_needs",
            )
        ]
        indexes = [models.Index(fields=["branch", "on"], name="troubles_by_day")]

    def __str__(self) -> str:
        return f"{self.kind} on {self.on}"


class DayPlan(models.Model):
    """A plan for one branch and day: being worked out, proposed, published or laid aside.

    `base` marks the day as it stood when the plan was made; a day that has changed since takes no old plan.
    """

    class State(models.TextChoices):
        WORKING = "working", "Being worked out"
        PROPOSED = "proposed", "Proposed"
        PUBLISHED = "published", "Published"
        REPLACED = "replaced", "Replaced by a later one"
        DISCARDED = "discarded", "Laid aside"
        FAILED = "failed", "Not worked out"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="day_plans")
    on = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WORKING)
    way = models.CharField(max_length=8, default="", blank=True, help_text="Of the ways out when somebody is away")
    absence = models.UUIDField(null=True, help_text="The absence it answers")
    away = models.ForeignKey(Cleaner, null=True, on_delete=models.PROTECT, related_name="+")
    trouble = models.ForeignKey(Trouble, null=True, on_delete=models.PROTECT, related_name="plans")
    rank = models.PositiveSmallIntegerField(default=1)
    base = models.CharField(max_length=24, default="", blank=True)
    seed = models.PositiveIntegerField(default=1)
    seconds = models.FloatField(default=5)
    progress_percent = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField()
    by_label = models.CharField(max_length=120)
    decided_at = models.DateTimeField(null=True)
    travel_source = models.CharField(max_length=200, default="", blank=True)
    result = models.JSONField(null=True, help_text="Before, after and what it means, as dispatch.records writes it")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "on"], condition=Q(state="published"), name="one_published_plan_per_day"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["working", "failed", "discarded"]) | Q(result__isnull=False),
                name="day_plan_has_its_result",
            ),
        ]
        indexes = [models.Index(fields=["branch", "on", "-id"], name="day_plans_by_day")]

    def __str__(self) -> str:
        return f"{self.branch_id} {self.on} {self.state}"

    @property
    def found(self) -> Mapping[str, Any]:
        """The result; nothing yet while it is being worked out."""
        return self.result or {}

    @property
    def routes(self) -> Sequence[Mapping[str, Any]]:
        """Each crew's stops as planned."""
        return list(self.found.get("after", {}).get("routes", ()))


class PinnedVisit(models.Model):
    """A visit whose cleaners and time planning does not touch, because somebody in the office said so."""

    visit = models.OneToOneField(Visit, on_delete=models.CASCADE, related_name="pinned")
    by_label = models.CharField(max_length=120)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.visit_id}"

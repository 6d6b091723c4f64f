"""Recurring agreements: the plan, what was agreed for one of its dates, and how it is read as a rule."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from midway.core.recurrence import Change, HolidayShift, Rule
from midway.crew.models import Branch, Cleaner
from midway.customers.models import Customer, Property

ANNOUNCED = ("next_price_cents", "next_price_on", "later_prices")
"""The columns of a plan that hold what its customer was told it will cost."""


class PlanQuerySet(models.QuerySet["Plan"]):
    def going_on(self) -> "PlanQuerySet":
        """Plans that get new visits: not ended, and not paused without a date to resume."""
        return self.filter(Q(state=Plan.State.ACTIVE) | Q(state=Plan.State.PAUSED, resumes_on__isnull=False))


class Plan(models.Model):
    """A recurring agreement: the same home, the same day and time, until further notice.

    Its visits exist a year ahead. A change to "this and future" ends it and starts a successor of the same lineage.
    """

    class State(models.TextChoices):
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        ENDED = "ended", "Ended"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    lineage = models.UUIDField(default=uuid.uuid4, db_index=True)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="plans")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="plans")
    premises = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="plans")
    service = models.ForeignKey("booking.Service", on_delete=models.PROTECT)
    quote = models.ForeignKey("booking.Quote", on_delete=models.PROTECT, related_name="plans")
    every = models.PositiveSmallIntegerField(default=1, help_text="Weeks between visits; months, where nth is given")
    weekdays = ArrayField(models.PositiveSmallIntegerField(), help_text="Monday is 0")
    nth = models.SmallIntegerField(null=True, help_text="Which such weekday of the month; -1 is the last")
    local_time = models.TimeField(help_text="By the branch's clock")
    anchor_on = models.DateField(help_text="Its week or month is a due one")
    starts_on = models.DateField()
    until_on = models.DateField(null=True)
    duration_minutes = models.PositiveIntegerField()
    team_size = models.PositiveSmallIntegerField(default=1)
    price_cents = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    next_price_cents = models.PositiveIntegerField(null=True, help_text="A rise the customer was told of")
    next_price_on = models.DateField(null=True, help_text="From this day on")
    later_prices = models.JSONField(default=list, db_default=[], help_text="Rises told of that come after the next")
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    paused_on = models.DateField(null=True)
    resumes_on = models.DateField(null=True)
    holiday_rule = models.CharField(
        max_length=8, choices=[(s.value, s.value) for s in HolidayShift], default=HolidayShift.AFTER.value
    )
    preferred = models.ManyToManyField(Cleaner, related_name="preferred_by_plans", blank=True)
    filled_until_on = models.DateField(help_text="Every date of the rule up to here has its visit")
    revision = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    objects = PlanQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["filled_until_on"], condition=~Q(state="ended"), name="plans_to_top_up")]
        constraints = [
            models.CheckConstraint(condition=Q(every__gte=1), name="plan_comes_at_most_every_week"),
            models.CheckConstraint(
                condition=Q(weekdays__len__gte=1) & Q(weekdays__contained_by=list(range(7))),
                name="plan_has_weekdays",
            ),
            models.CheckConstraint(
                condition=Q(nth__isnull=True) | Q(nth__in=[-1, 1, 2, 3, 4]), name="plan_nth_is_in_every_month"
            ),
            models.CheckConstraint(
                condition=Q(state="paused", paused_on__isnull=False) | (~Q(state="paused") & Q(resumes_on=None)),
                name="plan_paused_from_a_day",
            ),
            models.CheckConstraint(
                condition=Q(next_price_cents=None, next_price_on=None)
                | Q(next_price_cents__isnull=False, next_price_on__isnull=False),
                name="plan_next_price_has_its_day",
            ),
            models.CheckConstraint(
                condition=Q(resumes_on=None) | Q(resumes_on__gt=F("paused_on")), name="plan_resumes_after_pause"
            ),
        ]

    def __str__(self) -> str:
        return str(self.code)

    @property
    def rule(self) -> Rule:
        """The days and the clock time it falls on."""
        return Rule(
            anchor=self.anchor_on,
            clock=self.local_time,
            weekdays=frozenset(self.weekdays),
            every=self.every,
            nth=self.nth,
            starts=self.starts_on,
            until=self.until_on,
        )

    @property
    def duration(self) -> timedelta:
        """How long a visit is promised to take."""
        return timedelta(minutes=self.duration_minutes)

    @property
    def announced_prices(self) -> list[tuple[date, int]]:
        """The prices the customer was told of and the days from which they hold, the soonest first."""
        if self.next_price_on is None or self.next_price_cents is None:
            return []
        later = [(date.fromisoformat(one["from_on"]), one["price_cents"]) for one in self.later_prices]
        return [(self.next_price_on, self.next_price_cents), *later]

    def announce_prices(self, prices: Sequence[tuple[date, int]]) -> None:
        """Will cost these from these days on, the soonest first, instead of what was announced."""
        self.next_price_on, self.next_price_cents = prices[0] if prices else (None, None)
        self.later_prices = [{"from_on": on.isoformat(), "price_cents": cents} for on, cents in prices[1:]]

    def announce_price(self, on: date, cents: int) -> None:
        """Will cost this from this day on, after what was announced for days before it."""
        self.announce_prices([*(one for one in self.announced_prices if one[0] < on), (on, cents)])

    def price_on(self, day: date) -> int:
        """What its visit of a day costs: the old price until the notice of a rise has run."""
        return next((cents for on, cents in reversed(self.announced_prices) if on <= day), self.price_cents)

    def follow(self, rule: Rule) -> None:
        """Will take on a rule's days and times."""
        self.anchor_on, self.starts_on, self.until_on = rule.anchor, rule.opens, rule.until
        self.local_time, self.weekdays = rule.clock, sorted(rule.weekdays)
        self.every, self.nth = rule.every, rule.nth

    def is_paused_on(self, day: date) -> bool:
        """Whether a date of the rule lies in the plan's pause."""
        if self.paused_on is None or day < self.paused_on:
            return False
        return self.resumes_on is None or day < self.resumes_on

    def end(self, *, until: date) -> None:
        """Will have no date after `until`."""
        self.until_on = until if self.until_on is None else min(self.until_on, until)
        self.state, self.paused_on, self.resumes_on = self.State.ENDED, None, None


class PlanException(models.Model):
    """What was agreed for one date of a plan instead of the rule. Without it, the rule holds again."""

    class Kind(models.TextChoices):
        SKIPPED = "skipped", "Skipped"
        MOVED = "moved", "Moved"
        HOLIDAY = "holiday", "Left out for a holiday"

    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="exceptions")
    original_on = models.DateField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    moved_to_at = models.DateTimeField(null=True)
    at = models.DateTimeField()
    by_label = models.CharField(max_length=120)
    reason = models.CharField(max_length=300, default="", blank=True)
    is_skip = models.BooleanField(
        default=False, db_default=False, help_text="Moved so far that the rules take it for a date left out"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["plan", "original_on"], name="one_exception_per_plan_date"),
            models.CheckConstraint(
                condition=Q(kind="moved", moved_to_at__isnull=False)
                | Q(kind__in=["skipped", "holiday"], moved_to_at__isnull=True),
                name="moved_exception_says_where_to",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.original_on} {self.kind}"


def agreed_changes(plan: Plan) -> Mapping[date, Change]:
    """The plan's exceptions by date, as the rules read them. One query."""
    return {e.original_on: Change(e.moved_to_at) for e in plan.exceptions.all()}

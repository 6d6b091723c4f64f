"""Who does the work, when they work, and the one calendar that says where they are."""

import uuid
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Func, Q


class Branch(models.Model):
    """An office with its own clock, currency, service area and rules for booking."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    zone = models.CharField(max_length=60, help_text="IANA name, as in America/New_York")
    currency = models.CharField(max_length=3)
    phone = models.CharField(max_length=40, default="", blank=True)
    email = models.EmailField(default="", blank=True)
    latitude = models.FloatField(default=0)
    longitude = models.FloatField(default=0)
    start_grid_minutes = models.PositiveSmallIntegerField(default=30, validators=[MinValueValidator(15)])
    pad_minutes = models.PositiveSmallIntegerField(default=0)
    notice_minutes = models.PositiveIntegerField(default=24 * 60)
    horizon_days = models.PositiveSmallIntegerField(default=90)
    change_notice_minutes = models.PositiveIntegerField(default=48 * 60)
    late_fee_percent = models.PositiveSmallIntegerField(default=50)
    hold_minutes = models.PositiveSmallIntegerField(default=10)
    quote_days = models.PositiveSmallIntegerField(default=14)

    class Meta:
        verbose_name_plural = "branches"
        constraints = [
            models.CheckConstraint(
                condition=Q(start_grid_minutes__in=[15, 30, 60, 120]), name="branch_start_grid_is_of_quarter_hours"
            ),
            models.CheckConstraint(condition=Q(late_fee_percent__lte=100), name="branch_late_fee_within_price"),
            models.CheckConstraint(
                condition=Q(horizon_days__gte=1) & Q(horizon_days__lte=400), name="branch_horizon_within_calendar"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zoneinfo(self) -> ZoneInfo:
        """The branch's time zone."""
        return ZoneInfo(self.zone)

    @property
    def pad(self) -> timedelta:
        """Time kept free after each visit."""
        return timedelta(minutes=self.pad_minutes)


class Area(models.Model):
    """A postcode the branch serves, with the point it lies at when an address has none of its own."""

    branch = models.ForeignKey(Branch, on_delete=models.CASCADE, related_name="areas")
    name = models.CharField(max_length=80)
    postcode = models.CharField(max_length=12, unique=True)
    latitude = models.FloatField()
    longitude = models.FloatField()

    def __str__(self) -> str:
        return f"{self.name} {self.postcode}"


class Holiday(models.Model):
    """A day on which the branch is closed, unless a cleaner has an exception for it."""

    branch = models.ForeignKey(Branch, on_delete=models.CASCADE, related_name="holidays")
    on = models.DateField()
    name = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["branch", "on"], name="one_holiday_a_day")]

    def __str__(self) -> str:
        return f"{self.name} {self.on}"


class SkillQuerySet(models.QuerySet["Skill"]):
    def in_use(self) -> "SkillQuerySet":
        """Skills that can be learnt and asked for."""
        return self.filter(retired_at__isnull=True)


class Skill(models.Model):
    """Something not every cleaner can do."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    retired_at = models.DateTimeField(null=True)

    objects = SkillQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class CleanerQuerySet(models.QuerySet["Cleaner"]):
    def employed(self) -> "CleanerQuerySet":
        """Cleaners of whom no last day is known."""
        return self.filter(left_on__isnull=True)

    def employed_on(self, day: date) -> "CleanerQuerySet":
        """Cleaners who have not left before a day; who leaves after it still works then."""
        return self.filter(Q(left_on__isnull=True) | Q(left_on__gte=day))


class Cleaner(models.Model):
    """Somebody who cleans."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="cleaners")
    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="cleaner")
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=40, default="", blank=True)
    language = models.CharField(max_length=8, default="en")
    home_latitude = models.FloatField(null=True)
    home_longitude = models.FloatField(null=True)
    skills = models.ManyToManyField(Skill, related_name="cleaners", blank=True)
    employed_from = models.DateField()
    left_on = models.DateField(null=True, blank=True)

    objects = CleanerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("employed_from")),
                name="cleaner_leaves_after_start",
            )
        ]

    def __str__(self) -> str:
        return self.name


class TeamQuerySet(models.QuerySet["Team"]):
    def in_use(self) -> "TeamQuerySet":
        """Teams that are shown and can be joined."""
        return self.filter(retired_at__isnull=True)


class Team(models.Model):
    """Cleaners who usually go out together."""

    branch = models.ForeignKey(Branch, on_delete=models.CASCADE, related_name="teams")
    name = models.CharField(max_length=80)
    members = models.ManyToManyField(Cleaner, related_name="teams", blank=True)
    retired_at = models.DateTimeField(null=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "name"], condition=Q(retired_at__isnull=True), name="one_team_per_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Shift(models.Model):
    """Weekly working hours on one weekday (Monday is 0); an end at or before the start is on the next day."""

    cleaner = models.ForeignKey(Cleaner, on_delete=models.CASCADE, related_name="shifts")
    weekday = models.PositiveSmallIntegerField()
    start = models.TimeField()
    end = models.TimeField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6), name="shift_weekday_exists"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="shift_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.start}–{self.end}"


class ShiftException(models.Model):
    """Other hours on one date, in place of the weekly ones and of a holiday; without times, a day off."""

    cleaner = models.ForeignKey(Cleaner, on_delete=models.CASCADE, related_name="exceptions")
    on = models.DateField()
    start = models.TimeField(null=True, blank=True)
    end = models.TimeField(null=True, blank=True)
    reason = models.CharField(max_length=120, default="", blank=True)

    class Meta:
        indexes = [models.Index(fields=["cleaner", "on"], name="exceptions_by_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(start__isnull=True, end__isnull=True) | Q(start__isnull=False, end__isnull=False),
                name="exception_has_both_times_or_none",
            )
        ]

    def __str__(self) -> str:
        return f"{self.on} {self.start}–{self.end}"


class Commitment(models.Model):
    """Where a cleaner is: at a visit, held for a customer who is booking, absent, on a break or in training.

    The only statement of it. `no_cleaner_in_two_places` makes double booking impossible for every writer.
    Rows are taken and released through `crew.calendar`, never created one by one.
    """

    class Kind(models.TextChoices):
        VISIT = "visit", "Visit"
        HOLD = "hold", "Held for a customer"
        ABSENCE = "absence", "Absent"
        BREAK = "break", "Break"
        TRAINING = "training", "Training"

    cleaner = models.ForeignKey(Cleaner, on_delete=models.PROTECT, related_name="commitments")
    during = DateTimeRangeField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    active = models.BooleanField(default=True)
    reference = models.UUIDField(help_text="The code of the visit, hold or absence it is for")
    hold_expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="no_cleaner_in_two_places",
                expressions=[(F("cleaner"), RangeOperators.EQUAL), (F("during"), RangeOperators.OVERLAPS)],
                condition=Q(active=True),
            ),
            models.CheckConstraint(
                condition=Q(kind="hold", hold_expires_at__isnull=False)
                | (~Q(kind="hold") & Q(hold_expires_at__isnull=True)),
                name="only_holds_expire",
            ),
            models.CheckConstraint(
                condition=Q(during__isempty=False) & Q(during__lower_inf=False) & Q(during__upper_inf=False),
                name="commitment_has_two_ends",
            ),
        ]
        indexes = [
            models.Index(
                F("cleaner"), Func(F("during"), function="lower"), condition=Q(active=True), name="commitments_in_order"
            ),
            models.Index(fields=["reference"], name="commitments_by_reference"),
            models.Index(fields=["hold_expires_at"], condition=Q(active=True, kind="hold"), name="commitments_on_hold"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.during}"


class Absence(models.Model):
    """A cleaner is away: ill, on holiday, or for another reason. Its commitment carries its code."""

    class Reason(models.TextChoices):
        SICK = "sick", "Sick"
        VACATION = "vacation", "Vacation"
        OTHER = "other", "Other"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    cleaner = models.ForeignKey(Cleaner, on_delete=models.PROTECT, related_name="absences")
    during = DateTimeRangeField()
    reason = models.CharField(max_length=10, choices=Reason.choices)
    note = models.CharField(max_length=200, default="", blank=True)
    created_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.reason} {self.during}"


class BitsField(models.Field):  # type: ignore[type-arg] # not subscriptable at run time
    """A row of bits of any length, read and written as text of 0 and 1."""

    def db_type(self, connection: object) -> str:
        return "varbit"


class CalendarDay(models.Model):
    """A cleaner's local day as bits, a 1 for each quarter hour that can be sold. Triggers keep it true.

    Days on which the clock changes have more or fewer than 96 bits; laid end to end, days are one timeline.
    """

    pk = models.CompositePrimaryKey("cleaner_id", "on")
    cleaner = models.ForeignKey(Cleaner, on_delete=models.CASCADE, related_name="calendar_days", db_index=False)
    on = models.DateField()
    free = BitsField()

    def __str__(self) -> str:
        return f"{self.cleaner_id} {self.on}"

"""What was agreed with customers: services, prices, quotes, holds, bookings and visits."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import F, Func, Q

from midway.booking.intake_models import ImportedRow, ImportRun
from midway.booking.plan_models import Plan, PlanException
from midway.booking.policy_models import Charge, Policy
from midway.booking.price_models import (
    ActualTime,
    AgreedPrice,
    Coupon,
    CouponUse,
    Credit,
    CreditEntry,
    OpenHoliday,
    Pace,
)
from midway.booking.referral_models import Referral, ReferralTerms
from midway.booking.waiting_models import CalendarFeed, WaitingOffer, WaitingWish
from midway.core.visit_states import OCCUPIES_CALENDAR, VisitState
from midway.crew.models import Branch, Cleaner, Commitment, Skill
from midway.customers.models import Customer, Property

__all__ = [
    "ActualTime",
    "AgreedPrice",
    "Assignment",
    "Booking",
    "BookingRequest",
    "CalendarFeed",
    "Cancellation",
    "Charge",
    "Coupon",
    "CouponUse",
    "Credit",
    "CreditEntry",
    "Hold",
    "ImportRun",
    "ImportedRow",
    "OpenHoliday",
    "Pace",
    "Plan",
    "PlanException",
    "Policy",
    "PriceList",
    "Quote",
    "Rating",
    "Referral",
    "ReferralTerms",
    "Service",
    "Visit",
    "VisitQuerySet",
    "WaitingOffer",
    "WaitingWish",
]


class Service(models.Model):
    """A kind of cleaning we sell."""

    class Kind(models.TextChoices):
        REGULAR = "regular", "Regular clean"
        DEEP = "deep", "Deep clean"
        MOVE = "move", "Move-in or move-out clean"
        COMMERCIAL = "commercial", "Commercial clean"
        SPECIAL = "special", "Special clean"

    code = models.SlugField(max_length=40, unique=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(max_length=80)
    name_es = models.CharField(max_length=80, default="", blank=True)
    description = models.CharField(max_length=300, default="", blank=True)
    description_es = models.CharField(max_length=300, default="", blank=True)
    skill = models.ForeignKey(Skill, null=True, blank=True, on_delete=models.PROTECT)
    position = models.PositiveSmallIntegerField(default=0)
    is_offered = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class PriceList(models.Model):
    """One version of a branch's prices. Never edited: a change is the next version."""

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="price_lists")
    version = models.PositiveIntegerField()
    effective_on = models.DateField()
    rates = models.JSONField(help_text="As booking.rates reads and writes it")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["branch", "version"], name="one_price_list_per_version")]

    def __str__(self) -> str:
        return f"{self.branch_id} v{self.version}"


class Quote(models.Model):
    """A price with its working, honoured until it expires."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT)
    service = models.ForeignKey(Service, on_delete=models.PROTECT)
    price_list = models.ForeignKey(PriceList, on_delete=models.PROTECT)
    postcode = models.CharField(max_length=12)
    bedrooms = models.PositiveSmallIntegerField()
    bathrooms = models.PositiveSmallIntegerField()
    square_feet = models.PositiveIntegerField(null=True)
    extras = models.JSONField(default=list)
    frequency = models.CharField(max_length=16)
    total_cents = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    duration_minutes = models.PositiveIntegerField()
    team_size = models.PositiveSmallIntegerField(default=1)
    lines = models.JSONField()
    half_baths = models.PositiveSmallIntegerField(default=0, db_default=0)
    people = models.PositiveSmallIntegerField(null=True, help_text="Asked for, where we sell hours")
    asked_minutes = models.PositiveIntegerField(null=True, help_text="Asked for, where we sell hours")
    other_prices = models.JSONField(default=list, db_default=[], help_text="Of a first visit, a weekend, a holiday")
    coupon = models.ForeignKey(Coupon, null=True, on_delete=models.PROTECT, related_name="quotes")
    credit = models.ForeignKey(Credit, null=True, on_delete=models.PROTECT, related_name="quotes")
    credit_cents = models.PositiveIntegerField(null=True, help_text="What was on the gift card when it was shown")
    referrer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="+", help_text="Whose code brought them"
    )
    pace_percent = models.PositiveSmallIntegerField(default=100, db_default=100)
    agreed_cents = models.PositiveIntegerField(null=True, help_text="The customer's own price, where they have one")
    green = models.JSONField(null=True, help_text="Of the green time that was chosen: start, percent, price, working")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.code)

    @property
    def duration(self) -> timedelta:
        """How long the team is there the first time; for a single clean, the only time."""
        first = self.shown_price(is_first=True)
        return timedelta(minutes=first["duration_minutes"] if first else self.duration_minutes)

    def shown_price(self, start: datetime | None = None, *, is_first: bool = False) -> Mapping[str, Any] | None:
        """The other price that was shown for a visit at this start, or nothing where the price is the ordinary one."""
        if self.green and start is not None and is_first and self.is_green_at(start):
            return dict(self.green)
        if not self.other_prices:
            return None
        day = self.day_kind(start) if start else "ordinary"
        is_first = is_first and self.frequency != "once"
        return next((p for p in self.other_prices if (p["is_first"], p["day"]) == (is_first, day)), None)

    def as_shown(self) -> Mapping[str, Any]:
        """The ordinary price, as `shown_price` gives the others."""
        return {"total_cents": self.total_cents, "duration_minutes": self.duration_minutes, "lines": self.lines}

    def is_green_at(self, start: datetime) -> bool:
        """Whether the discount of a green time was shown for this start, and it was chosen."""
        return self.green is not None and datetime.fromisoformat(self.green["start"]) == start

    @property
    def has_day_prices(self) -> bool:
        """Whether the price depends on the day of the visit."""
        return any(price["day"] != "ordinary" for price in self.other_prices)

    def price_at(self, start: datetime, *, is_first: bool = True) -> int:
        """What a visit at this start costs, as it was shown."""
        shown = self.shown_price(start, is_first=is_first)
        return int(shown["total_cents"]) if shown else self.total_cents

    def usual_price_at(self, start: datetime) -> int:
        """What the visits of a plan cost that begins at this start; a holiday on that day is no rule."""
        weekday = start.astimezone(self.branch.zoneinfo).weekday()
        weekend = (p for p in self.other_prices if not p["is_first"] and weekday in p["days"])
        return next((int(p["total_cents"]) for p in weekend), self.total_cents)

    def day_kind(self, start: datetime) -> str:
        """Whether a start falls on a holiday or a weekend with prices of its own."""
        day = start.astimezone(self.branch.zoneinfo).date()
        kinds = {p["day"]: p["days"] for p in self.other_prices}
        if day.isoformat() in kinds.get("holiday", ()):
            return "holiday"
        return "weekend" if day.weekday() in kinds.get("weekend", ()) else "ordinary"


class Hold(models.Model):
    """A slot kept for a customer while they type; its commitments carry its code."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        BOOKED = "booked", "Booked"
        RELEASED = "released", "Released"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    quote = models.ForeignKey(Quote, on_delete=models.PROTECT, related_name="holds")
    during = DateTimeRangeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["quote"], condition=Q(state="open"), name="one_open_hold_per_quote")
        ]

    def __str__(self) -> str:
        return str(self.code)


class Booking(models.Model):
    """The agreement: who, where, what, for how much."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="bookings")
    premises = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="bookings")
    quote = models.OneToOneField(Quote, on_delete=models.PROTECT, related_name="booking")
    contact_name = models.CharField(max_length=120)
    contact_email = models.EmailField(max_length=254)
    contact_phone = models.CharField(max_length=40)
    notes = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.code)


class VisitQuerySet(models.QuerySet["Visit"]):
    def between(self, start: datetime, end: datetime) -> "VisitQuerySet":
        """Visits that touch the period."""
        return self.filter(during__overlap=(start, end))

    def kept(self) -> "VisitQuerySet":
        """Visits that were not called off."""
        return self.filter(state__in=OCCUPIES_CALENDAR)

    def unassigned(self) -> "VisitQuerySet":
        """Kept visits with fewer cleaners than they need."""
        return self.kept().filter(cleaners_missing__gt=0)


class Visit(models.Model):
    """One promised cleaning."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT)
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="visits")
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="visits")
    premises = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="visits")
    service = models.ForeignKey(Service, on_delete=models.PROTECT)
    plan = models.ForeignKey(Plan, null=True, on_delete=models.PROTECT, related_name="visits")
    occurrence_on = models.DateField(null=True, help_text="The plan's date it stands for, wherever it was moved")
    during = DateTimeRangeField(help_text="The time promised to the customer")
    state = models.CharField(max_length=16, choices=[(s.value, s.value) for s in VisitState], default="scheduled")
    team_size = models.PositiveSmallIntegerField(default=1)
    cleaners_missing = models.PositiveSmallIntegerField(default=0)
    price_cents = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    extras = models.JSONField(null=True, help_text="Codes, where they are other than quoted")
    lines = models.JSONField(null=True, help_text="The working, where the price is other than quoted")
    revision = models.PositiveIntegerField(default=0, help_text="Counts changes, for calendar programs and for edits")
    created_at = models.DateTimeField()

    objects = VisitQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(F("branch"), Func(F("during"), function="lower"), name="visits_in_order"),
            models.Index(fields=["customer", "-id"], name="visits_by_customer"),
            models.Index(fields=["branch"], condition=Q(cleaners_missing__gt=0), name="visits_unassigned"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(cleaners_missing__lte=F("team_size")), name="visit_misses_at_most_team"),
            models.UniqueConstraint(fields=["plan", "occurrence_on"], name="one_visit_per_plan_date"),
            models.CheckConstraint(
                condition=Q(plan__isnull=True, occurrence_on__isnull=True)
                | Q(plan__isnull=False, occurrence_on__isnull=False),
                name="visit_of_a_plan_has_its_date",
            ),
        ]

    def __str__(self) -> str:
        return str(self.code)

    @property
    def starts_at(self) -> datetime:
        """When the customer expects us."""
        start = self.during.lower
        assert isinstance(start, datetime)
        return start

    @property
    def ends_at(self) -> datetime:
        """When we promised to be done."""
        end = self.during.upper
        assert isinstance(end, datetime)
        return end

    @property
    def duration(self) -> timedelta:
        """How long the visit is promised to take."""
        return self.ends_at - self.starts_at

    @property
    def agreed_extras(self) -> Sequence[str]:
        """The codes of the extras to be done."""
        extras = self.booking.quote.extras if self.extras is None else self.extras
        return tuple(extras)

    @property
    def working(self) -> Sequence[Mapping[str, Any]]:
        """How its price came about; the lines sum to it."""
        if self.lines is not None:
            return list(self.lines)
        quote = self.booking.quote
        others = [*([quote.green] if quote.green else []), *quote.other_prices]
        shown = [p for p in others if p["total_cents"] == self.price_cents]
        if self.price_cents != quote.total_cents and shown:
            return list(shown[0]["lines"])
        lines = list(quote.lines)
        rest = self.price_cents - sum(line["amount_cents"] for line in lines)
        return [*lines, {"label": "changed", "amount_cents": rest, "minutes": 0}] if rest else lines


class Assignment(models.Model):
    """A cleaner who keeps a visit's promise, with the commitment that says so on the calendar."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="assignments")
    cleaner = models.ForeignKey(Cleaner, on_delete=models.PROTECT, related_name="assignments")
    commitment = models.OneToOneField(Commitment, on_delete=models.PROTECT, related_name="assignment")
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "cleaner"], condition=Q(active=True), name="one_assignment_per_visit_and_cleaner"
            )
        ]

    def __str__(self) -> str:
        return f"{self.cleaner_id} at {self.visit_id}"


class Cancellation(models.Model):
    """A visit was called off: by whom, why, and what it cost."""

    visit = models.OneToOneField(Visit, on_delete=models.PROTECT, related_name="cancellation")
    at = models.DateTimeField()
    by_label = models.CharField(max_length=120)
    reason = models.CharField(max_length=300, default="", blank=True)
    fee_cents = models.PositiveIntegerField(default=0)
    is_late = models.BooleanField(default=False)
    policy = models.ForeignKey(Policy, null=True, on_delete=models.PROTECT, related_name="cancellations")
    evidence = models.JSONField(null=True, help_text="What the rules said, and what the customer was shown")

    def __str__(self) -> str:
        return f"{self.visit_id} {self.at}"


class Rating(models.Model):
    """What the customer thought of a visit, from one star to five."""

    visit = models.OneToOneField(Visit, on_delete=models.PROTECT, related_name="rating")
    stars = models.PositiveSmallIntegerField()
    comment = models.CharField(max_length=1000, default="", blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(stars__range=(1, 5)), name="rating_is_one_to_five_stars")]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.stars}"


class BookingRequest(models.Model):
    """An idempotency key: the same request sent again gets the same answer."""

    key = models.CharField(max_length=120, unique=True)
    fingerprint = models.CharField(max_length=64)
    answer = models.TextField(help_text="JSON, kept as text so that it is given again to the letter")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key

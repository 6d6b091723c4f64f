"""What lowers a price or pays it before we come: coupons, gift cards, credit, a customer's own price; and the pace."""

import uuid

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce

from midway.booking.referral_models import Referral
from midway.crew.models import Branch
from midway.customers.models import Customer, Property


class AgreedDays(Func):
    """The days for which a price is agreed, both ends included."""

    function = "DATERANGE"
    output_field = DateRangeField()


class Coupon(models.Model):
    """A code that takes something off a price: for a time, so often, perhaps for new customers only."""

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="coupons")
    code = models.CharField(max_length=24, help_text="Upper case")
    percent = models.PositiveSmallIntegerField(default=0)
    amount_cents = models.PositiveIntegerField(default=0)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    most_uses = models.PositiveIntegerField(null=True, help_text="Empty: as often as people like")
    uses = models.PositiveIntegerField(default=0)
    is_for_new_customers = models.BooleanField(default=False)
    is_once_per_customer = models.BooleanField(default=False, db_default=False)
    active = models.BooleanField(default=True)
    reason = models.CharField(max_length=300, default="", db_default="", blank=True, help_text="What it is for")
    by_label = models.CharField(max_length=120, default="", db_default="", blank=True)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "code"], name="one_coupon_per_code"),
            models.CheckConstraint(
                condition=Q(percent=0, amount_cents__gt=0) | Q(percent__gt=0, percent__lte=100, amount_cents=0),
                name="coupon_takes_percent_or_amount",
            ),
            models.CheckConstraint(
                condition=Q(most_uses=None) | Q(uses__lte=F("most_uses")), name="coupon_used_at_most_so_often"
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="coupon_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class CouponUse(models.Model):
    """A booking that used a coupon, and what it took off."""

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="used")
    booking = models.OneToOneField("booking.Booking", on_delete=models.PROTECT, related_name="coupon_use")
    amount_cents = models.PositiveIntegerField()
    only_customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="+", help_text="Where each may use it once"
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["coupon", "only_customer"], name="coupon_used_once_per_customer")
        ]

    def __str__(self) -> str:
        return f"{self.coupon_id} {self.booking_id}"


class Credit(models.Model):
    """Money somebody has with us before we come: a gift card, whoever holds its code, or a customer's credit."""

    class Kind(models.TextChoices):
        GIFT_CARD = "gift_card", "Gift card"
        REFERRAL = "referral", "For bringing somebody"
        GOODWILL = "goodwill", "Goodwill"

    code = models.CharField(max_length=24, unique=True, help_text="Upper case; a gift card's is what its holder types")
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="credits")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="credits")
    currency = models.CharField(max_length=3)
    valid_to = models.DateField(null=True)
    referral = models.ForeignKey(Referral, null=True, on_delete=models.PROTECT, related_name="credits")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="gift_card") | Q(customer__isnull=False), name="credit_belongs_to_somebody"
            ),
            models.UniqueConstraint(fields=["referral", "customer"], name="one_reward_per_referral_and_customer"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def balance_cents(self) -> int:
        """What is left."""
        last = self.entries.order_by("-number").values_list("balance_cents", flat=True).first()
        return last or 0


class CreditEntry(models.Model):
    """A movement of a credit, and what is left after it. Rows are numbered, never edited or deleted.

    A trigger numbers the row and works out what is left; a balance below nothing is refused.
    """

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    credit = models.ForeignKey(Credit, on_delete=models.PROTECT, related_name="entries")
    number = models.PositiveIntegerField(default=0)
    amount_cents = models.IntegerField(help_text="Paid in is positive, spent is negative")
    balance_cents = models.IntegerField(default=0)
    visit = models.ForeignKey("booking.Visit", null=True, on_delete=models.PROTECT, related_name="credit_entries")
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    by_label = models.CharField(max_length=120)

    class Meta:
        ordering = ["credit", "number"]
        constraints = [
            models.UniqueConstraint(fields=["credit", "number"], name="one_credit_entry_per_number"),
            models.CheckConstraint(condition=Q(balance_cents__gte=0), name="credit_never_below_nothing"),
            models.CheckConstraint(condition=~Q(amount_cents=0), name="credit_entry_moves_something"),
        ]

    def __str__(self) -> str:
        return f"{self.credit_id} #{self.number}"


class AgreedPrice(models.Model):
    """A customer's own price for the clean itself, extras aside, kept until it ends; no rate rise touches it.

    With `premises` for that home alone, and there before one for all their homes.
    """

    code = models.UUIDField(default=uuid.uuid4, db_default=RandomUUID(), unique=True, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="agreed_prices")
    service = models.ForeignKey("booking.Service", on_delete=models.PROTECT)
    premises = models.ForeignKey(Property, null=True, on_delete=models.PROTECT, related_name="agreed_prices")
    price_cents = models.PositiveIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    is_for_plans = models.BooleanField(default=False, db_default=False, help_text="Plans that go on cost it too")
    reason = models.CharField(max_length=300)
    at = models.DateTimeField()
    by_label = models.CharField(max_length=120)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="agreed_prices_follow_each_other",
                expressions=[
                    ("customer", RangeOperators.EQUAL),
                    ("service", RangeOperators.EQUAL),
                    (Coalesce("premises", Value(0, models.BigIntegerField())), RangeOperators.EQUAL),
                    (
                        AgreedDays("starts_on", "ends_on", RangeBoundary(inclusive_upper=True)),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="agreed_price_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.price_cents}"


class OpenHoliday(models.Model):
    """A public holiday on which the branch works all the same, at the holiday price. A closed day is no such day."""

    branch = models.ForeignKey("crew.Branch", on_delete=models.CASCADE, related_name="open_holidays")
    on = models.DateField()
    name = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["branch", "on"], name="one_open_holiday_a_day")]

    def __str__(self) -> str:
        return f"{self.name} {self.on}"


class ActualTime(models.Model):
    """When we were at a visit, and how long it really took: minutes of work of everybody together, extras aside."""

    visit = models.OneToOneField("booking.Visit", on_delete=models.PROTECT, related_name="actual_time")
    started_at = models.DateTimeField(null=True, help_text="As the cleaners said at the door")
    finished_at = models.DateTimeField(null=True)
    labour_minutes = models.PositiveIntegerField(null=True, help_text="Empty while they are there")
    planned_minutes = models.PositiveIntegerField(help_text="Minutes of work that the price list promised")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(labour_minutes__isnull=False) | Q(started_at__isnull=False),
                name="actual_time_says_something",
            ),
            models.CheckConstraint(
                condition=Q(finished_at=None) | Q(started_at__isnull=False, finished_at__gte=F("started_at")),
                name="visit_finished_after_it_started",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.labour_minutes}"


class Pace(models.Model):
    """How long a home really takes against the price list, learned from visits and approved by the office."""

    premises = models.ForeignKey(Property, on_delete=models.PROTECT, related_name="paces")
    service = models.ForeignKey("booking.Service", on_delete=models.PROTECT)
    percent = models.PositiveSmallIntegerField()
    visits = models.PositiveSmallIntegerField(help_text="How many it was learned from")
    at = models.DateTimeField()
    by_label = models.CharField(max_length=120)
    withdrawn_at = models.DateTimeField(null=True, help_text="When the list's own pace, or a newer one, took over")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(percent__gte=50, percent__lte=300), name="pace_is_plausible"),
            models.UniqueConstraint(
                fields=["premises", "service"], condition=Q(withdrawn_at=None), name="one_pace_in_force"
            ),
        ]
        indexes = [models.Index(fields=["premises", "service", "-id"], name="paces_newest_first")]

    def __str__(self) -> str:
        return f"{self.premises_id} {self.percent} %"

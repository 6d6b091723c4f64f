"""Who waits for a time that is not free, what was offered to them, and who reads their visits in a calendar program."""

import uuid
from typing import Any

from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from midway.crew.models import Branch, Cleaner
from midway.customers.models import Customer


class WaitingWishQuerySet(models.QuerySet["WaitingWish"]):
    def open(self) -> "WaitingWishQuerySet":
        """Wishes that are still on the list."""
        return self.filter(state__in=[WaitingWish.State.WAITING, WaitingWish.State.OFFERED])


class WaitingWish(models.Model):
    """Somebody would come to us if there were a time: what they want cleaned is in the quote, when is here."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        OFFERED = "offered", "Has an offer"
        BOOKED = "booked", "Booked"
        LAPSED = "lapsed", "Until then nothing came free"
        WITHDRAWN = "withdrawn", "Withdrawn"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="waiting_wishes")
    quote = models.ForeignKey("booking.Quote", on_delete=models.PROTECT, related_name="waiting_wishes")
    name = models.CharField(max_length=120)
    email = models.EmailField(max_length=254)
    phone = models.CharField(max_length=40, default="", blank=True)
    language = models.CharField(max_length=8, default="en")
    weekdays = ArrayField(models.PositiveSmallIntegerField(), help_text="Monday is 0")
    not_before = models.TimeField(help_text="By the branch's clock")
    not_after = models.TimeField(help_text="The latest start")
    from_on = models.DateField()
    until_on = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField()

    objects = WaitingWishQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "waiting wishes"
        indexes = [models.Index(fields=["branch", "created_at"], condition=Q(state="waiting"), name="wishes_in_turn")]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekdays__len__gte=1) & Q(weekdays__contained_by=list(range(7))), name="wish_has_weekdays"
            ),
            models.CheckConstraint(condition=Q(until_on__gte=F("from_on")), name="wish_ends_after_it_begins"),
            models.CheckConstraint(condition=Q(not_after__gte=F("not_before")), name="wish_has_an_hour"),
            models.UniqueConstraint(
                fields=["quote"], condition=Q(state__in=["waiting", "offered"]), name="one_open_wish_per_quote"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} until {self.until_on}"


class WaitingOffer(models.Model):
    """A time that came free, held for one who waits until it expires. No time is offered to the same wish twice."""

    class State(models.TextChoices):
        OPEN = "open", "Open"
        BOOKED = "booked", "Booked"
        EXPIRED = "expired", "Not taken"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    wish = models.ForeignKey(WaitingWish, on_delete=models.PROTECT, related_name="offers")
    hold = models.OneToOneField("booking.Hold", on_delete=models.PROTECT, related_name="waiting_offer")
    during = DateTimeRangeField()
    starts_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["wish", "starts_at"], name="no_time_offered_twice"),
            models.UniqueConstraint(fields=["wish"], condition=Q(state="open"), name="one_open_offer_per_wish"),
        ]

    def __str__(self) -> str:
        return f"{self.wish_id} {self.starts_at}"


class CalendarFeed(models.Model):
    """A secret address at which a calendar program reads one customer's or one cleaner's visits."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey(Customer, null=True, on_delete=models.CASCADE, related_name="calendar_feeds")
    cleaner = models.ForeignKey(Cleaner, null=True, on_delete=models.CASCADE, related_name="calendar_feeds")
    created_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(customer__isnull=False, cleaner__isnull=True)
                | Q(customer__isnull=True, cleaner__isnull=False),
                name="feed_is_somebodys",
            ),
            models.UniqueConstraint(
                fields=["customer"], condition=Q(revoked_at__isnull=True), name="one_feed_per_customer"
            ),
            models.UniqueConstraint(
                fields=["cleaner"], condition=Q(revoked_at__isnull=True), name="one_feed_per_cleaner"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id or ''}{self.cleaner_id or ''}"

    @property
    def owner(self) -> Any:
        """The customer or the cleaner."""
        return self.customer or self.cleaner

"""Customers and the places we clean for them."""

import uuid
from datetime import time

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper

from midway.core.quiet import Quiet
from midway.core.retention import ERASED
from midway.customers.encryption import EncryptedTextField


class CustomerQuerySet(models.QuerySet["Customer"]):
    def matching(self, words: str) -> "CustomerQuerySet":
        """Customers whose name, e-mail, phone or address contains every word."""
        found = self
        for word in words.split():
            found = found.filter(
                Q(name__icontains=word)
                | Q(email__icontains=word)
                | Q(phone__icontains=word)
                | Q(properties__line1__icontains=word)
                | Q(properties__postcode__istartswith=word)
            )
        return found.distinct()


class Customer(models.Model):
    """Somebody we clean for, and how they want to hear from us."""

    class Channel(models.TextChoices):
        EMAIL = "email", "E-mail"
        SMS = "sms", "Text message"
        BOTH = "both", "Both"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="customer")
    name = models.CharField(max_length=120)
    email = models.EmailField(max_length=254)
    phone = models.CharField(max_length=40)
    language = models.CharField(max_length=8, default="en")
    channel = models.CharField(max_length=5, choices=Channel.choices, default=Channel.EMAIL, db_default="email")
    quiet_starts = models.TimeField(default=time(21), db_default=time(21), help_text="For text messages")
    quiet_ends = models.TimeField(default=time(8), db_default=time(8))
    zone = models.CharField(
        max_length=60, default="", db_default="", blank=True, help_text="IANA name; empty means the branch's"
    )
    has_reminders = models.BooleanField(default=True, db_default=True)
    is_asked_for_rating = models.BooleanField(default=True, db_default=True)
    sms_stopped_at = models.DateTimeField(null=True, help_text="When they answered STOP")
    notes = models.TextField(default="", blank=True)
    referral_code = models.CharField(
        max_length=12, default="", db_default="", blank=True, help_text="Upper case; what they give to friends"
    )
    created_at = models.DateTimeField()
    erased_at = models.DateTimeField(null=True, help_text="When everything that names them was taken out")

    objects = CustomerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_customer_per_email"),
            models.UniqueConstraint(
                fields=["referral_code"], condition=~Q(referral_code=""), name="one_customer_per_referral_code"
            ),
            models.CheckConstraint(
                condition=Q(erased_at=None) | Q(name=ERASED, phone="", notes="", user=None),
                name="erased_customer_is_nameless",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["email", "sms", "both"]), name="customer_is_reached_by_a_known_channel"
            ),
        ]
        indexes = [GinIndex(OpClass(Upper("name"), name="gin_trgm_ops"), name="customers_by_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def quiet(self) -> Quiet:
        """When no text message may arrive."""
        return Quiet(self.quiet_starts, self.quiet_ends)


class Property(models.Model):
    """A home or office we clean, how big it is and how we get in."""

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="properties")
    line1 = models.CharField(max_length=160)
    line2 = models.CharField(max_length=160, default="", blank=True)
    city = models.CharField(max_length=80, default="", blank=True)
    postcode = models.CharField(max_length=12)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    bedrooms = models.PositiveSmallIntegerField(default=1)
    bathrooms = models.PositiveSmallIntegerField(default=1)
    half_baths = models.PositiveSmallIntegerField(default=0, db_default=0)
    square_feet = models.PositiveIntegerField(null=True)
    access_notes = EncryptedTextField(default="", blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "properties"
        indexes = [models.Index(fields=["postcode"], name="properties_by_postcode")]

    def __str__(self) -> str:
        return f"{self.line1}, {self.postcode}"

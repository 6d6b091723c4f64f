"""Customers who bring others: what both get for it, and who brought whom."""

from django.db import models
from django.db.models import F, Q

from midway.crew.models import Branch
from midway.customers.models import Customer


class ReferralTerms(models.Model):
    """What is given for bringing somebody. Never edited: a change is the next row; the newest one holds.

    Nothing for both: switched off.
    """

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="referral_terms")
    referrer_cents = models.PositiveIntegerField(help_text="For whoever brings somebody")
    newcomer_cents = models.PositiveIntegerField(help_text="For whoever was brought")
    valid_days = models.PositiveSmallIntegerField(null=True, help_text="How long the credit lasts; empty: for good")
    at = models.DateTimeField()
    by_label = models.CharField(max_length=120)

    def __str__(self) -> str:
        return f"{self.branch_id} {self.referrer_cents}/{self.newcomer_cents}"

    @property
    def is_on(self) -> bool:
        """Whether anything is given at all."""
        return bool(self.referrer_cents or self.newcomer_cents)


class Referral(models.Model):
    """Somebody new who came by a customer's code; both are rewarded once, after the first visit is done."""

    referrer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="brought")
    newcomer = models.OneToOneField(Customer, on_delete=models.PROTECT, related_name="brought_by")
    terms = models.ForeignKey(ReferralTerms, on_delete=models.PROTECT, related_name="+")
    booking = models.OneToOneField("booking.Booking", on_delete=models.PROTECT, related_name="referral")
    at = models.DateTimeField()
    rewarded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(referrer=F("newcomer")), name="nobody_refers_themselves"),
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(rewarded_at=None), name="referrals_to_reward"),
        ]

    def __str__(self) -> str:
        return f"{self.referrer_id} brought {self.newcomer_id}"

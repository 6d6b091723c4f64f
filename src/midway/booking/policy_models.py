"""The rules for changes as versions, and what customers were charged by them, with the evidence."""

from django.db import models
from django.db.models import F, Q

from midway.crew.models import Branch


class Policy(models.Model):
    """One version of a branch's rules for changes, or of one of its services. Never edited: a change is the next."""

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="policies")
    service = models.ForeignKey("booking.Service", null=True, on_delete=models.PROTECT, related_name="policies")
    version = models.PositiveIntegerField()
    effective_on = models.DateField()
    terms = models.JSONField(help_text="As booking.policies reads and writes them")
    created_at = models.DateTimeField()
    by_label = models.CharField(max_length=120)

    class Meta:
        verbose_name_plural = "policies"
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "service", "version"], name="one_policy_per_version", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.branch_id} {self.service_id or 'all'} v{self.version}"


class Charge(models.Model):
    """A fee for a late change or a closed door: how much, the cleaners' share, by which rules, and what was shown.

    One that was waived stands here with its reason and an amount of nothing; one whose change was undone is withdrawn,
    not deleted.
    """

    class Kind(models.TextChoices):
        LATE_CANCELLATION = "late_cancellation", "Cancelled late"
        LOCK_OUT = "lock_out", "Nobody let us in"
        SKIP = "skip", "Date left out"

    visit = models.ForeignKey("booking.Visit", on_delete=models.PROTECT, related_name="charges")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    amount_cents = models.PositiveIntegerField()
    cleaner_cents = models.PositiveIntegerField(default=0)
    price_cents = models.PositiveIntegerField(help_text="The price of the visit then; a fee is never more")
    currency = models.CharField(max_length=3)
    policy = models.ForeignKey(Policy, null=True, on_delete=models.PROTECT, related_name="charges")
    decision = models.JSONField(help_text="What the rules said")
    shown = models.JSONField(null=True, help_text="What the customer was shown before they confirmed")
    waived_reason = models.CharField(max_length=300, default="", blank=True)
    withdrawn_at = models.DateTimeField(null=True, help_text="The change it was for was undone")
    at = models.DateTimeField()
    by_label = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_cents__lte=F("price_cents")), name="charge_within_price"),
            models.CheckConstraint(condition=Q(cleaner_cents__lte=F("amount_cents")), name="charge_share_within_fee"),
            models.CheckConstraint(
                condition=Q(waived_reason="") | Q(amount_cents=0), name="charge_waived_charges_nothing"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.visit_id}"

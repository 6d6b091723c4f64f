"""How far product events have been told, how many were taken, and who agreed to be told apart in them."""

from django.db import models


class Bookmark(models.Model):
    """How far the journal has been told to one collector.

    What is `seen` is told only when every transaction of that moment has ended: numbers in the journal are given
    before they can be seen, so a smaller one may come to light later.
    """

    name = models.CharField(max_length=40, primary_key=True)
    told_entry = models.BigIntegerField(default=0)
    seen_entry = models.BigIntegerField(default=0)
    seen_transaction = models.BigIntegerField(default=0)
    failures_in_a_row = models.PositiveIntegerField(default=0)
    failed_at = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(told_entry__lte=models.F("seen_entry")), name="only_what_was_seen_is_told"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} to {self.told_entry}"


class DeliveryCount(models.Model):
    """How many events of one name were told on one day, and how many the collector took."""

    on = models.DateField()
    event = models.CharField(max_length=60)
    sent = models.PositiveIntegerField(default=0)
    taken = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["on", "event"], name="one_count_a_day_for_each_event"),
            models.CheckConstraint(
                condition=models.Q(sent__gte=models.F("taken") + models.F("refused")), name="no_more_taken_than_sent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.on}: {self.taken} of {self.sent}"


class AnalyticsConsent(models.Model):
    """A customer who agreed that what they do may be seen as the doings of one, under a name that says nothing."""

    customer = models.UUIDField(unique=True)
    given_at = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.customer)

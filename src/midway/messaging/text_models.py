"""The company's own words for its messages, and what people answer to them."""

from django.db import models
from django.db.models import Q


class MessageText(models.Model):
    """One version of the company's own words for one kind of message, in one language, for one channel.

    Never edited: a change is the next version, and going back to the built-in text is a version too.
    """

    template = models.CharField(max_length=60)
    language = models.CharField(max_length=8)
    channel = models.CharField(max_length=5)
    version = models.PositiveIntegerField()
    subject = models.CharField(max_length=200, default="", blank=True)
    body = models.TextField(default="", blank=True)
    is_built_in = models.BooleanField(default=False, help_text="From here on the built-in text is used again")
    at = models.DateTimeField()
    by_label = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "language", "channel", "version"], name="one_text_per_version"),
            models.CheckConstraint(condition=Q(is_built_in=True) | ~Q(body=""), name="own_text_is_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.language} {self.channel} v{self.version}"


class SmsReply(models.Model):
    """A text message somebody sent us, and what we understood."""

    class Meaning(models.TextChoices):
        STOP = "stop", "No more text messages"
        START = "start", "Text messages again"
        HELP = "help", "Who is this?"
        OTHER = "other", "For a person to read"

    gateway_code = models.CharField(max_length=64)
    phone = models.CharField(max_length=20)
    text = models.TextField(default="", blank=True)
    meaning = models.CharField(max_length=5, choices=Meaning.choices)
    recipient_code = models.UUIDField(null=True, help_text="The customer with this number, when there is one")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gateway_code"], name="one_reply_per_text_message")]
        indexes = [models.Index(fields=["recipient_code", "-at"], name="replies_by_recipient")]

    def __str__(self) -> str:
        return f"{self.meaning} from {self.phone}"

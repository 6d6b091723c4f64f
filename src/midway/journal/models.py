"""The append-only record of every change."""

import uuid

from django.db import models


class Entry(models.Model):
    """One thing that happened: who did what to what, when. A trigger forbids changing or removing it."""

    code = models.UUIDField(default=uuid.uuid4, editable=False)
    at = models.DateTimeField()
    event = models.CharField(max_length=80)
    actor_kind = models.CharField(max_length=12)
    actor_label = models.CharField(max_length=120)
    actor_user_id = models.BigIntegerField(null=True)
    subject = models.UUIDField()
    request_id = models.CharField(max_length=40, default="", blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "-at"], name="journal_by_subject"),
            models.Index(fields=["-at"], name="journal_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.subject}"

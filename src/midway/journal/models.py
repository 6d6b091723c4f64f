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
            models.Index(fields=["code"], name="journal_by_code"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.subject}"


class Before(models.Model):
    """How things stood before a change, by the code of its entry: kept for the day in which it can be undone."""

    entry = models.UUIDField(unique=True)
    at = models.DateTimeField(db_index=True)
    subject = models.UUIDField(db_index=True)
    facts = models.JSONField()
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"before {self.entry}"

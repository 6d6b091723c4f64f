"""Signs of life, the schedule's memory, and what the procedures found: runs, evidence, series, and what was put to
sleep."""

from datetime import datetime, timedelta
from uuid import uuid4

from django.db import models

from midway.ops.incidents.models import (
    AlarmMark,
    Call,
    DigestOnly,
    FollowUp,
    Incident,
    PostMortem,
    StatusUpdate,
    TimelineEntry,
    TriageChange,
    TroubleReport,
)
from midway.ops.oncall.models import Contact, OnCallRotation, RotationPlace, TakeOver

__all__ = [
    "AlarmMark", "Call", "Contact", "DigestOnly", "Evidence", "FollowUp", "Heartbeat", "Incident", "LimitChange",
    "OnCallRotation", "PostMortem", "ProcedureState", "RotationPlace", "Run", "Sample", "ScheduledJob", "Snooze",
    "StatusUpdate", "TakeOver", "TimelineEntry", "TriageChange", "TroubleReport",
]  # fmt: skip


class Heartbeat(models.Model):
    """A part that works unseen was alive at this moment. It writes this itself, from the loop that does the work."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
    pid = models.PositiveIntegerField(default=0)
    version = models.CharField(max_length=40, default="", blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.at}"


class ScheduledJob(models.Model):
    """What became of a job of the schedule. Due is what has not succeeded since; nothing is ever missed."""

    name = models.CharField(max_length=60, primary_key=True)
    last_started_at = models.DateTimeField(null=True)
    last_success_at = models.DateTimeField(null=True)
    last_failure_at = models.DateTimeField(null=True)
    failures_in_a_row = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=300, default="", blank=True)
    took_ms = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name

    def succeed(self, *, started_at: datetime, took: timedelta) -> None:
        """Will note a success, which counts from its start."""
        self.last_started_at = self.last_success_at = started_at
        self.took_ms = int(took.total_seconds() * 1000)
        self.failures_in_a_row, self.last_error = 0, ""

    def fail(self, *, started_at: datetime, at: datetime, error: str) -> None:
        """Will note a failure."""
        self.last_started_at, self.last_failure_at = started_at, at
        self.took_ms = int((at - started_at).total_seconds() * 1000)
        self.failures_in_a_row += 1
        self.last_error = error[:300]


class Run(models.Model):
    """One time that procedures were run together, and who asked for it."""

    code = models.UUIDField(default=uuid4, unique=True, editable=False)
    asked = models.CharField(max_length=200)
    started_at = models.DateTimeField(db_index=True)
    finished_at = models.DateTimeField(null=True)
    worst = models.CharField(max_length=10, default="", blank=True)
    by_label = models.CharField(max_length=120, default="Midway")

    def __str__(self) -> str:
        return f"{self.asked} {self.started_at}"


class Evidence(models.Model):
    """What one procedure found in one run. Never changed; each row seals the one before it with its hash."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="evidence")
    procedure = models.CharField(max_length=80)
    at = models.DateTimeField()
    status = models.CharField(max_length=10)
    is_raised = models.BooleanField(default=False)
    value = models.FloatField(null=True)
    unit = models.CharField(max_length=20, default="", blank=True)
    warn = models.FloatField(null=True)
    crit = models.FloatField(null=True)
    examined = models.BigIntegerField(default=0)
    summary = models.TextField()
    next_step = models.TextField(default="", blank=True)
    details = models.TextField(default="{}")  # JSON as it was sealed: jsonb would write it differently
    took_ms = models.PositiveIntegerField(default=0)
    host = models.CharField(max_length=120)
    version = models.CharField(max_length=40)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name_plural = "evidence"
        indexes = [models.Index(fields=["procedure", "-at"], name="evidence_by_procedure")]
        constraints = [models.UniqueConstraint(fields=["previous_hash"], name="evidence_is_one_chain")]

    def __str__(self) -> str:
        return f"{self.procedure} {self.status} {self.at}"


class EvidenceMark(models.Model):
    """Stands for evidence that was let go of: how the chain stood there, signed, to be followed from here."""

    last_id = models.BigIntegerField(unique=True, help_text="The newest evidence it stands for")
    last_hash = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    archive_hash = models.CharField(max_length=64, help_text="SHA-256 of the file it was packed into")
    dropped_at = models.DateTimeField()
    previous = models.CharField(max_length=64, blank=True, default="", help_text="The signature of the mark before")
    signature = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["previous"], name="evidence_marks_are_one_chain")]

    def __str__(self) -> str:
        return f"{self.rows} rows until {self.ends_at}"


class ProcedureState(models.Model):
    """Where a procedure stands: how often in a row it was bad, whether that was raised, and what it remembers."""

    procedure = models.CharField(max_length=80, primary_key=True)
    last_at = models.DateTimeField(null=True)
    last_status = models.CharField(max_length=10, default="", blank=True)
    bad_in_a_row = models.PositiveIntegerField(default=0)
    is_raised = models.BooleanField(default=False)
    bad_since_at = models.DateTimeField(null=True)
    rang = models.JSONField(default=list)
    memory = models.JSONField(default=dict)
    remembered_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.procedure} {self.last_status}"


class Snooze(models.Model):
    """A finding put to sleep: of one procedure and one object, with a reason, an owner and an end."""

    procedure = models.CharField(max_length=80)
    subject = models.CharField(max_length=200, default="", blank=True)
    reason = models.CharField(max_length=300)
    owner = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="snooze_has_a_reason"),
            models.CheckConstraint(condition=~models.Q(owner=""), name="snooze_has_an_owner"),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="snooze_ends_after_it_began"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.procedure} {self.subject} until {self.expires_at}"


class Sample(models.Model):
    """One point of a series that procedures compare today with: a size, a count, a time."""

    series = models.CharField(max_length=80)
    subject = models.CharField(max_length=200, default="", blank=True)
    at = models.DateTimeField()
    value = models.FloatField()

    class Meta:
        indexes = [models.Index(fields=["series", "subject", "at"], name="sample_by_series")]

    def __str__(self) -> str:
        return f"{self.series} {self.subject} {self.value}"


class LimitChange(models.Model):
    """A threshold set to something else than what it was declared with; the last one holds."""

    procedure = models.CharField(max_length=80)
    name = models.CharField(max_length=40)
    warn = models.FloatField(null=True)
    crit = models.FloatField(null=True)
    reason = models.CharField(max_length=300)
    owner = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~models.Q(reason=""), name="limit_change_has_a_reason")]

    def __str__(self) -> str:
        return f"{self.procedure} {self.name}"

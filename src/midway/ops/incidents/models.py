"""Incidents from the first sign to what was learned. Their timeline is only ever added to."""

from datetime import datetime
from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from midway.accounts.models import User
from midway.core.triage import Impact, Priority, Severity


class Incident(models.Model):
    """Something broke. One is open for one cause at a time; what was known at its opening stays as it was."""

    class Source(models.TextChoices):
        FINDING = "finding", "A procedure"
        WATCH = "watch", "The watch over the database"
        OFFICE = "office", "Somebody in the office"
        COMMAND = "command", "The command line"
        CUSTOMER = "customer", "A customer"
        CLEANER = "cleaner", "A cleaner"

    code = models.UUIDField(default=uuid4, unique=True, editable=False)
    title = models.CharField(max_length=200)
    source = models.CharField(max_length=12, choices=Source.choices)
    fingerprint = models.CharField(max_length=200, default="", blank=True)
    procedure = models.CharField(max_length=80, default="", blank=True)
    severity = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Severity])
    impact = models.CharField(max_length=12, choices=[(one.value, one.value) for one in Impact])
    priority = models.PositiveSmallIntegerField()
    owner = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    began_at = models.DateTimeField(help_text="Since when it was so, as far as is known")
    opened_at = models.DateTimeField(db_index=True)
    acknowledged_at = models.DateTimeField(null=True)
    verified_at = models.DateTimeField(null=True, help_text="When its procedure found it mended")
    closed_at = models.DateTimeField(null=True)
    evidence = models.TextField(default="{}")  # JSON as it was frozen
    evidence_hash = models.CharField(max_length=64, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["fingerprint"],
                condition=Q(closed_at=None) & ~Q(fingerprint=""),
                name="one_open_incident_for_a_cause",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(acknowledged_at__isnull=False),
                name="somebody_had_it_before_it_was_closed",
            ),
            models.CheckConstraint(
                condition=Q(closed_at=None) | Q(verified_at__isnull=False, verified_at__lte=F("closed_at")),
                name="an_incident_is_closed_when_it_was_seen_mended",
            ),
            models.CheckConstraint(condition=Q(priority__gte=1, priority__lte=4), name="a_priority_is_one_of_four"),
        ]

    def __str__(self) -> str:
        return f"P{self.priority} {self.title}"

    @property
    def is_open(self) -> bool:
        """Whether it still needs somebody."""
        return self.closed_at is None

    @property
    def area(self) -> str:
        """The part of the system it is about."""
        return self.procedure.partition(".")[0]

    def assess(self, *, severity: Severity, impact: Impact, priority: Priority) -> None:
        """Will say how urgent it is."""
        self.severity, self.impact, self.priority = severity.value, impact.value, int(priority)

    def acknowledge(self, *, owner: User | None, at: datetime) -> None:
        """Will note that somebody has it; the first one counts."""
        self.acknowledged_at = self.acknowledged_at or at
        self.owner = owner or self.owner


class TimelineEntry(models.Model):
    """One thing that happened in an incident, written as it happened."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="timeline")
    at = models.DateTimeField()
    kind = models.CharField(max_length=20)
    by_label = models.CharField(max_length=120)
    text = models.TextField()
    facts = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "id"]
        verbose_name_plural = "timeline entries"

    def __str__(self) -> str:
        return f"{self.at} {self.text}"


class Call(models.Model):
    """One message to one person to come and look; without an incident it is the monthly test."""

    code = models.UUIDField(default=uuid4, unique=True, editable=False)
    incident = models.ForeignKey(Incident, null=True, on_delete=models.PROTECT, related_name="calls")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_index=True)
    ways = models.CharField(max_length=60, default="", blank=True)
    answered_at = models.DateTimeField(null=True)
    is_useful = models.BooleanField(null=True)
    marked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(answered_at=None) | Q(answered_at__gte=F("at")), name="a_call_is_answered_after_it_was_made"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.at}"


class TroubleReport(models.Model):
    """What a customer or a cleaner said is wrong, in their words."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="reports")
    reporter_code = models.UUIDField()
    reporter_label = models.CharField(max_length=120)
    text = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.reporter_label} {self.at}"


class StatusUpdate(models.Model):
    """What the people affected are told, in both languages; what is public stands on the status page too."""

    class Stage(models.TextChoices):
        LOOKING = "looking", "We are looking into it"
        FOUND = "found", "We know what it is"
        WATCHING = "watching", "It should work again"
        OVER = "over", "It is over"

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="updates")
    at = models.DateTimeField()
    stage = models.CharField(max_length=12, choices=Stage.choices)
    text_en = models.TextField()
    text_es = models.TextField()
    is_public = models.BooleanField(default=True)
    told = models.PositiveIntegerField(default=0, help_text="To how many people it was sent")
    by_label = models.CharField(max_length=120)

    class Meta:
        ordering = ["at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(text_en="") & ~Q(text_es=""), name="an_update_is_written_in_both_languages"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.at}"


class PostMortem(models.Model):
    """What was learned from an incident: drafted from its record, finished by people, without blame."""

    incident = models.OneToOneField(Incident, on_delete=models.PROTECT, related_name="post_mortem")
    summary = models.TextField()
    impact = models.TextField()
    root_cause = models.TextField(default="", blank=True)
    factors = models.TextField(default="", blank=True)
    went_well = models.TextField(default="", blank=True)
    drafted_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    finished_by = models.CharField(max_length=120, default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(finished_at=None) | (~Q(root_cause="") & ~Q(finished_by="")),
                name="a_finished_post_mortem_names_the_root_cause",
            ),
        ]

    def __str__(self) -> str:
        return f"of {self.incident}"


class FollowUp(models.Model):
    """Something to be done so that it does not break that way again: by whom, until when, and what now watches it."""

    class Kind(models.TextChoices):
        PREVENT = "prevent", "Prevent"
        MEND = "mend", "Mend"
        LEARN = "learn", "Find out"

    code = models.UUIDField(default=uuid4, unique=True, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="follow_ups")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    says = models.CharField(max_length=300)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=120, default="", blank=True)
    proof = models.CharField(max_length=300, default="", blank=True, help_text="The check that would now ring")

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind="prevent") | Q(closed_at=None) | ~Q(proof=""),
                name="prevention_is_done_when_something_watches",
            ),
        ]

    def __str__(self) -> str:
        return self.says


class DigestOnly(models.Model):
    """A procedure whose findings call nobody any more: they wait for the digest, until somebody ends it."""

    procedure = models.CharField(max_length=80)
    reason = models.CharField(max_length=300)
    owner = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["procedure"], condition=Q(ended_at=None), name="a_procedure_is_in_the_digest_once"
            ),
        ]

    def __str__(self) -> str:
        return self.procedure


class TriageChange(models.Model):
    """The table of urgency and the clocks set to something else than what Midway comes with; the last one holds."""

    table = models.JSONField(help_text="How bad, then whom it touches, to priority")
    answer_seconds = models.JSONField(help_text="Priority to how long whoever is called has; nothing: nobody is called")
    reason = models.CharField(max_length=300)
    owner = models.CharField(max_length=120)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(reason=""), name="a_triage_change_has_a_reason")]

    def __str__(self) -> str:
        return f"{self.owner} {self.created_at}"


class AlarmMark(models.Model):
    """Whether one message about something critical, for which nobody was called, was worth writing to somebody."""

    key = models.CharField(max_length=200, unique=True, help_text="Of which message")
    procedure = models.CharField(max_length=80)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    is_useful = models.BooleanField()
    marked_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.procedure} {self.is_useful}"

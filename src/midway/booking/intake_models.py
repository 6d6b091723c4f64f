"""What was brought in from spreadsheets: the runs, and the rows they loaded."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q

from midway.booking.plan_models import Plan
from midway.core.actor import Actor, ActorKind
from midway.crew.models import Branch
from midway.customers.models import Customer, Property
from midway.runtime.sealing import seal, unseal

_PURPOSE = "spreadsheets"


class ImportRun(models.Model):
    """A spreadsheet that was given to us: looked through first, then loaded, or left."""

    class State(models.TextChoices):
        LOOKING = "looking", "Being looked through"
        WAITING = "waiting", "Waits for a yes"
        QUEUED = "queued", "About to be loaded"
        DONE = "done", "Loaded"
        FAILED = "failed", "Not loaded"
        LEFT = "left", "Left"

    code = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    branch = models.ForeignKey(Branch, on_delete=models.PROTECT, related_name="import_runs")
    file_name = models.CharField(max_length=200)
    content = models.TextField(default="", blank=True, help_text="The file, sealed; emptied once it is decided")
    options = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.LOOKING)
    report = models.JSONField(default=dict, help_text="Figures and reasons, without what the rows said")
    rejects = models.TextField(default="", blank=True, help_text="The refused rows, sealed; forgotten after a while")
    by_label = models.CharField(max_length=120)
    by_user_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-created_at"], name="import_runs_by_time")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["looking", "waiting", "queued"]) | Q(content=""),
                name="import_keeps_no_decided_file",
            )
        ]

    def __str__(self) -> str:
        return f"{self.file_name} {self.created_at:%Y-%m-%d}"

    def keep_file(self, data: bytes) -> None:
        """Will keep the file sealed: it holds addresses and door codes."""
        self.content = seal(data.decode("latin-1"), purpose=_PURPOSE)

    def file(self) -> bytes:
        """The file as it was given. Raises `runtime.sealing.Unreadable`."""
        return unseal(self.content, purpose=_PURPOSE).encode("latin-1")

    def keep_rejects(self, text: str) -> None:
        """Will keep the refused rows sealed, to be mended."""
        self.rejects = seal(text, purpose=_PURPOSE) if text else ""

    def rejects_file(self) -> str:
        """The refused rows as a file; empty when there are none, or no longer."""
        return unseal(self.rejects, purpose=_PURPOSE) if self.rejects else ""

    @property
    def actor(self) -> Actor:
        """Whose hand is behind it."""
        return Actor(kind=ActorKind.USER, label=self.by_label, user_id=self.by_user_id)

    def finish(self, state: str, *, at: Any, report: Any = None) -> None:
        """Will be decided: the file goes, the figures stay."""
        self.state, self.finished_at, self.content = state, at, ""
        if report is not None:
            self.report = report


class ImportedRow(models.Model):
    """One row of a spreadsheet that was loaded, known again by what it says however it is written."""

    branch = models.ForeignKey(Branch, on_delete=models.PROTECT)
    run = models.ForeignKey(ImportRun, on_delete=models.PROTECT, related_name="rows")
    line = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=64)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT)
    premises = models.ForeignKey(Property, on_delete=models.PROTECT)
    plan = models.ForeignKey(Plan, null=True, on_delete=models.PROTECT)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["branch", "fingerprint"], name="one_row_is_imported_once"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.line}"

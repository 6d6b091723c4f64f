"""The engine's memory in the database: states, series, sleeping findings, changed thresholds, evidence.

Where the database does not take it, what was found goes to a file in the data folder and is entered at the next run:
that PostgreSQL is down is when evidence matters most.
"""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from midway.ops import evidence
from midway.ops.look import Known, Look
from midway.ops.models import Evidence, LimitChange, ProcedureState, Run, Sample, Snooze
from midway.ops.procedure import Finding, Limit, Outcome, Procedure, Status

log = structlog.get_logger("midway.upkeep")
PENDING = "evidence-pending.jsonl"


class Keeper:
    """Reads what is known of a procedure and keeps what it found."""

    def __init__(self, data: Path, *, is_there: bool) -> None:
        self._pending = data / "ops" / PENDING
        self.is_there = is_there
        self._run: Run | None = None

    def begin(self, *, asked: str, by: str, at: datetime) -> str:
        """Will open a run and give its code; empty when the database is not there."""
        if self.is_there:
            try:
                self._enter_pending()
                self._run = Run.objects.create(asked=asked[:200], by_label=by[:120], started_at=at)
            except DatabaseError as problem:
                self._lost(problem)
        return str(self._run.code) if self._run else ""

    def finish(self, *, worst: Status, at: datetime) -> None:
        """Will close the run."""
        if self._run is not None and self.is_there:
            self._run.worst, self._run.finished_at = worst.value, at
            try:
                self._run.save(update_fields=["worst", "finished_at"])
            except DatabaseError as problem:
                self._lost(problem)

    def known(self, procedure: Procedure) -> Known:
        """What is known of it from before."""
        if not self.is_there:
            return Known()
        try:
            state = ProcedureState.objects.filter(procedure=procedure.id).first()
            return Known(
                rang=frozenset(state.rang if state else ()),
                limits=changed_limits(procedure),
                memory=state.memory if state else {},
                remembered_at=state.remembered_at if state else None,
                series=series,
            )
        except DatabaseError as problem:
            self._lost(problem)
            return Known()

    def sleeping(self, procedure: Procedure, *, at: datetime) -> dict[str, str]:
        """Subject to reason of what is snoozed now; the empty subject stands for all of the procedure."""
        if not self.is_there:
            return {}
        try:
            rows = Snooze.objects.filter(procedure=procedure.id, created_at__lte=at, expires_at__gt=at)
            return {row.subject: f"{row.reason} ({row.owner}, until {row.expires_at:%Y-%m-%d})" for row in rows}
        except DatabaseError as problem:
            self._lost(problem)
            return {}

    def keep(self, outcome: Outcome, look: Look | None, *, at: datetime) -> Outcome:
        """Will decide whether this is to be raised, and keep everything. Gives the outcome with that decision."""
        if self.is_there:
            try:
                with transaction.atomic():
                    state, _ = ProcedureState.objects.get_or_create(procedure=outcome.procedure.id)
                    outcome = replace(outcome, is_raised=_stands(state, outcome, at=at))
                    state.is_raised = outcome.is_raised
                    _remember(state, look, at=at)
                    state.save()
                    if self._run is not None:
                        evidence.append(self._run, outcome, at=at)
            except DatabaseError as problem:
                self._lost(problem)
            else:
                return outcome
        outcome = replace(outcome, is_raised=outcome.status in {Status.WARN, Status.CRIT})
        self._put_aside(outcome, at=at)
        return outcome

    def _lost(self, problem: Exception) -> None:
        self.is_there = False
        log.error("upkeep.evidence.lost", error=type(problem).__name__)

    def _put_aside(self, outcome: Outcome, *, at: datetime) -> None:
        line = json.dumps(evidence.as_columns(outcome, at=at), default=str)
        try:
            self._pending.parent.mkdir(parents=True, exist_ok=True)
            with self._pending.open("a") as file:
                file.write(line + "\n")
        except OSError as problem:
            log.exception("upkeep.evidence.not_kept", procedure=outcome.procedure.id, error=type(problem).__name__)

    def _enter_pending(self) -> None:
        if not self._pending.exists():
            return
        taken = self._pending.with_suffix(".taken")
        self._pending.rename(taken)
        columns = [json.loads(line) for line in taken.read_text().splitlines()]
        with transaction.atomic():
            for one in columns:
                at = datetime.fromisoformat(one["at"])
                run = Run.objects.create(asked="while the database was away", started_at=at, finished_at=at)
                _append_columns(run, {**one, "at": at})
        taken.unlink()


def _append_columns(run: Run, columns: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", evidence.CHAIN_LOCK)
    last = Evidence.objects.order_by("-id").values_list("hash", flat=True).first()
    row = Evidence(run=run, previous_hash=last or evidence.FIRST_HASH, **columns)
    row.hash = evidence.seal(row)
    row.save(force_insert=True)


def _stands(state: ProcedureState, outcome: Outcome, *, at: datetime) -> bool:
    """Whether this is to be raised: bad, not caused by something else, and more often in a row than it may blip."""
    is_bad = outcome.status in {Status.WARN, Status.CRIT, Status.UNKNOWN}
    state.last_at, state.last_status = at, outcome.status.value
    state.bad_in_a_row = state.bad_in_a_row + 1 if is_bad else 0
    state.bad_since_at = (state.bad_since_at or at) if is_bad else None
    state.rang = [
        f"{finding.limit.name}:{finding.subject}" if finding.limit else finding.subject
        for finding in outcome.findings
        if finding.status in {Status.WARN, Status.CRIT}
    ][:200]
    return is_bad and not outcome.caused_by and state.bad_in_a_row > outcome.procedure.blips


def _remember(state: ProcedureState, look: Look | None, *, at: datetime) -> None:
    if look is None:
        return
    if look.memory is not None:
        state.memory, state.remembered_at = look.memory, at
    Sample.objects.bulk_create(
        Sample(series=series, subject=subject[:200], at=at, value=value) for series, subject, value in look.samples
    )


def changed_limits(procedure: Procedure) -> dict[str, Limit]:
    """The thresholds that were set to something else, by name."""
    found: dict[str, Limit] = {}
    for change in LimitChange.objects.filter(procedure=procedure.id).order_by("created_at", "id"):
        declared = next((limit for limit in procedure.limits if limit.name == change.name), None)
        if declared is not None:
            found[change.name] = replace(declared, warn=change.warn, crit=change.crit)
    return found


def series(name: str, subject: str, since: datetime) -> list[tuple[datetime, float]]:
    """The points of a series since then, oldest first."""
    rows = Sample.objects.filter(Q(series=name), Q(subject=subject), at__gte=since).order_by("at")
    return list(rows.values_list("at", "value"))


def asleep(finding: Finding, sleeping: dict[str, str]) -> str:
    """Why this finding is snoozed; empty when it is not."""
    return sleeping.get("") or (sleeping.get(finding.subject, "") if finding.subject else "")

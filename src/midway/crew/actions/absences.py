"""Somebody is away, or back after all."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from psycopg.types.range import TimestamptzRange as DateTimeTZRange

from midway.core.actor import Actor
from midway.core.timespan import Span
from midway.crew import calendar
from midway.crew.models import Absence, Cleaner, Commitment
from midway.journal.actions import keep_before, record
from midway.runtime.database import one_transaction


class AbsenceNotFound(LookupError):
    """This absence was already withdrawn."""


@one_transaction
def record_absence(
    *,
    cleaner: Cleaner,
    during: Span,
    reason: Absence.Reason,
    note: str = "",
    freed: Mapping[str, Any] | None = None,
    by: Actor,
    now: datetime,
) -> Absence:
    """Will note that a cleaner is away and block their calendar.

    `freed` is what the caller took the cleaner off for it, kept so that all of it is undone together.
    Raises `crew.calendar.SlotTaken` when they are committed then; `booking.actions.excuse_cleaner` frees
    them of their visits first.
    """
    code = uuid4()
    calendar.take(
        calendar.Wanted(
            branch_id=cleaner.branch_id,
            zone=cleaner.branch.zoneinfo,
            during=during,
            kind=Commitment.Kind.ABSENCE,
            reference=code,
            cleaners=[cleaner.pk],
        ),
        now=now,
    )
    absence = Absence.objects.create(
        code=code,
        cleaner=cleaner,
        during=DateTimeTZRange(during.start, during.end),
        reason=reason,
        note=note,
        created_at=now,
    )
    entry = record(
        event="crew.absence.recorded",
        subject=cleaner.code,
        by=by,
        at=now,
        facts={"start": during.start, "end": during.end, "reason": reason.value},
    )
    undoing = {"absence": {"code": code, "was_away": False}, **(freed or {})}
    keep_before(entry=entry, subject=cleaner.code, facts=undoing, at=now)
    return absence


@one_transaction
def withdraw_absence(*, absence: Absence, by: Actor, now: datetime) -> None:
    """Will give the time back. Raises `AbsenceNotFound` when it was withdrawn before."""
    if not Absence.objects.filter(pk=absence.pk, withdrawn_at__isnull=True).update(withdrawn_at=now):
        raise AbsenceNotFound(AbsenceNotFound.__doc__)
    calendar.lock_cleaners([absence.cleaner_id])
    calendar.release(reference=absence.code)
    entry = record(event="crew.absence.withdrawn", subject=absence.cleaner.code, by=by, at=now)
    undoing = {"absence": {"code": absence.code, "was_away": True}}
    keep_before(entry=entry, subject=absence.cleaner.code, facts=undoing, at=now)

"""Put a finding to sleep for a while, and wake it."""

from datetime import datetime, timedelta

from midway.core.actor import Actor
from midway.journal.actions import record
from midway.ops.actions import reason_given, subject_of
from midway.ops.models import Snooze
from midway.ops.registry import procedure_named
from midway.runtime.database import one_transaction

LONGEST = timedelta(days=92)


class SnoozeNotAhead(ValueError):
    """A snooze ends on a day to come."""


class SnoozeTooLong(ValueError):
    """A snooze lasts three months at most. What will never matter needs another threshold instead."""


class SnoozeOver(Exception):
    """This snooze has ended already."""


@one_transaction
def snooze(*, procedure: str, subject: str = "", reason: str, until: datetime, by: Actor, now: datetime) -> Snooze:
    """Will put the findings of a procedure about one object to sleep; no subject stands for all of the procedure.

    Raises `UnknownProcedure`, `ReasonMissing`, `SnoozeNotAhead` or `SnoozeTooLong`.
    """
    known = procedure_named(procedure)
    why = reason_given(reason)
    if until <= now:
        raise SnoozeNotAhead(SnoozeNotAhead.__doc__)
    if until > now + LONGEST:
        raise SnoozeTooLong(SnoozeTooLong.__doc__)
    made = Snooze.objects.create(
        procedure=known.id,
        subject=subject.strip()[:200],
        reason=why,
        owner=by.label[:120],
        created_at=now,
        expires_at=until,
    )
    facts = {"procedure": known.id, "object": made.subject, "reason": why, "until": until}
    record(event="ops.snooze.begun", subject=subject_of(known.id), by=by, at=now, facts=facts)
    return made


@one_transaction
def end_snooze(*, snooze: int, by: Actor, now: datetime) -> Snooze:
    """Will wake what was snoozed. Raises `SnoozeOver` when it woke by itself before."""
    row = Snooze.objects.select_for_update(no_key=True).filter(pk=snooze, expires_at__gt=now).first()
    if row is None:
        raise SnoozeOver(SnoozeOver.__doc__)
    row.expires_at = max(now, row.created_at + timedelta(microseconds=1))
    row.save(update_fields=["expires_at"])
    facts = {"procedure": row.procedure, "object": row.subject}
    record(event="ops.snooze.ended", subject=subject_of(row.procedure), by=by, at=now, facts=facts)
    return row

"""Let a procedure call nobody any more: what it finds waits for the digest; and let it call again."""

from datetime import datetime

from midway.core.actor import Actor
from midway.journal.actions import record
from midway.ops.actions import reason_given, subject_of
from midway.ops.models import DigestOnly
from midway.ops.registry import procedure_named
from midway.runtime.database import one_transaction


@one_transaction
def put_in_digest(*, procedure: str, reason: str, by: Actor, now: datetime) -> DigestOnly:
    """Will call nobody about it from now on. Raises `UnknownProcedure` or `ReasonMissing`."""
    known, why = procedure_named(procedure), reason_given(reason)
    made, is_new = DigestOnly.objects.get_or_create(
        procedure=known.id, ended_at=None, defaults={"reason": why, "owner": by.label[:120], "created_at": now}
    )
    if is_new:
        facts = {"procedure": known.id, "reason": why}
        record(event="ops.digest-only.begun", subject=subject_of(known.id), by=by, at=now, facts=facts)
    return made


@one_transaction
def take_out_of_digest(*, procedure: str, by: Actor, now: datetime) -> bool:
    """Will call people about it again; tells whether it was in the digest."""
    ended = DigestOnly.objects.filter(procedure=procedure, ended_at=None).update(ended_at=now)
    if ended:
        facts = {"procedure": procedure}
        record(event="ops.digest-only.ended", subject=subject_of(procedure), by=by, at=now, facts=facts)
    return bool(ended)

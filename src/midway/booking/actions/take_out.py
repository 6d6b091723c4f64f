"""Take data out: the files themselves are read elsewhere, this is who took which."""

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from midway.core.actor import Actor
from midway.journal.actions import record
from midway.runtime.database import one_transaction


@one_transaction
def note_export(*, tables: Sequence[str], by: Actor, now: datetime) -> None:
    """Will write down who takes which tables out of the house."""
    record(event="booking.export.taken", subject=uuid4(), by=by, at=now, facts={"tables": list(tables)})

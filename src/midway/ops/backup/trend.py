"""Every proof there was: how long back to service took, and how old what came back was."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from midway.ops.backup.catalogue import Record, State


@dataclass(frozen=True)
class Proved:
    """One drill that found everything identical. `source` is where the backup was taken from."""

    at: datetime
    code: str
    rto_seconds: float
    rpo_seconds: float
    rows: int
    tables: int
    source: str


def proofs(records: Iterable[Record], *, since: datetime) -> list[Proved]:
    """The proofs from `since` on, oldest first."""
    found = [
        Proved(
            note.at, note.code, float(note.facts["rto_seconds"]), float(note.facts.get("rpo_seconds", 0)),
            int(note.facts.get("rows", 0)), int(note.facts.get("tables", 0)), str(note.facts.get("source", "")),
        )
        for record in records
        for note in record.notes
        if note.state is State.PROVED and note.at >= since and "rto_seconds" in note.facts
    ]  # fmt: skip
    return sorted(found, key=lambda one: one.at)

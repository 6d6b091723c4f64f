"""The night's work: a backup, its proof, weekly the proof of a copy from off-host, monthly from nothing, and rotation.

It may be begun again: a backup of this night that was made already is proved and not made twice, and one that could not
be copied is copied again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from midway.ops.backup.bring_back import copy_again
from midway.ops.backup.catalogue import Record, State
from midway.ops.backup.create import create_backup, moment_of
from midway.ops.backup.drill import Proof, drill_backup
from midway.ops.backup.from_nothing import drill_from_nothing, from_nothing_is_due
from midway.ops.backup.listing import list_backups
from midway.ops.backup.rotate import rotate_backups
from midway.ops.backup.setting import Setting
from midway.runtime.clock import now
from midway.runtime.problem import CannotRun

SAME_NIGHT = timedelta(hours=6)
OFF_HOST_EVERY = timedelta(days=6, hours=12)  # a night may begin a little earlier than a week ago
Tell = Callable[[str], None]


class NotProved(CannotRun):
    """The night's backup was made and could not be proved."""


@dataclass(frozen=True)
class Night:
    """What was done in one night."""

    code: str
    was_made: bool
    proofs: list[Proof]
    removed: list[str]
    copied_again: list[str]

    def as_json(self) -> dict[str, Any]:
        """The answer of `midway backup nightly`."""
        proofs = [proof.as_json() for proof in self.proofs]
        return {
            "code": self.code, "made": self.was_made, "proofs": proofs, "removed": self.removed,
            "copied_again": self.copied_again,
        }  # fmt: skip


def run_night(setting: Setting, *, tell: Tell = lambda line: None) -> Night:
    """Will do the night's work. Raises `NotProved`, or `CannotRun` for what kept a step from being done.

    Nothing is removed in a night whose backup was not proved.
    """
    copied = copy_again(setting, tell=tell)
    made = _of_this_night(setting)
    code = made or create_backup(setting, tell=tell).manifest.code
    proofs = []
    if not setting.catalogue.record(code).is_proved:
        proofs.append(drill_backup(setting, code, tell=tell))
    records = list(setting.catalogue.records().values())
    if setting.place is not None and from_nothing_is_due(records, at=now()):
        proofs.append(drill_from_nothing(setting, code, tell=tell))
    elif setting.place is not None and off_host_is_due(records, at=now()):
        proofs.append(drill_backup(setting, code, off_host=True, tell=tell))
    for proof in proofs:
        if not proof.passed:
            raise NotProved(f"{proof.words()} ({proof.source})")
    plan = rotate_backups(setting, really=True, tell=tell)
    return Night(code, made is None, proofs, plan.remove, copied)


def off_host_is_due(records: list[Record], *, at: datetime) -> bool:
    """Whether a copy from off-host must be proved again."""
    last = last_proof_off_host(records)
    return last is None or at - last >= OFF_HOST_EVERY


def last_proof_off_host(records: list[Record]) -> datetime | None:
    """When a copy was last fetched from off-host, restored and found identical."""
    moments = [
        note.at
        for record in records
        for note in record.notes
        # Here it lies in a folder of its name; elsewhere is named as a whole, and may have moved since it was copied.
        if note.state is State.PROVED and not str(note.facts.get("source", record.code)).endswith(record.code)
    ]
    return max(moments, default=None)


def _of_this_night(setting: Setting) -> str | None:
    rows = [row for row in list_backups(setting) if row.is_here and row.state is not State.DAMAGED]
    records = setting.catalogue.records()
    copied = [row for row in rows if row.copies or setting.place is None]
    ours = [row for row in copied if not _is_of_the_past(records.get(row.code, Record(row.code, ())))]
    return next((row.code for row in ours if timedelta() <= now() - moment_of(row.code) < SAME_NIGHT), None)


def _is_of_the_past(record: Record) -> bool:
    """Whether it holds the database as it was at some moment, and not as it was when it was made."""
    return any("as_of" in note.facts for note in record.notes)

"""What became of each backup: an append-only file of lines, each sealed and chained to the one before.

A backup climbs from created to proved and only proved counts. What damages it sets it back. The file lies beside the
backups, not in the database, because it is needed most when there is no database.
"""

import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from midway.ops.backup.keys import Keys
from midway.ops.backup.store import Store
from midway.runtime.folder import write_whole

_FIRST = "0" * 64


class State(StrEnum):
    """How far a backup's proof has come, in order; damaged and removed end it."""

    CREATED = "created"
    HASHED = "hashed"
    COPIED = "copied"
    REREAD = "re-read"
    RESTORED = "restored"
    PROVED = "proved"
    DAMAGED = "damaged"
    REMOVED = "removed"


ORDER = (State.CREATED, State.HASHED, State.COPIED, State.REREAD, State.RESTORED, State.PROVED)


class CatalogueDamaged(Exception):
    """The catalogue of the backups was changed by somebody else or is damaged."""


@dataclass(frozen=True)
class Note:
    """One thing that was found out about one backup."""

    code: str
    state: State
    at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Record:
    """A backup as the catalogue knows it."""

    code: str
    notes: tuple[Note, ...]

    @property
    def state(self) -> State:
        """The furthest it has come; set back by damage, started anew by what was found since."""
        reached = State.CREATED
        for note in self.notes:
            goes_on = note.state in ORDER and reached in ORDER
            if not goes_on or ORDER.index(note.state) > ORDER.index(reached):
                reached = note.state
        return reached

    @property
    def is_proved(self) -> bool:
        """Whether it was restored and found identical, and nothing was found wrong since."""
        return self.state is State.PROVED

    @property
    def proved_at(self) -> datetime | None:
        """When it was last proved."""
        moments = [note.at for note in self.notes if note.state is State.PROVED]
        return max(moments) if self.is_proved and moments else None

    @property
    def copies(self) -> list[str]:
        """Where else it lies and was read again and found identical."""
        return sorted({str(note.facts["copy"]) for note in self.notes if note.state is State.REREAD})


class Catalogue:
    """The catalogue of one store. Raises `CatalogueDamaged` on reading what was tampered with."""

    def __init__(self, store: Store, keys: Keys) -> None:
        self._store = store
        self._secret = keys.secret.encode()

    def records(self) -> dict[str, Record]:
        """Every backup ever noted, by code, oldest first."""
        found: dict[str, list[Note]] = {}
        for note in self.notes():
            found.setdefault(note.code, []).append(note)
        return {code: Record(code, tuple(notes)) for code, notes in sorted(found.items())}

    def record(self, code: str) -> Record:
        """One backup; one that was never noted has no state yet."""
        return self.records().get(code, Record(code, ()))

    def notes(self) -> list[Note]:
        """Every line, oldest first, each checked against its seal and the one before."""
        return [note for note, _ in self._lines()]

    def note(self, note: Note) -> None:
        """Will add one line, on the disk before this returns; only while holding the store."""
        lines = self._lines()  # nothing is added to what is damaged
        words = json.dumps(
            {"code": note.code, "state": note.state, "at": note.at.isoformat(), "facts": dict(note.facts)},
            sort_keys=True,
            default=str,
        )
        seal = self._seal(lines[-1][1] if lines else _FIRST, words)
        self._drop_torn_line()
        with self._store.catalogue_file.open("a") as file:
            file.write(json.dumps({"note": words, "seal": seal}) + "\n")
            file.flush()
            os.fsync(file.fileno())
        write_whole(self._tip_file, seal + "\n")

    @property
    def _tip_file(self) -> Path:
        return self._store.path / "catalogue.tip"

    def _lines(self) -> list[tuple[Note, str]]:
        try:
            text = self._store.catalogue_file.read_text() if self._store.catalogue_file.exists() else ""
            tip = self._tip_file.read_text().strip() if self._tip_file.exists() else _FIRST
        except (OSError, UnicodeDecodeError) as problem:
            raise CatalogueDamaged(f"The catalogue cannot be read ({problem})") from problem
        whole, torn = text.rpartition("\n")[::2]
        before, lines = _FIRST, []
        for number, line in enumerate(whole.splitlines(), 1):
            note, before = self._opened(line, before, number)
            lines.append((note, before))
        # The tip is written after its line: a crash in between leaves it one line behind, or a last line torn.
        seals = [_FIRST, *(seal for _, seal in lines)]
        if tip not in seals[-1:] if torn else tip not in seals[-2:]:
            raise CatalogueDamaged("The catalogue's end is not as it was written: lines were cut off or damaged")
        return lines

    def _drop_torn_line(self) -> None:
        if not self._store.catalogue_file.exists():
            return
        with self._store.catalogue_file.open("r+b") as file:
            file.truncate(file.read().rfind(b"\n") + 1)

    def _opened(self, line: str, before: str, number: int) -> tuple[Note, str]:
        try:
            outer = json.loads(line)
            words, seal = outer["note"], outer["seal"]
            if not hmac.compare_digest(str(seal), self._seal(before, str(words))):
                raise CatalogueDamaged(f"Line {number} of the catalogue is not as it was written")
            facts = json.loads(words)
            note = Note(facts["code"], State(facts["state"]), datetime.fromisoformat(facts["at"]), facts["facts"])
        except (ValueError, KeyError, TypeError) as problem:
            raise CatalogueDamaged(f"Line {number} of the catalogue cannot be read") from problem
        return note, str(seal)

    def _seal(self, before: str, words: str) -> str:
        return hmac.new(self._secret, f"backup catalogue\0{before}\0{words}".encode(), "sha256").hexdigest()

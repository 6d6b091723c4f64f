"""Which backups there are, here and off-host, and how far the proof of each has come."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from midway.ops.backup.catalogue import Note, Record, State
from midway.ops.backup.create import moment_of
from midway.ops.backup.manifest import ManifestDamaged, read_manifest
from midway.ops.backup.setting import Setting
from midway.runtime.clock import now


@dataclass(frozen=True)
class Listed:
    """One backup in the list."""

    code: str
    made_at: datetime
    state: State
    is_here: bool
    bytes: int
    copies: list[str]
    proved_at: datetime | None
    facts: dict[str, Any]

    @property
    def is_proved(self) -> bool:
        """Whether it was restored and found identical."""
        return self.state is State.PROVED

    def as_json(self) -> dict[str, Any]:
        """The row of `midway backup list`."""
        return {
            "code": self.code, "made_at": self.made_at.isoformat(), "state": self.state.value, "here": self.is_here,
            "bytes": self.bytes, "copies": self.copies,
            "proved_at": self.proved_at.isoformat() if self.proved_at else None, **self.facts,
        }  # fmt: skip

    def words(self) -> str:
        """The row for people."""
        where = ("here" if self.is_here else "gone here") + "".join(f", {copy}" for copy in self.copies)
        proof = f", proved {self.proved_at:%Y-%m-%d %H:%M}" if self.proved_at else ""
        return f"{self.code}  {self.state.value:<9} {self.bytes / 1e6:>9,.1f} MB  {where}{proof}"


def list_backups(setting: Setting) -> list[Listed]:
    """Every backup that lies here or is known to the catalogue, newest first. Raises `CatalogueDamaged`."""
    records, here = setting.catalogue.records(), set(setting.store.codes())
    return [
        _listed(setting, records.get(code, Record(code, ())), is_here=code in here)
        for code in sorted({*records, *here}, reverse=True)
        if code in here or records[code].state is not State.REMOVED
    ]


def newest_code(setting: Setting) -> str | None:
    """The backup made last that lies here and is not known to be damaged."""
    rows = [row for row in list_backups(setting) if row.is_here and row.state is not State.DAMAGED]
    return rows[0].code if rows else None


def rebuild_catalogue(setting: Setting, *, tell: Callable[[str], None]) -> None:
    """Will put the catalogue aside and begin a new one from the manifests: every backup must be proved again."""
    with setting.store.held():
        aside = f".aside-{now():%Y%m%dT%H%M%S%f}"
        for path in (setting.store.catalogue_file, setting.store.path / "catalogue.tip"):
            if path.exists():
                path.rename(path.with_name(path.name + aside))
        for code in setting.store.codes():
            try:
                manifest = read_manifest(setting.store.folder(code), setting.keys.verifying_key())
            except ManifestDamaged as problem:
                setting.catalogue.note(Note(code, State.DAMAGED, now(), {"wrong": [str(problem)]}))
                tell(f"{code} is damaged: {problem}")
                continue
            setting.catalogue.note(Note(code, State.CREATED, now(), {"bytes": manifest.size_bytes, "rebuilt": True}))
            tell(f"{code} taken up")


def _listed(setting: Setting, record: Record, *, is_here: bool) -> Listed:
    folder = setting.store.path / record.code
    size = sum(entry.stat().st_size for entry in folder.iterdir()) if is_here else 0
    last = record.notes[-1].facts if record.notes else {}
    facts = {name: last[name] for name in ("rpo_seconds", "rto_seconds", "wrong") if name in last}
    return Listed(
        record.code, moment_of(record.code), record.state, is_here, size, record.copies, record.proved_at, facts
    )

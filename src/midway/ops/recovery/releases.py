"""Which releases ran on this database, and whether the one before could run on it as it is now.

A release is recorded when it has prepared the database, with every migration applied then. Its code can run on a later
schema as long as each migration since only widened it: new tables, new columns that may stay empty, indexes.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from midway.runtime.folder import DataFolder, write_whole
from midway.runtime.problem import CannotRun

if TYPE_CHECKING:
    from django.db.migrations.migration import Migration
    from django.db.migrations.operations.base import Operation

KEPT = 20
_WIDENS = {
    "CreateModel", "AddIndex", "AddIndexConcurrently", "RemoveIndex", "RemoveIndexConcurrently", "RemoveConstraint",
    "AlterModelOptions", "AlterModelManagers", "AlterModelTableComment", "ValidateConstraint",
}  # fmt: skip


@dataclass(frozen=True)
class Release:
    """A version that prepared this database, and the migrations that were applied when it had."""

    version: str
    at: str
    migrations: list[str]


@dataclass(frozen=True)
class WayBack:
    """The release before this one, and what forbids its code on the present schema."""

    release: Release | None
    since: list[str]
    refused: list[str]

    @property
    def is_open(self) -> bool:
        """Whether its code can run on the database as it is."""
        return self.release is not None and not self.refused

    def words(self) -> str:
        """For people."""
        if self.release is None:
            return "No earlier release is recorded here, so there is none to go back to."
        if self.refused:
            why = "\n".join(f"  {line}" for line in self.refused)
            return (
                f"Midway {self.release.version} cannot run on the database as it is now:\n{why}\n"
                "Mend this release forward, or restore a backup from before: midway recover database"
            )
        return (
            f"Midway {self.release.version} can run on the database as it is ({len(self.since)} migrations since, all "
            "of them widening)."
        )


def releases(folder: DataFolder) -> list[Release]:
    """What ran here, oldest first. Raises `CannotRun` when the record cannot be read."""
    try:
        return [Release(**facts) for facts in json.loads(_file(folder).read_text())]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as problem:
        raise CannotRun(f"{_file(folder)} cannot be read ({problem}): put it aside and start again") from problem


def note_release(folder: DataFolder, *, version: str, migrations: Iterable[str], at: datetime) -> None:
    """Will record that this version has prepared the database; again only when something changed."""
    known, applied = releases(folder), sorted(migrations)
    if known and known[-1].version == version:
        if known[-1].migrations == applied:
            return
        known.pop()
    known.append(Release(version, at.isoformat(), applied))
    write_whole(_file(folder), json.dumps([asdict(one) for one in known[-KEPT:]], indent=1) + "\n")


def way_back(
    known: Sequence[Release], *, version: str, applied: Iterable[str], disk: Mapping[str, "Migration"]
) -> WayBack:
    """Whether one could go back to the release before `version`. Pure."""
    before = next((one for one in reversed(known) if one.version != version), None)
    if before is None:
        return WayBack(None, [], [])
    now = set(applied)
    since = sorted(now - set(before.migrations))
    refused = [f"{name} is missing, which it needs" for name in sorted(set(before.migrations) - now)]
    for name in since:
        if name not in disk:
            refused.append(f"{name} is of neither release")
            continue
        refused += [f"{name} {why}" for operation in disk[name].operations for why in narrows(operation)]
    return WayBack(before, since, refused)


def way_back_now(folder: DataFolder, *, version: str) -> WayBack:
    """The same, asked of the database Django uses."""
    applied, disk = _migrations()
    return way_back(releases(folder), version=version, applied=applied, disk=disk)


def applied_migrations() -> set[str]:
    """The migrations applied to the database Django uses."""
    return _migrations()[0]


def narrows(operation: "Operation") -> list[str]:
    """Why code from before this operation could fail after it; nothing when it only widens."""
    kind = type(operation).__name__
    if kind in _WIDENS:
        return []
    if kind == "SeparateDatabaseAndState":
        return [why for one in operation.database_operations for why in narrows(one)]  # type: ignore[attr-defined]
    if kind == "AddField":
        field = operation.field  # type: ignore[attr-defined]
        if field.null or field.many_to_many or field.generated or field.has_db_default():
            return []
        return [f"adds {operation.model_name_lower}.{operation.name}, which must be filled"]  # type: ignore[attr-defined]
    return [f"does more than widen ({operation.describe()})"]


def _migrations() -> tuple[set[str], dict[str, "Migration"]]:
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection)
    disk = {".".join(key): migration for key, migration in loader.disk_migrations.items()}
    return {".".join(key) for key in loader.applied_migrations}, disk


def _file(folder: DataFolder) -> Path:
    return folder.path / "releases.json"

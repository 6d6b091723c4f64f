"""Which releases ran on this database, and whether the one before could run on it as it is now.

A release is recorded when it has prepared the database, with every migration applied then and where its code lies. That
code can run on a later schema while each migration since only widened it: new tables, columns that may stay empty.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import midway
from midway.runtime.code import Code, own_code
from midway.runtime.folder import DataFolder, write_whole
from midway.runtime.problem import CannotRun
from midway.runtime.schema import narrowing

if TYPE_CHECKING:
    from django.db.migrations.migration import Migration

KEPT = 20


@dataclass(frozen=True)
class Release:
    """A version that prepared this database, and the migrations that were applied when it had."""

    version: str
    at: str
    migrations: list[str]
    code: Code | None = None


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
            "of them widening): --yes lets it."
        )


def releases(folder: DataFolder) -> list[Release]:
    """What ran here, oldest first. Raises `CannotRun` when the record cannot be read."""
    try:
        known = json.loads(_file(folder).read_text())
        return [Release(**{**facts, "code": Code(**facts["code"]) if facts.get("code") else None}) for facts in known]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError) as problem:
        raise CannotRun(f"{_file(folder)} cannot be read ({problem}): put it aside and start again") from problem


def note_release(folder: DataFolder, *, version: str, migrations: Iterable[str], at: datetime) -> None:
    """Will record that this version has prepared the database, and where its code lies; again when that changed."""
    known, applied = releases(folder), sorted(migrations)
    code = own_code() if version == midway.__version__ else None
    if known and known[-1].version == version:
        if known[-1].migrations == applied and known[-1].code == code:
            return
        known.pop()
    known.append(Release(version, at.isoformat(), applied, code))
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
    refused += [f"{name} is of neither release" for name in since if name not in disk]
    narrowed = narrowing(disk[name] for name in since if name in disk)
    refused += [f"{name} {why}" for name, reasons in narrowed.items() for why in reasons]
    return WayBack(before, since, refused)


def way_back_now(folder: DataFolder, *, version: str) -> WayBack:
    """The same, asked of the database Django uses."""
    applied, disk = _migrations()
    return way_back(releases(folder), version=version, applied=applied, disk=disk)


def applied_migrations() -> set[str]:
    """The migrations applied to the database Django uses."""
    return _migrations()[0]


def _migrations() -> tuple[set[str], dict[str, "Migration"]]:
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection)
    disk = {".".join(key): migration for key, migration in loader.disk_migrations.items()}
    return {".".join(key) for key in loader.applied_migrations}, disk


def _file(folder: DataFolder) -> Path:
    return folder.path / "releases.json"

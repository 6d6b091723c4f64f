"""What a backup says of itself, signed: which database, which moment, each file's hash, each table's fingerprint."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from midway.ops.backup.fingerprint import TableFingerprint
from midway.ops.backup.keys import Keys, is_signed_by
from midway.runtime.folder import write_whole

NAME, SIGNATURE = "manifest.json", "manifest.sig"
FORMAT = 1


class ManifestDamaged(Exception):
    """The manifest of this backup is missing, damaged or not signed by this Midway."""


@dataclass(frozen=True)
class FileFacts:
    """One file of a backup as it lies there, and what it was before it was encrypted."""

    bytes: int
    sha256: str
    plain_bytes: int
    plain_sha256: str


@dataclass(frozen=True)
class Manifest:
    """All that is known of a backup without opening it."""

    code: str
    database: str
    snapshot_at: datetime
    wal_position: str
    finished_at: datetime
    server_version: str
    dump_version: str
    app_version: str
    migrations: Mapping[str, str]
    files: Mapping[str, FileFacts]
    tables: Mapping[str, TableFingerprint]
    recipients: list[str]
    database_bytes: int

    @property
    def rows(self) -> int:
        """Rows of all tables together."""
        return sum(table.rows for table in self.tables.values())

    @property
    def size_bytes(self) -> int:
        """Size of all files as they lie there."""
        return sum(file.bytes for file in self.files.values())

    def words(self) -> bytes:
        """The manifest as it is signed and written."""
        facts = {"format": FORMAT, **asdict(self)}
        for name in ("snapshot_at", "finished_at"):
            facts[name] = facts[name].isoformat()
        return json.dumps(facts, indent=1, sort_keys=True).encode()

    def write(self, folder: Path, keys: Keys) -> None:
        """Will write the manifest and its signature into the backup's folder."""
        words = self.words()
        write_whole(folder / NAME, words.decode())
        write_whole(folder / SIGNATURE, keys.sign(words) + "\n")


def read_manifest(folder: Path, verifying_key: str) -> Manifest:
    """The manifest in this folder, its signature checked. Raises `ManifestDamaged`, with what is wrong."""
    try:
        words = (folder / NAME).read_bytes()
        signature = (folder / SIGNATURE).read_bytes().decode("ascii")
    except (OSError, UnicodeDecodeError) as problem:
        raise ManifestDamaged(f"The manifest or its signature cannot be read ({problem})") from problem
    if not signature.endswith("\n") or not is_signed_by(verifying_key, words, signature.removesuffix("\n")):
        raise ManifestDamaged(
            "The manifest is not as this Midway signed it: it was changed, or signed with another key"
        )
    return _parsed(json.loads(words))


def _parsed(facts: dict[str, Any]) -> Manifest:
    if facts.pop("format") != FORMAT:
        raise ManifestDamaged("The manifest was written by a newer Midway: use that version")
    facts["files"] = {name: FileFacts(**file) for name, file in facts["files"].items()}
    facts["tables"] = {name: TableFingerprint(**table) for name, table in facts["tables"].items()}
    for name in ("snapshot_at", "finished_at"):
        facts[name] = datetime.fromisoformat(facts[name])
    return Manifest(**facts)

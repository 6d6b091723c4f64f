"""The newest backup that was restored and found identical, for whoever asks at breakfast."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from midway.ops.backup.catalogue import Catalogue, CatalogueDamaged, State
from midway.ops.backup.create import moment_of
from midway.ops.backup.keys import Keys
from midway.ops.backup.store import Store


@dataclass(frozen=True)
class BackupProof:
    """What the catalogue says. `proved_at` is None while no backup was proved, or the catalogue cannot be believed."""

    backups: int = 0
    newest_at: datetime | None = None
    proved_at: datetime | None = None
    proved_made_at: datetime | None = None
    is_damaged: bool = False


def backup_proof(*, data: Path, secret: str) -> BackupProof:
    """Reads the catalogue beside the backups."""
    catalogue = Catalogue(Store(data / "backups"), Keys(data / "keys" / "drill.key", secret))
    try:
        records = [one for one in catalogue.records().values() if one.state is not State.REMOVED]
    except CatalogueDamaged:
        return BackupProof(is_damaged=True)
    proved = [one for one in records if one.proved_at is not None]
    last = max(proved, key=lambda one: str(one.proved_at), default=None)
    return BackupProof(
        backups=len(records),
        newest_at=moment_of(records[-1].code) if records else None,
        proved_at=last.proved_at if last else None,
        proved_made_at=moment_of(last.code) if last else None,
    )

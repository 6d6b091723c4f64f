"""All that backups of this installation need to know, gathered from the environment and the data folder."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from midway.config.environment import Environment, read_environment
from midway.ops.backup.catalogue import Catalogue
from midway.ops.backup.copies import CopyPlace, copy_place
from midway.ops.backup.keys import Keys
from midway.ops.backup.server import Server
from midway.ops.backup.store import Store
from midway.runtime.folder import DataFolder


@dataclass(frozen=True)
class Setting:
    """One installation: its database, its folder of backups, its keys and its place for copies."""

    folder: DataFolder
    server: Server
    store: Store
    keys: Keys
    place: CopyPlace | None
    redis_url: str = ""

    @property
    def catalogue(self) -> Catalogue:
        """What became of each backup."""
        return Catalogue(self.store, self.keys)

    @property
    def media(self) -> Path:
        """Files people gave us."""
        return self.folder.path / "media"


def read_setting(environ: Mapping[str, str]) -> Setting:
    """The installation this environment describes; call `runtime.attach` first. Raises `SettingError`, `CannotRun`."""
    environment: Environment = read_environment(environ)
    folder = DataFolder(environment.data)
    store = Store(folder.path / "backups")
    return Setting(
        folder=folder,
        server=Server(environment.database_url),
        store=store,
        keys=Keys(
            drill_file=folder.path / "keys" / "drill.key",
            secret=environment.secret_key or folder.secret_key(),
            owner_recipient=environment.backup_recipient,
        ),
        place=copy_place(environment.backup_url),
        redis_url=environment.redis_url,
    )

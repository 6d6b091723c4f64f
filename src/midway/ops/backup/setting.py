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
from midway.runtime.problem import CannotRun


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
            secret=environment.secret_key or _secret_of(folder, store),
            owner_recipient=environment.backup_recipient,
        ),
        place=copy_place(environment.backup_url),
        redis_url=environment.redis_url,
    )


def _secret_of(folder: DataFolder, store: Store) -> str:
    """The key the folder has. None is made where there is no Midway, or where backups were signed with a lost one."""
    if not (folder.path / "secret.key").exists():
        if not folder.path.is_dir():
            raise CannotRun(
                f"There is no Midway in {folder.path}: say it where you said midway up, or name its data folder in "
                "MIDWAY_DATA"
            )
        if store.codes():
            raise CannotRun(
                f"{folder.path / 'secret.key'} is gone, and the backups were signed with it: put it back from the "
                "recovery kit, or set MIDWAY_SECRET_KEY"
            )
    return folder.secret_key()

"""A company in a database of its own, and a place to keep its backups."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from tests.product import SOURCE

from midway.ops.backup.create import MadeBackup
from midway.ops.backup.keys import Keys
from midway.ops.backup.server import Server
from midway.ops.backup.setting import Setting
from midway.ops.backup.store import Store
from midway.ops.gateways.backup_folder import FolderOfBackups
from midway.runtime.folder import DataFolder

Proved = tuple[Setting, MadeBackup]
SECRET = "a-secret-of-the-tests-that-is-long-enough"


def run_midway(url: str, data: Path, *command: str) -> None:
    environment = {
        **os.environ, "DATABASE_URL": url, "MIDWAY_DATA": str(data), "MIDWAY_SECRET_KEY": SECRET,
        "PYTHONPATH": str(SOURCE), "DJANGO_SETTINGS_MODULE": "midway.config.settings", "REDIS_URL": "",
    }  # fmt: skip
    subprocess.run([sys.executable, "-m", "midway", *command], env=environment, check=True, capture_output=True)


def setting_in(path: Path, server: Server) -> Setting:
    """An installation with its data folder and its place for copies below `path`."""
    data = DataFolder(path / "data")
    data.path.mkdir(parents=True)
    # As root, a restored server is somebody else and must pass through.
    for folder in (path, *path.parents):
        if folder.stat().st_uid == os.geteuid() and not folder.stat().st_mode & 0o001 and len(folder.parts) > 2:
            folder.chmod(folder.stat().st_mode | 0o711)
    return Setting(
        folder=data,
        server=server,
        store=Store(data.path / "backups"),
        keys=Keys(drill_file=data.path / "keys" / "drill.key", secret=SECRET),
        place=FolderOfBackups(path / "elsewhere"),
    )


def copied(made: tuple[Setting, MadeBackup], path: Path) -> tuple[Setting, MadeBackup]:
    """An installation and its backups, copied whole below `path`."""
    setting, backup = made
    shutil.copytree(setting.folder.path, path / "data")
    shutil.copytree(setting.folder.path.parent / "elsewhere", path / "elsewhere")
    (path / "fresh").mkdir()
    new = setting_in(path / "fresh", setting.server)
    new = replace(
        new,
        folder=DataFolder(path / "data"),
        store=Store(path / "data" / "backups"),
        keys=Keys(drill_file=path / "data" / "keys" / "drill.key", secret=SECRET),
        place=FolderOfBackups(path / "elsewhere"),
    )
    return new, replace(backup, path=new.store.path / backup.manifest.code)

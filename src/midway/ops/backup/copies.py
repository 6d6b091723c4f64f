"""Copies of backups elsewhere: what a place must be able to do, and which place an address names."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from midway.runtime.problem import CannotRun


class CopyFailed(CannotRun):
    """The place for copies cannot be reached or refused. The message says what to do."""


class CopyPlace(Protocol):
    """Somewhere off this host where backups are kept, a folder of files for each code."""

    @property
    def words(self) -> str:
        """The place as people know it, without secrets."""

    def put(self, code: str, name: str, source: Path) -> None:
        """Will keep a file there whole or not at all. Raises `CopyFailed`."""

    def read(self, code: str, name: str) -> Iterable[bytes]:
        """The file as it lies there now, in pieces. Raises `CopyFailed` when it is not there."""

    def names(self, code: str) -> list[str]:
        """The files of a backup that lie there. Raises `CopyFailed`."""

    def codes(self) -> list[str]:
        """The backups that lie there, oldest first. Raises `CopyFailed`."""

    def remove(self, code: str) -> None:
        """Will remove a backup there. Raises `CopyFailed`."""


def copy_place(address: str) -> CopyPlace | None:
    """The place a MIDWAY_BACKUP_URL names, or None for an empty one."""
    if not address:
        return None
    if urlsplit(address).scheme == "s3":
        from midway.ops.gateways.backup_s3 import BucketOfBackups

        return BucketOfBackups(address)
    from midway.ops.gateways.backup_folder import FolderOfBackups

    return FolderOfBackups(Path(address.removeprefix("file://")).absolute())


def fetch(place: CopyPlace, code: str, into: Path, *, heard: Callable[[int], None] | None = None) -> Path:
    """Will bring a backup back from a place into a folder of its name. Raises `CopyFailed`."""
    names = place.names(code)
    if not names:
        raise CopyFailed(f"There is no backup {code} in {place.words}: midway backup list names those there are")
    folder = into / code
    folder.mkdir(mode=0o700)
    for name in names:
        with (folder / name).open("wb") as file:
            for piece in place.read(code, name):
                file.write(piece)
                if heard is not None:
                    heard(len(piece))
    return folder

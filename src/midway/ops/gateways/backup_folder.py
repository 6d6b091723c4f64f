"""Copies of backups in a folder: another disk, or a share of another machine."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from midway.ops.backup.copies import CopyFailed
from midway.ops.backup.store import CODE

_CHUNK = 1024 * 1024


class FolderOfBackups:
    """A folder that holds one folder for each backup."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def words(self) -> str:
        """The folder's path."""
        return str(self._path)

    def put(self, code: str, name: str, source: Path) -> None:
        """Will keep a file: beside its place first, then moved in when it is on the disk."""
        folder = self._path / code
        beside = folder / f".{name}.partial"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with source.open("rb") as read, beside.open("wb") as write:
                shutil.copyfileobj(read, write, _CHUNK)
                write.flush()
                os.fsync(write.fileno())
            beside.replace(folder / name)
        except OSError as problem:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise CopyFailed(
                f"Cannot copy {name} to {folder} ({problem.strerror}): mend the folder in MIDWAY_BACKUP_URL"
            ) from problem

    def read(self, code: str, name: str) -> Iterator[bytes]:
        """The file's bytes as the folder gives them."""
        try:
            with (self._path / code / name).open("rb") as file:
                # What was just written lies in memory; what the disk gives back is what counts.
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
                while chunk := file.read(_CHUNK):
                    yield chunk
        except OSError as problem:
            raise CopyFailed(f"Cannot read {name} of {code} in {self._path} ({problem.strerror})") from problem

    def names(self, code: str) -> list[str]:
        """The files of a backup."""
        folder = self._path / code
        return sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []

    def codes(self) -> list[str]:
        """The backups in the folder."""
        if not self._path.is_dir():
            raise CopyFailed(f"The folder for copies {self._path} is not there: mount it, or correct MIDWAY_BACKUP_URL")
        return sorted(entry.name for entry in self._path.iterdir() if CODE.fullmatch(entry.name))

    def remove(self, code: str) -> None:
        """Will remove a backup's folder."""
        if not CODE.fullmatch(code):
            raise CopyFailed(f"{code} is no backup's code")
        try:
            shutil.rmtree(self._path / code)
        except OSError as problem:
            raise CopyFailed(f"Cannot remove {code} from {self._path} ({problem.strerror})") from problem

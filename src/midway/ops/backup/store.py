"""Where backups lie: one folder each, whole or not there, and one catalogue beside them."""

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from midway.runtime.held import held
from midway.runtime.problem import CannotRun

CODE = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{6}")
PARTIAL = ".partial"
_CHUNK = 1024 * 1024


class UnknownBackup(CannotRun):
    """There is no such backup. The message says how to see which there are."""


@dataclass(frozen=True)
class Store:
    """The folder of all backups."""

    path: Path

    @property
    def catalogue_file(self) -> Path:
        """What became of each backup."""
        return self.path / "catalogue.jsonl"

    def create(self) -> None:
        """Will make the folder, for us alone."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)

    def codes(self) -> list[str]:
        """The backups that lie here, oldest first. What was left half made is not one."""
        if not self.path.is_dir():
            return []
        return sorted(entry.name for entry in self.path.iterdir() if CODE.fullmatch(entry.name) and entry.is_dir())

    def folder(self, code: str) -> Path:
        """A backup's folder. Raises `UnknownBackup`."""
        if not CODE.fullmatch(code) or not (self.path / code).is_dir():
            raise UnknownBackup(f"There is no backup {code} in {self.path}: midway backup list names them")
        return self.path / code

    def partial(self, code: str) -> Path:
        """Will make the folder a backup grows in, until `keep` gives it its name."""
        folder = self.path / f"{code}{PARTIAL}"
        folder.mkdir(mode=0o700)
        return folder

    def keep(self, code: str) -> Path:
        """Will give a finished backup its name, once all of it is on the disk."""
        growing, final = self.path / f"{code}{PARTIAL}", self.path / code
        for name in sorted(growing.iterdir()):
            _to_disk(name)
        _to_disk(growing)
        growing.rename(final)
        _to_disk(self.path)
        return final

    def remove(self, code: str) -> None:
        """Will remove a backup: out of sight at once, then its files; only while holding the store."""
        going = self.path / f"{code}.removed{PARTIAL}"
        self.folder(code).rename(going)
        shutil.rmtree(going)

    def clear_partials(self) -> list[str]:
        """Will remove what earlier runs left half made; only while holding the store."""
        left = [entry for entry in self.path.iterdir() if entry.name.endswith(PARTIAL)]
        for entry in left:
            shutil.rmtree(entry)
        return [entry.name for entry in left]

    @contextmanager
    def held(self) -> Iterator[None]:
        """The right to change what lies here; the kernel takes it back when we die. Raises `CannotRun`."""
        self.create()
        busy = CannotRun(f"Another backup command works in {self.path}: wait until it is done")
        with held(self.path / ".lock", otherwise=busy):
            yield


def new_code(moment: datetime, *, taken: Container[str] = ()) -> str:
    """A name that sorts by the moment, to the microsecond, and is not taken. Raises `CannotRun`."""
    begin = f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}-{moment.microsecond:05x}"
    free = [begin + last for last in "0123456789abcdef" if begin + last not in taken]
    if not free:
        raise CannotRun(f"Sixteen backups hold this very moment already ({begin}…): name one a second later")
    return secrets.choice(free)


def hashed(path: Path, *, heard: Callable[[int], None] | None = None) -> tuple[int, str]:
    """A file's size and sha256, read from the disk."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
            if heard is not None:
                heard(len(chunk))
    return size, digest.hexdigest()


def refuse_without_room(folder: Path, needed: int, what: str) -> None:
    """Will raise `CannotRun` unless this many bytes are free where `folder` is."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise CannotRun(
            f"{what} needs about {needed / 1e6:,.0f} MB in {folder} and {free / 1e6:,.0f} MB are free: free some, or "
            "name a folder on another disk"
        )


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

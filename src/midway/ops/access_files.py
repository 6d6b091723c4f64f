"""The files a log consists of: the one that is written, and those that rotation put aside, packed or not."""

import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

# What rotation puts behind the name: logrotate's number or date, or the moment `logs.rotate` writes.
_ASIDE = re.compile(r"(?:\.\d+|-\d{8}|\.\d{8}T\d{6})(?:\.gz)?")
BROKEN = (EOFError, zlib.error, gzip.BadGzipFile)
"""What reading a packed log may meet that is cut or damaged: what comes before counts."""


def log_files(path: Path, *, since: datetime) -> list[Path]:
    """The file, and before it those rotated away that were written to since then, oldest first."""
    aside = [one for one in path.parent.glob(f"{path.name}?*") if _ASIDE.fullmatch(one.name.removeprefix(path.name))]
    written = sorted((one.stat().st_mtime, one) for one in aside if not _is_being_packed(one))
    found = [one for at, one in written if at >= since.timestamp()]
    return [*found, path] if path.exists() else found


def _is_being_packed(file: Path) -> bool:
    """Its plain twin goes only when it is whole."""
    return file.suffix == ".gz" and file.with_suffix("").exists()


@contextmanager
def opened(file: Path) -> Iterator[IO[bytes]]:
    """A log to be read, packed or not."""
    with file.open("rb") as plain:
        if file.suffix == ".gz":
            with gzip.open(plain, "rb") as unpacked:
                yield unpacked  # type: ignore[misc] # it reads as a file does
        else:
            yield plain

"""The data folder: where everything of one Midway lives, and who holds it."""

import contextlib
import errno
import fcntl
import json
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from midway import __version__
from midway.runtime.problem import CannotRun

FORMAT = 1
LOG_LIMIT_BYTES = 10 * 1024 * 1024
LOGS_KEPT = 3


@dataclass(frozen=True)
class DataFolder:
    """The paths inside one data folder."""

    path: Path

    @property
    def postgres(self) -> Path:
        """The database cluster."""
        return self.path / "postgres"

    @property
    def run(self) -> Path:
        """Sockets, locks and what is running now."""
        return self.path / "run"

    @property
    def log(self) -> Path:
        """What the parts print."""
        return self.path / "log"

    @property
    def static(self) -> Path:
        """Collected static files."""
        return self.path / "static"

    @property
    def state_file(self) -> Path:
        """What is running, for `midway status` and `midway down`."""
        return self.run / "state.json"

    @property
    def _stamp(self) -> Path:
        return self.path / "midway.json"

    @property
    def is_new(self) -> bool:
        """Whether no first start has been completed here."""
        return not self._stamp.exists()

    def create(self) -> None:
        """Will make the folder and its sub-folders, and refuse one that is of a newer version or cannot be written."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            # Root's servers run as nobody and must pass through; what is secret inside is closed by itself.
            self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
            for part in (self.run, self.log):
                part.mkdir(exist_ok=True)
                part.chmod(0o711 if os.geteuid() == 0 else 0o700)
            probe = self.run / "write-probe"
            probe.write_bytes(b"\0" * 65536)
            probe.unlink()
        except OSError as problem:
            raise unusable(self.path, problem) from problem
        self.refuse_newer()

    def refuse_newer(self) -> None:
        """Will raise `CannotRun` if a newer version has written here that does not say that we can work with it."""
        stamp = self.stamp()
        is_newer = version_key(str(stamp.get("midway", "0"))) > version_key(__version__)
        if int(stamp.get("format", 0)) > FORMAT or (is_newer and __version__ not in stamp.get("fits", [])):
            raise CannotRun(
                f"The data folder {self.path} belongs to Midway {stamp.get('midway')} and this is {__version__}: "
                "run that version, or choose another folder with --data"
            )

    def stamp(self) -> dict[str, Any]:
        """What the folder says about itself: format, version, and what the last preparation did."""
        return _read_json(self._stamp)

    def write_stamp(self, **facts: Any) -> None:
        """Will record facts beside the format and the version that wrote here last."""
        write_whole(self._stamp, json.dumps({**self.stamp(), **facts, "format": FORMAT, "midway": __version__}) + "\n")

    def secret_key(self) -> str:
        """The signing key, made at the first call and readable by its owner only."""
        path = self.path / "secret.key"
        if not path.exists():
            write_whole(path, secrets.token_urlsafe(48) + "\n")
        return path.read_text().strip()

    def state(self) -> dict[str, Any]:
        """What the last supervisor wrote about itself. Empty when there was none."""
        return _read_json(self.state_file)

    def write_state(self, state: dict[str, Any]) -> None:
        """Will publish what runs now."""
        write_whole(self.state_file, json.dumps(state, indent=1) + "\n")

    def open_log(self, name: str) -> IO[bytes]:
        """A part's log, moved aside first when it has grown large."""
        path = self.log / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
            for number in range(LOGS_KEPT - 1, 0, -1):
                older = path.with_suffix(f".log.{number}")
                if older.exists():
                    older.rename(path.with_suffix(f".log.{number + 1}"))
            path.rename(path.with_suffix(".log.1"))
        return path.open("ab", buffering=0)

    def last_words(self, name: str) -> str:
        """The last line a part printed, to be shown when it would not start."""
        with contextlib.suppress(OSError):
            lines = (self.log / f"{name}.log").read_text(errors="replace")[-4000:].strip().splitlines()
            return lines[-1] if lines else ""
        return ""


class Hold:
    """The lock one supervisor has on a data folder; the kernel releases it when we die."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._file: IO[str] | None = None

    def take(self, *, wait_seconds: float = 0) -> None:
        """Will hold the folder, or raise `CannotRun` that says who does."""
        file = (self._folder.run / "lock").open("a+")
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as problem:
                if problem.errno not in {errno.EAGAIN, errno.EACCES}:
                    raise
                if time.monotonic() < deadline:
                    time.sleep(0.05)
                    continue
                file.close()
                raise CannotRun(_held_by(self._folder)) from problem
            break
        self._file = file

    def release(self) -> None:
        """Will let the next one have the folder."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def is_free(self) -> bool:
        """Whether nobody holds the folder now."""
        try:
            with (self._folder.run / "lock").open("a+") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True


def unusable(path: Path, problem: OSError) -> CannotRun:
    """What to tell a person whose folder cannot be used."""
    if problem.errno in {errno.ENOSPC, errno.EDQUOT}:
        return CannotRun(f"No space left for {path}: free some, or choose another disk with --data")
    return CannotRun(f"Cannot write to {path} ({problem.strerror}): choose a folder of your own with --data")


def write_whole(path: Path, text: str) -> None:
    """Will replace a file at once, readable by its owner only, so that nobody ever sees half of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _held_by(folder: DataFolder) -> str:
    state = folder.state()
    who = f"process {state['pid']} since {state['since']} at {state['address']}" if state else "another midway up"
    return f"The data folder {folder.path} is held by {who}: stop it with midway down, or choose another with --data"


def _read_json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def version_key(text: str) -> tuple[int, ...]:
    """A version as numbers that can be compared."""
    return tuple(int(part) for part in text.split(".") if part.isdigit())

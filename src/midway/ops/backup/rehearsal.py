"""Is a restored database usable? Asked of `midway rehearse`, in a process of its own without outside services."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from midway.runtime.problem import CannotRun

_OUTSIDE = ("REDIS_URL", "SENTRY_DSN", "SEGMENT_WRITE_KEY", "SMS_URL", "STRIPE_SECRET_KEY", "MIDWAY_ROUTER_URL")
_LONGEST_SECONDS = 900
_MOST_DAYS = 60


@dataclass(frozen=True)
class Rehearsal:
    """What was tried and what went wrong, in words."""

    wrong: list[str] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)


def start_rehearsal(
    url: str, secret: str, work: Path, *, books: bool = True, upgrades: bool = False, waits: bool = False
) -> "subprocess.Popen[str]":
    """Will start the process on this database, with no outside service in reach.

    Without `books` it only looks; with `upgrades` it first brings the database to this version. One that `waits` gets
    ready and asks the database nothing before `begin_rehearsal`.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _OUTSIDE}
    environment |= {
        "DATABASE_URL": url,
        "MIDWAY_DATA": str(work / "data"),
        "MIDWAY_SECRET_KEY": secret,
        "EMAIL_URL": f"file://{work / 'mail'}",
        "MIDWAY_PUBLIC_URL": "",
        "MIDWAY_LOG_LEVEL": "error",
        "DJANGO_SETTINGS_MODULE": "midway.config.settings",
        "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")]).rstrip(":"),
    }
    return subprocess.Popen(  # noqa: S603 - ourselves
        [
            *(sys.executable, "-m", "midway", "rehearse"),
            *(["--books"] if books else []),
            *(["--upgrades"] if upgrades else []),
            *(["--waits"] if waits else []),
        ],
        env=environment, stdin=subprocess.PIPE if waits else subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def begin_rehearsal(child: "subprocess.Popen[str]") -> None:
    """Will have one that waits begin. One that is gone says so when it is asked what it found."""
    if child.stdin is not None:
        with suppress(BrokenPipeError):
            child.stdin.write("\n")
            child.stdin.flush()
        end_waiting(child)


def end_waiting(child: "subprocess.Popen[str]") -> None:
    """Will close the line on which one that waits is told to begin; without having been told, it ends."""
    if child.stdin is not None:
        with suppress(BrokenPipeError):
            child.stdin.close()
        child.stdin = None


def finished_rehearsal(child: "subprocess.Popen[str]", *, tell: Callable[[str], None] = lambda line: None) -> Rehearsal:
    """Will wait for the process, tell what it does, and give what it found. Raises `CannotRun`."""
    heard: list[str] = []
    errors: list[str] = []
    is_late = threading.Event()

    def end() -> None:
        is_late.set()
        child.kill()

    deadline = threading.Timer(_LONGEST_SECONDS, end)
    complaints = threading.Thread(target=lambda: errors.extend(child.stderr or ()), daemon=True)
    deadline.start()
    complaints.start()
    for line in child.stdout or ():
        heard.append(line.strip())
        if not line.startswith("{"):
            tell(line.strip())
    deadline.cancel()
    complaints.join()
    child.communicate()
    if is_late.is_set():
        raise CannotRun(f"The application on the restored database was not done after {_LONGEST_SECONDS} s")
    try:
        return Rehearsal(**json.loads(heard[-1]))
    except (IndexError, ValueError, TypeError) as problem:
        last = ([line.strip() for line in errors if line.strip()] or ["no reason given"])[-1]
        raise CannotRun(f"The application could not start on the restored database: {last}") from problem

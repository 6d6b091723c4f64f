"""Closed for a moment: a file in the data folder that says since when and why.

Web processes that see it answer everybody the same, without the database; workers stop and wait until it is gone.
A file, because the database is what is being worked on.
"""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from midway.runtime.folder import DataFolder, write_whole

REST_SECONDS = 0.5


@dataclass(frozen=True)
class Maintenance:
    """Since when Midway is closed, why, and what opens it again."""

    since: datetime
    reason: str
    next_step: str


def maintenance_file(data: Path) -> Path:
    """Where the sign hangs."""
    return data / "maintenance.json"


def begin_maintenance(folder: DataFolder, *, reason: str, next_step: str, now: datetime) -> None:
    """Will close Midway; whoever is in the middle of something may finish it."""
    words = {"since": now.isoformat(), "reason": reason, "next_step": next_step}
    write_whole(maintenance_file(folder.path), json.dumps(words) + "\n")
    # Ordinary accounts of the parts must see that it is there.
    maintenance_file(folder.path).chmod(0o644)


def end_maintenance(folder: DataFolder) -> None:
    """Will open Midway again."""
    maintenance_file(folder.path).unlink(missing_ok=True)


def maintenance(data: Path) -> Maintenance | None:
    """Whether Midway is closed, and why; None while it is open."""
    try:
        words = json.loads(maintenance_file(data).read_text())
        return Maintenance(datetime.fromisoformat(words["since"]), str(words["reason"]), str(words["next_step"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError):
        moment = datetime.fromtimestamp(os.stat(maintenance_file(data)).st_mtime).astimezone()
        return Maintenance(moment, "maintenance", "midway backup restore --resume")


def wait_while_closed(data: Path, *, meanwhile: Callable[[], object] = lambda: None) -> bool:
    """Will return when Midway is open, doing something now and then; says whether it had to wait."""
    waited = False
    while maintenance_file(data).exists():
        waited = True
        meanwhile()
        time.sleep(REST_SECONDS)
    return waited

"""A backup command somebody asked for on a page: who, what, what it has said so far, and how it ended.

It is written beside the backups and not in the database, because a restore exchanges that under whoever watches.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from midway.ops.backup.child import child_environment
from midway.runtime import process
from midway.runtime.folder import DataFolder, write_whole

SHOWN_LINES = 40
_EXIT = "midway errand ended with "


@dataclass(frozen=True)
class Errand:
    """What was asked for. `pid` is 0 until it begins and `born` says which process of that number it is; `code` is how
    it exited, None while it has not."""

    words: tuple[str, ...]
    asked_at: datetime
    by: str
    pid: int = 0
    said: tuple[str, ...] = ()
    code: int | None = None
    born: str = ""

    @property
    def is_running(self) -> bool:
        """Whether it waits to begin or works."""
        return self.code is None and (self.pid == 0 or self._is_alive)

    @property
    def was_cut_off(self) -> bool:
        """Whether it began and is gone without having said how it ended."""
        return self.code is None and self.pid != 0 and not self._is_alive

    @property
    def _is_alive(self) -> bool:
        return process.is_alive(self.pid) and process.born(self.pid) == self.born


def last_errand(folder: DataFolder) -> Errand | None:
    """The one that was asked for last, with what it has said; none when there was none or it cannot be read."""
    try:
        facts = json.loads(_file(folder).read_text())
        errand = Errand(
            tuple(facts["words"]), datetime.fromisoformat(facts["asked_at"]), str(facts["by"]), int(facts["pid"]),
            born=str(facts.get("born", "")),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError):
        return None
    try:
        said = _log(folder).read_text(errors="replace").splitlines()
    except OSError:
        said = []
    ended = [line for line in said if line.startswith(_EXIT)]
    code = int(ended[-1].removeprefix(_EXIT)) if ended else None
    told = tuple(line for line in said if line.strip() and not line.startswith(_EXIT))
    return replace(errand, said=told[-SHOWN_LINES:], code=code)


def note_errand(folder: DataFolder, *words: str, by: str, at: datetime) -> Errand:
    """Will write down that it was asked for, before anybody begins it."""
    folder.log.mkdir(parents=True, exist_ok=True)
    _log(folder).write_text("")
    errand = Errand(words, at, by)
    _write(folder, errand)
    return errand


def begin_errand(folder: DataFolder, errand: Errand, *, environ: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """Will start the command in a session of its own, which outlives whoever started it, and what it says is kept."""
    with _log(folder).open("ab", buffering=0) as log:
        child = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-c", _RUNNER, *errand.words],
            env=child_environment(environ), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
            start_new_session=True,
        )  # fmt: skip
    _write(folder, replace(errand, pid=child.pid, born=process.born(child.pid)))
    return child


# The exit code is said by whoever waits, because a killed command cannot. Both live and die together: a command that
# went on without being watched would be taken for one that was cut off.
_RUNNER = f"""
import os, signal, subprocess, sys
from midway.runtime.process import die_with_parent

words, us = [sys.executable, "-m", "midway", *sys.argv[1:]], os.getpid()
ended = subprocess.run(words, preexec_fn=lambda: die_with_parent(us, signal.SIGKILL)).returncode
print("{_EXIT}" + str(ended), flush=True)
sys.exit(ended)
"""


def _write(folder: DataFolder, errand: Errand) -> None:
    facts = asdict(errand)
    kept = {name: facts[name] for name in ("words", "by", "pid", "born")} | {"asked_at": errand.asked_at.isoformat()}
    write_whole(_file(folder), json.dumps(kept) + "\n")


def _file(folder: DataFolder) -> Path:
    return folder.path / "errand.json"


def _log(folder: DataFolder) -> Path:
    return folder.log / "errand.log"

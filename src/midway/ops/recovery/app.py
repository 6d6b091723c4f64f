"""Get the application going again: say how its parts are, and start web and worker anew, one after the other."""

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from midway.runtime.folder import DataFolder
from midway.runtime.probe import PartStatus, status
from midway.runtime.problem import CannotRun

RESTARTED = ("worker", "web")
LONGEST_SECONDS = 120.0


@dataclass(frozen=True)
class AppState:
    """How the parts are, and which would be started anew."""

    is_running: bool
    parts: list[PartStatus]

    @property
    def is_well(self) -> bool:
        """Whether every part answers."""
        return self.is_running and not self.down

    @property
    def down(self) -> list[str]:
        """The parts that do not answer."""
        return [part.name for part in self.parts if part.ready is False]

    def as_json(self) -> dict[str, Any]:
        """The answer of `midway recover app`."""
        parts = [{"name": one.name, "ready": one.ready, "pid": one.pid, "restarts": one.restarts} for one in self.parts]
        return {"running": self.is_running, "well": self.is_well, "down": self.down, "parts": parts}

    def words(self) -> str:
        """For people, with the next step."""
        if not self.is_running:
            return "Nothing runs here. Start it: midway up"
        marks = {True: "ready", False: "DOWN", None: "runs"}
        lines = [f"  {part.name:<9} {marks[part.ready]:<6} restarted {part.restarts}×" for part in self.parts]
        return "\n".join([*lines, *self._next_steps()])

    def _next_steps(self) -> list[str]:
        if "postgres" in self.down:
            return ["The database is down; starting web and worker anew would not help: midway recover database"]
        return ["Would start worker and web anew, one after the other: say --yes to do it."]


def app_state(folder: DataFolder) -> AppState:
    """Each part, asked now."""
    found = status(folder)
    return AppState(found.running, found.parts)


def restart_app(folder: DataFolder, *, tell: Callable[[str], None]) -> AppState:
    """Will end worker and web in order and wait until the supervisor has started each anew and it answers.

    Database and cache are left alone. Raises `CannotRun` when nothing runs, or when a part does not come back.
    """
    state = app_state(folder)
    if not state.is_running:
        raise CannotRun("Nothing runs here: start it with midway up")
    if "postgres" in state.down:
        raise CannotRun(
            "The database is down, and starting web and worker anew would not help: midway recover database"
        )
    for name in RESTARTED:
        if any(part.name == name for part in state.parts):
            _restart(folder, name)
            tell(f"{name} runs anew")
    return app_state(folder)


def _restart(folder: DataFolder, name: str) -> None:
    before = _part(folder, name)
    if before is not None and before.pid:
        os.kill(before.pid, signal.SIGTERM)
    deadline = time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < deadline:
        part = _part(folder, name)
        is_new = part is not None and part.pid is not None and (before is None or part.pid != before.pid)
        if is_new and part is not None and part.ready is not False:
            return
        time.sleep(0.1)
    raise CannotRun(f"{name} did not come back within {LONGEST_SECONDS:.0f} s: log/{name}.log says why")


def _part(folder: DataFolder, name: str) -> PartStatus | None:
    return next((part for part in status(folder).parts if part.name == name), None)

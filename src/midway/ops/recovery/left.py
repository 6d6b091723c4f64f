"""A restore whose process was killed while Midway is closed is gone on with by itself, once: nobody waits for a person.

The worker, which waits outside until Midway opens again, looks whether somebody is at it.
"""

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from midway.ops.backup.setting import Setting
from midway.ops.recovery.errand import begin_errand, note_errand
from midway.ops.recovery.restore import Restore, Step, restore_under_way
from midway.ops.recovery.steps import WorkedOn, alone, is_worked_on
from midway.runtime.problem import CannotRun

PATIENCE = timedelta(minutes=1)
"""Whoever was interrupted at a terminal has this long to decide otherwise."""
BY = "Midway"


class LeftAlone:
    """One worker's look at a restore that nobody seems to be at."""

    def __init__(self, setting: Setting, *, environ: Mapping[str, str], clock: Callable[[], datetime]) -> None:
        self._setting, self._environ, self._clock = setting, environ, clock
        self._since: datetime | None = None
        self._child: subprocess.Popen[bytes] | None = None

    def look(self) -> "subprocess.Popen[bytes] | None":
        """Will go on with a restore nobody has been at for a while, in a process of its own, which is given."""
        left = self._left()
        if left is None or left.taken_up:
            self._since = None
            return None
        self._since = self._since or self._clock()
        if self._clock() - self._since < PATIENCE:
            return None
        try:
            with alone(self._setting):
                replace(left, taken_up=True).write(self._setting)
        except WorkedOn:
            return None
        folder = self._setting.folder
        errand = note_errand(folder, "backup", "restore", "--resume", by=BY, at=self._clock())
        self._child = begin_errand(folder, errand, environ=self._environ)
        return self._child

    def _left(self) -> Restore | None:
        try:
            found = restore_under_way(self._setting)
        except CannotRun:  # a note nobody can read is for a person
            return None
        return None if found is None or found.step is Step.DONE or is_worked_on(self._setting) else found

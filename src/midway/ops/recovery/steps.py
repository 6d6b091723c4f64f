"""Work in steps that may be interrupted at any moment: each is written down before it is begun, and may be begun again.

What goes wrong by itself is taken back at once. After a kill, or when the disk is full, one next step leads on.
"""

import fcntl
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from midway.ops.backup.setting import Setting
from midway.runtime.held import held
from midway.runtime.problem import CannotRun

Tell = Callable[[str], None]


class Stepwise(Protocol):
    """Work that knows its step, and can be written down."""

    @property
    def step(self) -> StrEnum:
        """What it does now; the last of its kind is done."""

    def at(self, step: Any) -> Self:
        """The same work at another step."""

    def write(self, setting: Setting) -> None:
        """Will write down how far it is, whole or not at all."""


W = TypeVar("W", bound=Stepwise)


class WorkedOn(CannotRun):
    """Another command is at it. Nothing was changed by this one."""


@contextmanager
def alone(setting: Setting) -> Iterator[None]:
    """The right to exchange databases; the kernel takes it back when we die. Raises `WorkedOn`."""
    setting.folder.path.mkdir(parents=True, exist_ok=True)
    busy = WorkedOn(
        "Another command is at a restore or an upgrade just now: wait until it is done (midway recover database says"
        " how far it is)"
    )
    with held(_lock(setting), otherwise=busy):
        yield


def is_worked_on(setting: Setting) -> bool:
    """Whether somebody is at a restore or an upgrade at this moment. Only looks."""
    try:
        with _lock(setting).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _lock(setting: Setting) -> Path:
    return setting.folder.path / "recovery.lock"


@dataclass(frozen=True)
class Way:
    """How one kind of work is taken back, called and gone on with.

    `alone` are the steps that leave the living database alone.
    """

    what: str
    resume: str
    alone: Collection[StrEnum]
    back: Callable[[Setting, Any], str]
    refusal: type[CannotRun]


def take_steps(
    setting: Setting, work: W, deeds: Mapping[Any, Callable[[Setting, Any, Tell], W | None]], *, way: Way, tell: Tell
) -> W:
    """Will do every step that is left.

    Raises the way's refusal when a step could not be done: then everything is as before. Raises `CannotRun` when even
    that cannot be written down (a full disk): then it waits to be resumed.
    """
    steps = list(type(work.step))
    while work.step is not steps[-1]:
        tell(f"Step {steps.index(work.step) + 1} of {len(steps) - 1}: {work.step}")
        try:
            work = deeds[work.step](setting, work, tell) or work
        except KeyboardInterrupt as problem:
            abandon = way.resume.replace("--resume", "--abandon")
            raise CannotRun(f"Interrupted at {work.step}: {way.resume} goes on, {abandon} goes back") from problem
        except CannotRun as problem:
            raise way.refusal(f"{problem}\n{way.back(setting, work)}; nothing was changed.") from problem
        except OSError as problem:
            if work.step in way.alone:
                raise way.refusal(f"{problem}\n{way.back(setting, work)}; nothing was changed.") from problem
            raise _stopped(way, work.step, problem) from problem
        reached = work.at(steps[steps.index(work.step) + 1])
        try:
            reached.write(setting)
        except OSError as problem:
            raise _stopped(way, work.step, problem) from problem
        work = reached
    return work


def _stopped(way: Way, step: StrEnum, problem: OSError) -> CannotRun:
    return CannotRun(
        f"The {way.what} stopped at {step} ({problem.strerror or problem}): mend that, then go on with {way.resume}"
    )

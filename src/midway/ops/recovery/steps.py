"""Work in steps that may be interrupted at any moment: each is written down before it is begun, and may be begun again.

What goes wrong by itself is taken back at once. After a kill, or when the disk is full, one next step leads on.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, Self, TypeVar

from midway.ops.backup.setting import Setting
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

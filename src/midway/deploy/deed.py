"""One thing that is to be done, said before it is done."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Deed:
    """What it is, in words; how files change; and how it is done."""

    says: str
    do: Callable[[], object]
    diff: str = ""


@dataclass(frozen=True)
class Stage:
    """A part of the set-up. `deeds` looks at the machine and gives what is missing, if anything is."""

    title: str
    deeds: Callable[[], Iterator[Deed]]

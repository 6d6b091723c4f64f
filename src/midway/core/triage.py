"""How urgent an incident is: how bad it is, times whom it touches, looked up in one table shown as it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum, StrEnum
from typing import Final


class Severity(StrEnum):
    """How bad it is in itself."""

    STOPPED = "stopped"
    BROKEN = "broken"
    AWKWARD = "awkward"


class Impact(StrEnum):
    """Whom it touches."""

    EVERYBODY = "everybody"
    SOME = "some"
    NOBODY = "nobody"


class Priority(IntEnum):
    """One comes first."""

    ONE = 1
    TWO = 2
    THREE = 3
    FOUR = 4


TABLE: Final[Mapping[Severity, Mapping[Impact, Priority]]] = {
    Severity.STOPPED: {Impact.EVERYBODY: Priority.ONE, Impact.SOME: Priority.ONE, Impact.NOBODY: Priority.TWO},
    Severity.BROKEN: {Impact.EVERYBODY: Priority.ONE, Impact.SOME: Priority.TWO, Impact.NOBODY: Priority.THREE},
    Severity.AWKWARD: {Impact.EVERYBODY: Priority.THREE, Impact.SOME: Priority.THREE, Impact.NOBODY: Priority.FOUR},
}
"""Severity, then impact, to priority."""


@dataclass(frozen=True)
class Clock:
    """What a priority asks of people: within how long somebody answers before the next is called.

    Without `answer_within` nobody is called; it waits for working hours.
    """

    answer_within: timedelta | None


CLOCKS: Final[Mapping[Priority, Clock]] = {
    # The reference's measure for the two highest: five minutes and half an hour, then the next person.
    Priority.ONE: Clock(timedelta(minutes=5)),
    Priority.TWO: Clock(timedelta(minutes=30)),
    Priority.THREE: Clock(None),
    Priority.FOUR: Clock(None),
}

# What stands still when this part of the system does, and whom that touches. A part not named here is broken for some.
OF_AREA: Final[Mapping[str, tuple[Severity, Impact]]] = {
    "postgres": (Severity.STOPPED, Impact.EVERYBODY),
    "health": (Severity.STOPPED, Impact.EVERYBODY),
    "web": (Severity.BROKEN, Impact.EVERYBODY),
    "tls": (Severity.STOPPED, Impact.EVERYBODY),
    "redis": (Severity.BROKEN, Impact.EVERYBODY),
    "business": (Severity.BROKEN, Impact.SOME),
    "work": (Severity.BROKEN, Impact.SOME),
    "host": (Severity.BROKEN, Impact.EVERYBODY),
    "backup": (Severity.BROKEN, Impact.NOBODY),
    "recovery": (Severity.BROKEN, Impact.NOBODY),
    "permissions": (Severity.BROKEN, Impact.NOBODY),
    "firewall": (Severity.BROKEN, Impact.NOBODY),
    "oncall": (Severity.BROKEN, Impact.NOBODY),
    "incidents": (Severity.AWKWARD, Impact.NOBODY),
    "manual": (Severity.AWKWARD, Impact.NOBODY),
    "docs": (Severity.AWKWARD, Impact.NOBODY),
}


def priority_of(severity: Severity, impact: Impact) -> Priority:
    """The table's answer."""
    return TABLE[severity][impact]


def assessed(area: str) -> tuple[Severity, Impact]:
    """How an incident of this part of the system begins, until a person says otherwise."""
    return OF_AREA.get(area, (Severity.BROKEN, Impact.SOME))

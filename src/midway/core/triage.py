"""How urgent an incident is: how bad it is, times whom it touches, looked up in one table shown as it stands.

What stands here holds until the company says otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import IntEnum, StrEnum
from typing import Any, Final


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

    @property
    def minutes(self) -> float | None:
        """The same as a person says it: whole minutes as a whole number."""
        if self.answer_within is None:
            return None
        minutes = round(self.answer_within.total_seconds() / 60, 2)
        return int(minutes) if minutes == int(minutes) else minutes


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


@dataclass(frozen=True)
class Triage:
    """The table and the clocks that hold at a company; as they are here until it says otherwise."""

    table: Mapping[Severity, Mapping[Impact, Priority]] = field(default_factory=lambda: TABLE)
    clocks: Mapping[Priority, Clock] = field(default_factory=lambda: CLOCKS)

    def priority_of(self, severity: Severity, impact: Impact) -> Priority:
        """The table's answer."""
        return self.table[severity][impact]

    def answer_within(self, priority: int) -> timedelta | None:
        """How long whoever was called has."""
        return self.clocks[Priority(priority)].answer_within

    @property
    def is_in_order(self) -> bool:
        """Whether what is worse, or touches more, is never less urgent."""
        rows = [[self.table[severity][impact] for impact in Impact] for severity in Severity]
        return all(list(line) == sorted(line) for line in (*rows, *zip(*rows, strict=True)))

    @property
    def calls_in_order(self) -> bool:
        """Whether the most urgent calls somebody, and what is less urgent never gives less time."""
        given = [self.clocks[priority].answer_within for priority in Priority]
        called = [one for one in given if one is not None]
        return given[0] is not None and called == sorted(called) and given[: len(called)] == called

    def as_json(self) -> dict[str, Any]:
        """As it is kept: priorities as numbers, times in seconds."""
        return {
            "table": {one.value: {to.value: int(row[to]) for to in Impact} for one, row in self.table.items()},
            "answer_seconds": {
                str(int(one)): None if clock.answer_within is None else clock.answer_within.total_seconds()
                for one, clock in self.clocks.items()
            },
        }


def triage_from(said: Mapping[str, Any]) -> Triage:
    """What `as_json` wrote. Raises `KeyError` or `ValueError` when something is missing or none of ours."""
    seconds = {one: said["answer_seconds"][str(int(one))] for one in Priority}
    return Triage(
        table={one: {to: Priority(said["table"][one.value][to.value]) for to in Impact} for one in Severity},
        clocks={one: Clock(None if n is None else timedelta(seconds=n)) for one, n in seconds.items()},
    )


def assessed(area: str) -> tuple[Severity, Impact]:
    """How an incident of this part of the system begins, until a person says otherwise."""
    return OF_AREA.get(area, (Severity.BROKEN, Impact.SOME))

"""One thing the system checks or mends by itself, declared once: schedule, command, page, evidence, drill and manual
come from this one object."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from midway.ops.look import Look
    from midway.ops.needs import Need
    from midway.ops.stage import Stage


class Status(StrEnum):
    """What a look came to. Not to have been able to look is a word of its own, and never fine."""

    OK = "ok"
    WARN = "warn"
    CRIT = "crit"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


WORST_FIRST = (Status.CRIT, Status.WARN, Status.UNKNOWN, Status.OK, Status.SKIPPED)
EXIT_CODES = {Status.OK: 0, Status.SKIPPED: 0, Status.WARN: 1, Status.CRIT: 2, Status.UNKNOWN: 3}


def worst(statuses: Sequence[Status]) -> Status:
    """The one that matters most; fine when there is none."""
    return next((status for status in WORST_FIRST if status in statuses), Status.OK)


class Cadence(StrEnum):
    """How often a procedure must have succeeded. `demand` is for what only a person starts."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    DEMAND = "demand"

    @property
    def every(self) -> timedelta:
        """The time within which it must succeed again."""
        return {"daily": timedelta(days=1), "weekly": timedelta(days=7), "monthly": timedelta(days=30)}.get(
            self.value, timedelta.max
        )


class Kind(StrEnum):
    """A check says whether something is well, a repair mends, a report tells numbers."""

    CHECK = "check"
    REPAIR = "repair"
    REPORT = "report"


@dataclass(frozen=True)
class Limit:
    """Two thresholds for one number, and who says so.

    With `low_is_bad` the number must stay above them. Below `least_sample` looked at, no verdict is given. A finding
    that has rung falls silent only `margin` of the threshold on the good side, so that it does not flutter.
    """

    name: str
    says: str
    unit: str
    warn: float | None
    crit: float | None
    source: str
    low_is_bad: bool = False
    least_sample: int = 0
    margin: float = 0.0

    def judge(self, value: float, *, rang: bool = False) -> Status:
        """What this value means; `rang` when it had rung the last time."""
        if self._beyond(value, self.crit, rang=False):
            return Status.CRIT
        return Status.WARN if self._beyond(value, self.warn, rang=rang) else Status.OK

    def _beyond(self, value: float, threshold: float | None, *, rang: bool) -> bool:
        if threshold is None:
            return False
        if self.low_is_bad:
            return value < threshold * (1 + self.margin * rang)
        return value > threshold * (1 - self.margin * rang)


Break = Callable[["Stage"], AbstractContextManager[object]]
"""Breaks something on the stage on entering, and mends it on leaving."""


@dataclass(frozen=True)
class Fault:
    """Something broken on purpose, for real, on a stage that is thrown away; leaving it mends it.

    `expects` is what the procedure must then say, and `names` a word its summary must hold, so that the alarm is
    about this and not about something else.
    """

    id: str
    says: str
    inject: Break
    expects: Status
    names: str = ""


@dataclass(frozen=True)
class Manual:
    """What a person reads: why it matters, how to read the answer, what to do about a bad one, and why the command
    one would type first is not what is run."""

    why: str
    read: str
    mend: str
    not_the_obvious: str = ""


@dataclass(frozen=True)
class Procedure:
    """A check, a repair or a report with all that is known about it. See `docs/how-it-works/upkeep.md`."""

    id: str
    title: str
    look: "Callable[[Look], None]"
    cadence: Cadence
    document_lines: tuple[int, ...]
    manual: Manual
    kind: Kind = Kind.CHECK
    severity: Status = Status.WARN
    needs: "tuple[Need, ...]" = ()
    limits: tuple[Limit, ...] = ()
    faults: tuple[Fault, ...] = ()
    scene: Break | None = None
    depends_on: tuple[str, ...] = ()
    after: tuple[str, ...] = ()  # runs behind these where they run too, for they may say why
    time_limit_seconds: float = 20.0
    retries: int = 0
    retry_after_seconds: float = 1.0
    blips: int = 0
    is_confirmed_by_name: bool = False  # mends only when somebody typed the name of the database
    at: time = time(8, 45)  # UTC: the middle of the night on the American continent, after the nightly jobs

    def limit(self, name: str) -> Limit:
        """One of its thresholds."""
        return next(limit for limit in self.limits if limit.name == name)

    @property
    def area(self) -> str:
        """What it is about: the word before the dot."""
        return self.id.partition(".")[0]


@dataclass(frozen=True)
class Finding:
    """One thing a look found, about one object: a table, a file, a certificate, or the whole (no subject)."""

    status: Status
    says: str
    subject: str = ""
    next_step: str = ""
    value: float | None = None
    limit: Limit | None = None
    snoozed_because: str = ""
    because: str = ""  # the procedure that rings for the same trouble, closer to it


@dataclass(frozen=True)
class Outcome:
    """What one procedure came to in one run. `is_raised` when somebody is to be told: not a blip, not snoozed."""

    procedure: Procedure
    status: Status
    summary: str
    next_step: str = ""
    examined: int = 0
    findings: tuple[Finding, ...] = ()
    evidence: dict[str, Any] = field(default_factory=dict)
    took_ms: int = 0
    is_raised: bool = False
    caused_by: str = ""

    @property
    def leading(self) -> Finding | None:
        """The finding with a number that decided the status, or else any with a number."""
        numbers = [finding for finding in self.findings if finding.value is not None]
        return next((finding for finding in numbers if finding.status == self.status), numbers[0] if numbers else None)


_declared: dict[str, Procedure] = {}


def procedure(**declared: Any) -> "Callable[[Callable[[Look], None]], Procedure]":
    """Declares the function below it as the look of a procedure, and adds it to the registry."""

    def made(look: "Callable[[Look], None]") -> Procedure:
        found = Procedure(look=look, **declared)
        if found.id in _declared and _declared[found.id].look.__module__ != look.__module__:
            raise ValueError(f"Two procedures are called {found.id}")
        _declared[found.id] = found
        return found

    return made


def declared_procedures() -> dict[str, Procedure]:
    """Every procedure whose module was imported; ask `registry` for all of them."""
    return _declared

"""The time of an incident as logs and numbers show it: from before it began until it was seen mended."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from midway.ops.incidents.evidence import log_files, releases_between
from midway.ops.log_window import lines_between
from midway.ops.models import Evidence, Incident

AROUND = timedelta(minutes=15)
LONGEST = timedelta(hours=24)
BARS = 48
LINES = 200
LOUD = frozenset({"warning", "error", "critical"})
_NOT_SAID = frozenset({"at", "level", "event", "logger", "request_id", "exception"})


@dataclass(frozen=True)
class Line:
    """A line of a log: when, of which part, how loud, what happened, and its facts."""

    at: datetime
    part: str
    level: str
    event: str
    facts: str


@dataclass
class Bar:
    """What was answered in a stretch of the window, and how much of it failed."""

    at: datetime
    answered: int = 0
    failed: int = 0


@dataclass(frozen=True)
class Course:
    """What a procedure measured: the last value before the window, then those in it."""

    procedure: str
    unit: str
    values: Sequence[float]


@dataclass
class WindowView:
    """All of it. `lines` are the last of `matching`."""

    since: datetime
    until: datetime
    bars: list[Bar]
    lines: list[Line] = field(default_factory=list)
    matching: int = 0
    courses: list[Course] = field(default_factory=list)
    releases: list[dict[str, str]] = field(default_factory=list)

    @property
    def answered(self) -> int:
        """Answers in all of the window."""
        return sum(bar.answered for bar in self.bars)

    @property
    def failed(self) -> int:
        """Those of them that failed."""
        return sum(bar.failed for bar in self.bars)

    @property
    def worst(self) -> Bar:
        """The stretch in which most failed."""
        return max(self.bars, key=lambda bar: bar.failed)


def span_of(incident: Incident, *, now: datetime) -> tuple[datetime, datetime]:
    """From a little before it began until a little after it was seen mended, at most a day."""
    since = max(incident.began_at, incident.opened_at - LONGEST / 2) - AROUND
    ended = incident.verified_at or incident.closed_at
    return since, min(now, since + LONGEST, ended + AROUND if ended else now)


def window_of(incident: Incident, *, now: datetime, everything: bool = False) -> WindowView:
    """Will read it from the logs and from what upkeep measured; without `everything` only the loud lines."""
    since, until = span_of(incident, now=now)
    step = max(timedelta(seconds=1), (until - since) / BARS)
    found = WindowView(since, until, [Bar(since + n * step) for n in range(BARS)])
    for path in log_files():
        for said in lines_between(path, since, until):
            if said.get("event") == "request":
                _count(found.bars[min(BARS - 1, int((said["at"] - since) / step))], said)
            if everything or said.get("level") in LOUD:
                found.lines.append(_line(path.stem, said))
    found.matching = len(found.lines)
    found.lines = sorted(found.lines, key=lambda line: line.at)[-LINES:]
    found.courses = _courses(since, until)
    found.releases = releases_between(settings.ENVIRONMENT.data, since, until)
    return found


def _count(bar: Bar, said: dict[str, Any]) -> None:
    bar.answered += 1
    status = said.get("status")
    bar.failed += isinstance(status, int) and status >= 500


def _line(part: str, said: dict[str, Any]) -> Line:
    facts = " ".join(f"{name}={value}" for name, value in said.items() if name not in _NOT_SAID)
    last = str(said.get("exception", "")).strip().splitlines()[-1:]
    return Line(
        said["at"], part, str(said.get("level", "")), str(said.get("event", ""))[:200], " ".join([facts, *last])[:600]
    )


def _courses(since: datetime, until: datetime) -> list[Course]:
    rows = Evidence.objects.filter(at__gte=since - timedelta(days=2), at__lte=until, value__isnull=False)
    found: dict[str, Course] = {}
    inside: set[str] = set()
    for name, at, value, unit in rows.order_by("at", "id").values_list("procedure", "at", "value", "unit"):
        assert value is not None
        kept = found[name].values if at >= since and name in found else ()
        found[name] = Course(name, unit, (*kept, value))
        if at >= since:
            inside.add(name)
    return [found[name] for name in sorted(inside)]

"""Requests from a log: Nginx's (JSON or combined) or Midway's own lines. Read as a stream, in constant memory.

What a line means is said here; `access_scan` counts the same much faster where a log is large.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from midway.ops.access_files import BROKEN, log_files, opened

_COMBINED = re.compile(
    rb'(\S+) \S+ (\S+) \[([^\]]+)\] "(?:([A-Z]+) ([^" ]*)[^"]*|[^"]*)" (\d{3}) (\d+|-)(?: "([^"]*)" "([^"]*)")?'
)
# A part of a path that is a number, or a code: long and of one piece.
_PARTICULAR = re.compile(r"/(?:\d+|[A-Za-z0-9_-]{24,})(?=/|\Z)", re.ASCII)
# Where times are kept: each bucket is a tenth wider than the one before, from a tenth of a millisecond to two days.
BUCKETS = tuple(0.0001 * 1.1**n for n in range(222))
SCANNED = ("/wp-", "/.env", "/.git", "/phpmyadmin", "/xmlrpc.php", "/cgi-bin", "/vendor/phpunit", "/actuator")
STAFF = ("/office/", "/ops/")
SMALL_HOURS = (6, 9)
"""One to four at night on the American continent, in UTC."""
REFUSED = (401, 403, 404, 429)
LOGIN = "/login"
SHOWN = 10_000
"""So many visitors are kept by name; the others are counted together."""
MOST_VISITS = 300_000


@dataclass(frozen=True, slots=True)
class Request:
    """One line."""

    at: datetime
    visitor: str
    method: str
    path: str
    status: int
    seconds: float | None
    agent: str = ""
    user: str = ""


@dataclass
class Times:
    """How long requests took, kept in buckets: percentiles are right to a tenth."""

    count: int = 0
    buckets: "Counter[int]" = field(default_factory=Counter)

    def add(self, seconds: float) -> None:
        """Will count one."""
        self.count += 1
        self.buckets[min(bisect_left(BUCKETS, seconds), len(BUCKETS) - 1)] += 1

    def merge(self, other: "Times") -> None:
        """Will count those too."""
        self.count += other.count
        self.buckets.update(other.buckets)

    def percentile(self, share: float) -> float:
        """Seconds within which this share was answered."""
        wanted, seen = share * self.count, 0
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen >= wanted:
                return BUCKETS[bucket]
        return 0.0

    def slower_than(self, seconds: float) -> int:
        """How many took longer."""
        return sum(count for bucket, count in self.buckets.items() if BUCKETS[bucket] > seconds * 1.1)


@dataclass
class Survey:
    """What a span of a log holds: how it was answered, what was asked for, and who asked."""

    requests: int = 0
    unparsed: int = 0
    night: int = 0
    by_status: "Counter[int]" = field(default_factory=Counter)
    by_route: "Counter[str]" = field(default_factory=Counter)
    errors_by_route: "Counter[str]" = field(default_factory=Counter)
    times_by_route: dict[str, Times] = field(default_factory=dict)
    by_visitor: "Counter[str]" = field(default_factory=Counter)
    scans: "Counter[str]" = field(default_factory=Counter)
    office: "Counter[str]" = field(default_factory=Counter)
    """Office pages that were shown, by visitor."""
    refused: "Counter[str]" = field(default_factory=Counter)
    failed: "Counter[tuple[str, int]]" = field(default_factory=Counter)
    """Sign-ins that were refused, by visitor and hour since 1970."""
    visits: "Counter[int]" = field(default_factory=Counter)
    """Visitors by day since 1970, as analysers count them: who comes twice with one browser is one."""
    met: dict[int, int] = field(default_factory=dict, repr=False)

    def add(self, request: Request) -> None:
        """Will count one."""
        at, route = request.at.astimezone(UTC), route_of(request.path)
        self.requests += 1
        self.by_status[request.status] += 1
        self.by_route[route] += 1
        if request.status >= 500:
            self.errors_by_route[route] += 1
        if request.seconds is not None:
            self.times_by_route.setdefault(route, Times()).add(request.seconds)
        self.by_visitor[request.visitor] += 1
        day = int(at.timestamp() // 86400)
        self.meet(self.mark(request, day), day)
        self._signs(request, at)
        if self.requests % 100_000 == 0:
            self.forget_the_rarest()

    def mark(self, request: Request, day: int) -> int:
        """What a visit is known by."""
        return hash((request.visitor, request.agent, day))

    def meet(self, visit: int, day: int) -> None:
        """Will count a visit, once; when very many are known no more are."""
        if visit not in self.met and len(self.met) < MOST_VISITS:
            self.met[visit] = day
            self.visits[day] += 1

    def _signs(self, request: Request, at: datetime) -> None:
        if request.status >= 400 and LOGIN in request.path:
            self.failed[request.visitor, int(at.timestamp() // 3600)] += 1
        if request.path.startswith(SCANNED):
            self.scans[request.visitor] += 1
        if request.status in REFUSED:
            self.refused[request.visitor] += 1
        if request.status == 200 and request.path.startswith(STAFF):
            self.office[request.visitor] += 1
            self.night += SMALL_HOURS[0] <= at.hour < SMALL_HOURS[1]

    def merge(self, other: "Survey") -> None:
        """Will count all of another part of the log too."""
        self.requests += other.requests
        self.unparsed += other.unparsed
        self.night += other.night
        for name in _COUNTERS:
            getattr(self, name).update(getattr(other, name))
        for route, times in other.times_by_route.items():
            self.times_by_route.setdefault(route, Times()).merge(times)
        for visit, day in other.met.items():
            self.meet(visit, day)
        self.forget_the_rarest()

    def forget_the_rarest(self) -> None:
        """Will keep memory bounded: what was seen least often among very many is counted as others."""
        for name in _BOUNDED:
            counts = getattr(self, name)
            if len(counts) > 4 * SHOWN:
                kept = Counter(dict(counts.most_common(SHOWN)))
                others = counts.total() - kept.total()
                setattr(self, name, kept)
                if name in {"by_visitor", "by_route"}:
                    kept[OTHERS] += others
        if len(self.times_by_route) > len(self.by_route):
            for route in set(self.times_by_route) - set(self.by_route):
                self.times_by_route.setdefault(OTHERS, Times()).merge(self.times_by_route.pop(route))

    @property
    def all(self) -> Times:
        """The times of all routes together."""
        found = Times()
        for times in self.times_by_route.values():
            found.merge(times)
        return found

    @property
    def server_errors(self) -> int:
        """Requests that ended in 5xx."""
        return sum(count for status, count in self.by_status.items() if status >= 500)


OTHERS = "others"
_BOUNDED = ("by_route", "errors_by_route", "by_visitor", "scans", "office", "refused", "failed")
_COUNTERS = ("by_status", *_BOUNDED)


def route_of(path: str) -> str:
    """The path without numbers, codes and questions: few enough to count by."""
    plain = path.partition("?")[0]
    if plain.startswith("/static/"):
        return "/static/"
    return _PARTICULAR.sub("/…", plain)[:120]


def survey(path: Path, *, since: datetime, until: datetime) -> Survey:
    """Will count the requests of a span, line by line."""
    found = Survey()
    for request in requests(path, since=since):
        note(found, request, since=since, until=until)
    return found


def note(found: Survey, request: "Request | None", *, since: datetime, until: datetime) -> None:
    """Will count this request if it is of the span; a line that is none is unparsed."""
    if request is None:
        found.unparsed += 1
    elif since <= request.at <= until:
        found.add(request)


def requests(path: Path, *, since: datetime) -> Iterator[Request | None]:
    """Every request in the file and those rotated away since then, oldest first; nothing for a line that is none.

    Lines of Midway's own log that tell of something else are left out.
    """
    for one in log_files(path, since=since):
        with opened(one) as file, suppress(*BROKEN):
            for line in file:
                found = request_of(line)
                if found is not ANOTHER_LINE:
                    yield found


def request_of(line: bytes) -> "Request | None":
    """The request a line tells of; nothing when it cannot be read, `ANOTHER_LINE` when it is about something else."""
    if line[:1] == b"{":
        return _from_json(line)
    return _from_combined(line) if line.strip() else ANOTHER_LINE


ANOTHER_LINE: Any = object()


def _from_json(line: bytes) -> Request | None:
    try:
        said = orjson.loads(line)
        at = datetime.fromisoformat(said["at"])
        if "uri" in said:  # Nginx
            seconds: float | None = float(said["seconds"])
            return Request(
                at, said["visitor"], said["method"], said["uri"], int(said["status"]), seconds, said.get("agent", "")
            )
        if said.get("event") != "request":
            return ANOTHER_LINE  # type: ignore[no-any-return]
        path = f"/{said['route']}".replace("//", "/")
        return Request(
            at, "", said["method"], path, int(said["status"]), float(said["ms"]) / 1000, user=str(said.get("user", ""))
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError):
        return None


def _from_combined(line: bytes) -> Request | None:
    match = _COMBINED.match(line)
    if match is None:
        return None
    visitor, user, at, method, path, status, _, _, agent = match.groups()
    try:
        when = _moment(at.decode())
    except ValueError:
        return None
    return Request(
        when,
        visitor.decode(errors="replace"),
        (method or b"-").decode(),
        (path or b"").decode(errors="replace"),
        int(status),
        None,
        (agent or b"").decode(errors="replace"),
        "" if user == b"-" else user.decode(errors="replace"),
    )


@lru_cache(maxsize=1024)
def _moment(text: str) -> datetime:
    """A log has many lines of the same second."""
    return datetime.strptime(text, "%d/%b/%Y:%H:%M:%S %z").astimezone(UTC)

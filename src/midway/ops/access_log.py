"""Requests from a log: Nginx's (JSON or combined) or Midway's own lines. Read as a stream, in constant memory."""

import gzip
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

_COMBINED = re.compile(
    rb'(\S+) \S+ (\S+) \[([^\]]+)\] "(?:([A-Z]+) ([^" ]*)[^"]*|[^"]*)" (\d{3}) (\d+|-)(?: "([^"]*)" "([^"]*)")?'
)
_PARTICULAR = re.compile(r"/(?:[0-9a-f]{8}-[0-9a-f-]{27}|\d+|[A-Za-z0-9_-]{24,})(?=/|$)")
_HASHED = re.compile(r"^/static/.*")
# Where times are kept: each bucket is a tenth wider than the one before, from a tenth of a millisecond on.
_GROWTH = 1.1
_SMALLEST = 0.0001


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
        import math

        self.count += 1
        self.buckets[max(0, math.ceil(math.log(max(seconds, _SMALLEST) / _SMALLEST, _GROWTH)))] += 1

    def percentile(self, share: float) -> float:
        """Seconds within which this share was answered."""
        wanted, seen = share * self.count, 0
        for bucket in sorted(self.buckets):
            seen += self.buckets[bucket]
            if seen >= wanted:
                return float(_SMALLEST * _GROWTH**bucket)
        return 0.0

    def slower_than(self, seconds: float) -> int:
        """How many took longer."""
        return sum(count for bucket, count in self.buckets.items() if _SMALLEST * _GROWTH**bucket > seconds * _GROWTH)


@dataclass
class Traffic:
    """What a span of a log holds."""

    requests: int = 0
    unparsed: int = 0
    by_status: "Counter[int]" = field(default_factory=Counter)
    by_route: dict[str, Times] = field(default_factory=dict)
    errors_by_route: "Counter[str]" = field(default_factory=Counter)
    all: Times = field(default_factory=Times)

    def add(self, request: Request) -> None:
        """Will count one."""
        self.requests += 1
        self.by_status[request.status] += 1
        route = route_of(request.path)
        if request.status >= 500:
            self.errors_by_route[route] += 1
        if request.seconds is not None:
            if route not in self.by_route and len(self.by_route) >= 500:
                route = "others"
            self.by_route.setdefault(route, Times()).add(request.seconds)
            self.all.add(request.seconds)

    @property
    def server_errors(self) -> int:
        """Requests that ended in 5xx."""
        return sum(count for status, count in self.by_status.items() if status >= 500)


def route_of(path: str) -> str:
    """The path without numbers, codes and questions: few enough to count by."""
    plain = path.partition("?")[0]
    if plain.startswith("/static/"):
        return "/static/"
    return _PARTICULAR.sub("/…", plain)[:120]


def traffic(path: Path, *, since: datetime, until: datetime) -> Traffic:
    """Will count the requests of a span."""
    found = Traffic()
    for request in requests(path):
        if request is None:
            found.unparsed += 1
        elif since <= request.at <= until:
            found.add(request)
    return found


def requests(path: Path) -> Iterator[Request | None]:
    """Every request in the file and the one rotated away before it, oldest first; nothing for a line that is none.

    Lines of Midway's own log that tell of something else are left out.
    """
    for one in _files(path):
        with one.open("rb") as plain, gzip.open(plain, "rb") if one.suffix == ".gz" else plain as file:
            for line in file:
                if line[:1] == b"{":
                    found = _from_json(line)
                    if found is not _ANOTHER_LINE:
                        yield found
                elif line.strip():
                    yield _from_combined(line)


def _files(path: Path) -> list[Path]:
    before = path.with_name(f"{path.name}.1")
    return [one for one in (before, path) if one.exists()]


_ANOTHER_LINE: Any = object()


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
            return _ANOTHER_LINE  # type: ignore[no-any-return]
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
        when = datetime.strptime(at.decode(), "%d/%b/%Y:%H:%M:%S %z").astimezone(UTC)
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

"""A server that speaks OSRM's table service: minutes on real roads between many points."""

import json
import math
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import urlencode

from midway.core.routing.travel import Point

AT_ONCE = 50
"""Points on either side of one question: servers refuse more than a hundred in all unless told otherwise."""
TIMEOUT_SECONDS = 5.0
LARGEST_ANSWER = 4_000_000


class RouterAway(Exception):
    """The router did not answer, or gave no table."""


class Router(Protocol):
    """Minutes on the road from each source to each target; infinite where there is no way."""

    def table(self, sources: Sequence[Point], targets: Sequence[Point]) -> list[list[float]]: ...


class Osrm:
    """`GET /table/v1/driving/lon,lat;…`, cut into blocks of fifty by fifty points."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self.url, self.timeout = url.rstrip("/"), timeout

    def table(self, sources: Sequence[Point], targets: Sequence[Point]) -> list[list[float]]:
        """Will ask block by block. Raises `RouterAway` when any of them is not answered."""
        rows: list[list[float]] = []
        for a in range(0, len(sources), AT_ONCE):
            block: list[list[float]] = [[] for _ in sources[a : a + AT_ONCE]]
            for b in range(0, len(targets), AT_ONCE):
                found = self._ask(sources[a : a + AT_ONCE], targets[b : b + AT_ONCE])
                for row, more in zip(block, found, strict=True):
                    row.extend(more)
            rows += block
        return rows

    def _ask(self, sources: Sequence[Point], targets: Sequence[Point]) -> list[list[float]]:
        points = ";".join(f"{p.longitude:.6f},{p.latitude:.6f}" for p in (*sources, *targets))
        query = {
            "sources": ";".join(str(n) for n in range(len(sources))),
            "destinations": ";".join(str(n) for n in range(len(sources), len(sources) + len(targets))),
            "annotations": "duration",
        }
        # safe: the separators stay as they are in OSRM's own examples
        address = f"{self.url}/table/v1/driving/{points}?{urlencode(query, safe=';')}"
        answer = self._get(address)
        if not isinstance(answer, dict) or answer.get("code") != "Ok":
            raise RouterAway(f"the router answered {answer.get('code') if isinstance(answer, dict) else 'nonsense'!r}")
        return minutes_of(answer.get("durations"), len(sources), len(targets))

    def _get(self, address: str) -> object:
        try:
            with urllib.request.urlopen(address, timeout=self.timeout) as answer:  # noqa: S310 - http(s) only: checked
                found: object = json.loads(answer.read(LARGEST_ANSWER + 1))
                return found
        except (OSError, ValueError, urllib.error.URLError) as problem:
            raise RouterAway(f"the router did not answer ({type(problem).__name__})") from problem


def minutes_of(durations: object, height: int, width: int) -> list[list[float]]:
    """Seconds, or null where there is no way, as minutes."""
    if not isinstance(durations, list) or len(durations) != height:
        raise RouterAway("the router's table has another size than asked for")
    table = []
    for row in durations:
        if not isinstance(row, list) or len(row) != width:
            raise RouterAway("the router's table has another size than asked for")
        if not all(cell is None or isinstance(cell, int | float) for cell in row):
            raise RouterAway("the router's table has other things than seconds in it")
        table.append([math.inf if cell is None else cell / 60 for cell in row])
    return table


class RoadsInMemory:
    """The twin for tests: so many minutes for each degree of latitude and longitude, and a switch to be away."""

    def __init__(self, minutes_a_degree: float = 60.0) -> None:
        self.minutes_a_degree, self.is_away, self.ways = minutes_a_degree, False, list[int]()

    @property
    def asked(self) -> int:
        """How often."""
        return len(self.ways)

    def table(self, sources: Sequence[Point], targets: Sequence[Point]) -> list[list[float]]:
        """Will count degrees north and east, and for how many ways it was asked each time."""
        if self.is_away:
            raise RouterAway("the router did not answer (switched off)")
        self.ways.append(len(sources) * len(targets))
        return [
            [self.minutes_a_degree * (abs(a.latitude - b.latitude) + abs(a.longitude - b.longitude)) for b in targets]
            for a in sources
        ]

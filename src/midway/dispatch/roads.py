"""Minutes on real roads, kept: a row for each place in the cache, and the router asked only for what is not there.

Redis may lose the rows; then they are asked for again. Where the router does not answer, the straight line stands in,
and the plan says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache

from midway.core.routing.travel import Point
from midway.dispatch.gateways.osrm import Osrm, Router
from midway.dispatch.gateways.valhalla import Valhalla
from midway.runtime.built_roads import RoadsFolder, RoadsUnreadable

KEEP_SECONDS = 30 * 24 * 3600
Row = dict[str, float]


@dataclass(frozen=True)
class Roads:
    """Where minutes on roads come from, as a plan names it. Rows of one key are never taken for another's."""

    key: str
    words: str
    router: Router


def roads_in_force() -> Roads | None:
    """The server that was set; else the roads built from a map here; nothing where there is neither."""
    if settings.ROUTER_URL:
        host = urlsplit(settings.ROUTER_URL).hostname or "the router"
        return Roads(_short(settings.ROUTER_URL), f"roads of {host}", Osrm(settings.ROUTER_URL))
    folder = RoadsFolder.of(settings.ROADS_DATA)
    try:
        built = folder.built()
    except RoadsUnreadable:
        return Roads("unreadable", "built roads", Valhalla(folder))  # which will say what is wrong
    return Roads(_short(f"built {built.key}"), built.words, Valhalla(folder)) if built else None


def road_minutes(points: Sequence[Point], roads: Roads) -> list[list[float]]:
    """Minutes from each point to each, from the cache where they are known. Raises `RouterAway`."""
    asked = _Asked(points, [_name(point) for point in points], roads)
    asked.rows.update(_known(asked.names, roads.key))
    everywhere = range(len(points))
    # A new home is asked for once there and once back; only what is still unknown then costs a whole row.
    new = [n for n in asked.lacking(everywhere) if not any(o in asked.rows[asked.names[n]] for o in asked.names)]
    asked.fill(new, everywhere)
    asked.fill(asked.lacking(new), new)
    asked.fill(asked.lacking(everywhere), everywhere)
    return [[asked.rows[a][b] for b in asked.names] for a in asked.names]


@dataclass
class _Asked:
    """The places of one question, and what is known between them so far."""

    points: Sequence[Point]
    names: Sequence[str]
    roads: Roads
    rows: dict[str, Row] = field(default_factory=dict)

    def lacking(self, targets: Iterable[int]) -> list[int]:
        """From where a way to any of these is unknown."""
        wanted = {self.names[n] for n in targets}
        return [n for n, name in enumerate(self.names) if not wanted <= self.rows[name].keys()]

    def fill(self, sources: Sequence[int], targets: Sequence[int]) -> None:
        """Will ask the router for these ways, and keep them."""
        if not sources or not targets:
            return
        found = self.roads.router.table([self.points[n] for n in sources], [self.points[n] for n in targets])
        for n, minutes in zip(sources, found, strict=True):
            self.rows[self.names[n]].update(zip((self.names[o] for o in targets), minutes, strict=True))
        kept = {_key(self.roads.key, self.names[n]): self.rows[self.names[n]] for n in sources}
        cache.set_many(kept, KEEP_SECONDS)


def minutes_known(a: Point, b: Point, rows: dict[str, Row], key: str) -> float | None:
    """What the cache knows of one drive, asking nobody; `rows` is filled with what was looked up."""
    name = _name(a)
    if name not in rows:
        rows.update(_known([name], key))
    return rows[name].get(_name(b))


def _known(names: Sequence[str], key: str) -> dict[str, Row]:
    kept: Mapping[str, Row] = cache.get_many([_key(key, name) for name in names])
    return {name: dict(kept.get(_key(key, name), {})) for name in names}


def _name(point: Point) -> str:
    """To a metre or so: the same home is the same place."""
    return f"{point.latitude:.5f},{point.longitude:.5f}"


def _key(roads: str, name: str) -> str:
    return f"roads:{roads}:{name}"


def _short(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]

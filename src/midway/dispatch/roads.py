"""Minutes on real roads, kept: a row for each place in the cache, and the router asked only for what is not there.

Redis may lose the rows; then they are asked for again. Where the router does not answer, the straight line stands in,
and the plan says so.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256

from django.conf import settings
from django.core.cache import cache

from midway.core.routing.travel import Point
from midway.dispatch.gateways.osrm import Osrm, Router

KEEP_SECONDS = 30 * 24 * 3600
Row = dict[str, float]


def router() -> Router | None:
    """The router of this installation; nothing where none is set."""
    return Osrm(settings.ROUTER_URL) if settings.ROUTER_URL else None


def road_minutes(points: Sequence[Point], roads: Router) -> list[list[float]]:
    """Minutes from each point to each, from the cache where they are known. Raises `RouterAway`."""
    names = [_name(point) for point in points]
    rows = _known(names)
    lacking = [n for n, name in enumerate(names) if any(other not in rows[name] for other in names)]
    if lacking:
        found = roads.table([points[n] for n in lacking], points)
        for n, minutes in zip(lacking, found, strict=True):
            rows[names[n]].update(zip(names, minutes, strict=True))
        cache.set_many({_key(names[n]): rows[names[n]] for n in lacking}, KEEP_SECONDS)
    return [[rows[a][b] for b in names] for a in names]


def minutes_known(a: Point, b: Point, rows: dict[str, Row]) -> float | None:
    """What the cache knows of one drive, asking nobody; `rows` is filled with what was looked up."""
    name = _name(a)
    if name not in rows:
        rows.update(_known([name]))
    return rows[name].get(_name(b))


def _known(names: Sequence[str]) -> dict[str, Row]:
    kept: Mapping[str, Row] = cache.get_many([_key(name) for name in names])
    return {name: dict(kept.get(_key(name), {})) for name in names}


def _name(point: Point) -> str:
    """To a metre or so: the same home is the same place."""
    return f"{point.latitude:.5f},{point.longitude:.5f}"


def _key(name: str) -> str:
    server = sha256(settings.ROUTER_URL.encode()).hexdigest()[:12]
    return f"roads:{server}:{name}"

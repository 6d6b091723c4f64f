"""A survey of a log as JSON, from the process that read it to the one that asked."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

import orjson

from midway.ops.access_log import SHOWN, Survey, Times


def as_json(found: Survey) -> bytes:
    """A survey without those seen least."""
    return orjson.dumps(
        {
            "totals": [found.requests, found.unparsed, found.night],
            "by_status": list(found.by_status.items()),
            "routes": [
                [route, count, found.errors_by_route[route], _buckets(found.times_by_route.get(route))]
                for route, count in found.by_route.most_common(SHOWN)
            ],
            "by_visitor": found.by_visitor.most_common(SHOWN),
            "scans": found.scans.most_common(SHOWN),
            "office": found.office.most_common(SHOWN),
            "refused": found.refused.most_common(SHOWN),
            "failed": [[*who, count] for who, count in found.failed.most_common(SHOWN)],
            "visits": list(found.visits.items()),
        }
    )


def from_json(text: bytes) -> Survey:
    """What `as_json` told."""
    said = orjson.loads(text)
    found = Survey(*said["totals"])
    found.by_status.update(dict(said["by_status"]))
    for route, count, errors, buckets in said["routes"]:
        found.by_route[route] = count
        if errors:
            found.errors_by_route[route] = errors
        if buckets:
            found.times_by_route[route] = Times(sum(n for _, n in buckets), _counter(buckets))
    for name in ("by_visitor", "scans", "office", "refused"):
        setattr(found, name, _counter(said[name]))
    found.failed.update({(visitor, hour): count for visitor, hour, count in said["failed"]})
    found.visits = _counter(said["visits"])
    return found


def _buckets(times: Times | None) -> list[tuple[int, int]]:
    return list(times.buckets.items()) if times else []


def _counter(pairs: Iterable[Any]) -> "Counter[Any]":
    return Counter(dict(pairs))

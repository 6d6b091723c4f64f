"""The process that reads built roads: `python -m midway.dispatch.gateways.valhalla_child`, a question on stdin.

The question is `{"tiles", "scratch", "seconds", "sources": [[lat, lon], …], "targets"}`, the answer `{"durations"}` in
seconds, null where there is no way, or `{"problem"}` in words. Nothing else of Midway is loaded here, and no Django.
"""

import json
import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FAR_METRES = 1000
"""A home farther than this from every road that leads somewhere is not on this map."""
EVERYTHING = 10_000_000
Place = tuple[float, float]


def main() -> None:
    """Will answer one question."""
    asked = json.load(sys.stdin)
    signal.alarm(int(asked["seconds"]) + 5)  # ends us within compiled code too, should nobody be left to do it
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    words = os.dup(1)
    os.dup2(2, 1)  # what the library prints is no answer
    try:
        answer: dict[str, Any] = {"durations": _table(asked)}
    except (RuntimeError, LookupError) as problem:
        answer = {"problem": str(problem)}
    with os.fdopen(words, "w") as out:
        json.dump(answer, out)


def _table(asked: dict[str, Any]) -> list[list[float | None]]:
    sources, targets = ([(lat, lon) for lat, lon in asked[side]] for side in ("sources", "targets"))
    actor = _actor(asked["tiles"], Path(asked["scratch"]))
    if not sources:
        return []  # it was only to be seen that it can be read
    on_road = _on_road(actor, dict.fromkeys([*sources, *targets]))
    if not on_road:
        raise LookupError("none of the places is near a road of the map")
    from_there, to_there = ([place for place in dict.fromkeys(side) if place in on_road] for side in (sources, targets))
    found: dict[tuple[Place, Place], float | None] = {}
    for a, row in zip(from_there, _durations(actor, from_there, to_there), strict=False):
        found.update({(a, b): seconds for b, seconds in zip(to_there, row, strict=True)})
    return [[found.get((a, b)) for b in targets] for a in sources]


def _actor(tiles: str, scratch: Path) -> Any:
    from valhalla import Actor, get_config

    config = get_config(tile_extract=tiles, tile_dir="")
    # A search from each source over all roads: exact, and within a town much faster than one for each pair.
    config["thor"]["source_to_target_algorithm"] = "timedistancematrix"
    config["mjolnir"]["traffic_extract"] = ""
    limits = config["service_limits"]["auto"]
    limits["max_matrix_location_pairs"] = limits["max_locations"] = limits["max_matrix_distance"] = EVERYTHING
    file = scratch / "config.json"
    file.write_text(json.dumps(config))
    actor = Actor(str(file))
    if not json.loads(actor.status()).get("tileset_last_modified"):
        raise LookupError("the file of roads cannot be read")  # else the library would know no way anywhere
    return actor


def _on_road(actor: Any, places: Iterable[Place]) -> set[Place]:
    """Those near a road: one that is not would have the whole table refused."""
    asked = list(places)
    told = actor.locate({"locations": [_location(place) for place in asked], "costing": "auto"})
    return {place for place, one in zip(asked, told, strict=True) if one["edges"]}


def _durations(actor: Any, sources: list[Place], targets: list[Place]) -> list[list[float | None]]:
    if not sources or not targets:
        return []
    sides = {"sources": [_location(one) for one in sources], "targets": [_location(one) for one in targets]}
    try:
        told = actor.matrix({**sides, "costing": "auto", "verbose": False})
    except RuntimeError as problem:
        if "No path could be found" in str(problem):
            return []
        raise
    durations: list[list[float | None]] = told["sources_to_targets"]["durations"]
    return durations


def _location(place: Place) -> dict[str, float]:
    return {"lat": place[0], "lon": place[1], "search_cutoff": FAR_METRES}


if __name__ == "__main__":
    main()

"""`midway roads`: the drives of plans on roads built from a map, here and without a server."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from midway.dispatch.trying_roads import Trial
    from midway.runtime.built_roads import RoadsFolder

STRAIGHT = "the straight line by each branch's own figures"


@click.command()
@click.argument("extract", metavar="[FILE.osm.pbf]", required=False, type=click.Path(path_type=Path))
@click.option("--off", is_flag=True, help="Take the built roads away; plans drive the straight line again.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def roads(*, extract: Path | None, off: bool, as_json: bool) -> None:
    """Build roads from an OpenStreetMap extract, for plans to drive on; without a file, say what they drive on now.

    Needs the extra `roads`. Exits 0 fine, 1 refused or no home of the company lies on these roads, 2 failed.
    """
    from midway.config.environment import SettingError, read_environment
    from midway.runtime.built_roads import RoadsFolder, RoadsUnreadable
    from midway.runtime.problem import CannotRun

    if extract and off:
        _end(1, "Give a file to build from, or --off: not both")
    try:
        environment = read_environment()
        folder = RoadsFolder.of(environment.data)
        if off:
            _say(as_json, {"removed": folder.remove()}, f"Built roads are off. Plans drive {STRAIGHT} from now on.")
        elif extract is None:
            _tell_in_force(folder, environment.router_url, as_json=as_json)
        else:
            _build(extract, folder, environment.router_url, as_json=as_json)
    except (CannotRun, SettingError, RoadsUnreadable) as problem:
        _end(1, str(problem))


def _build(extract: Path, folder: "RoadsFolder", router_url: str, *, as_json: bool) -> None:
    from midway.dispatch.building_roads import BuildFailed, build_roads
    from midway.runtime.clock import now, stopwatch

    taken = stopwatch()
    try:
        build = build_roads(extract, folder, now=now(), tell=_tell)
    except BuildFailed as problem:
        _end(2, f"The roads were not built: {problem}. {_still(folder)}")
    except KeyboardInterrupt:
        _end(2, f"Interrupted. {_still(folder)}")
    built = build.roads
    size = f"{built.size / 1e6:,.1f} MB"
    _tell(f"Built in {taken():.1f} s, {size}" if build.is_new else f"These roads are in force already, {size}")
    trials = _trials(folder)  # also of those that stood: the homes may be others
    facts = {
        "source": _source(folder, router_url), "map": built.map_name, "key": built.key, "bytes": built.size,
        "built_at": built.built_at.isoformat(), "is_new": build.is_new,
        "trials": [{"branch": one.branch, "homes": one.homes, "reached": one.reached, "seconds": round(one.seconds, 2),
                    "problem": one.problem} for one in trials],
    }  # fmt: skip
    lines = [f"Test drive. {one.words}" for one in trials]
    if router_url:
        lines.append(
            f"MIDWAY_ROUTER_URL is set and wins: plans drive on the {_source(folder, router_url)} until it is not"
        )
    else:
        lines.append(f"Plans made on this machine drive on these from now on, and say so: {built.words}")
    lines.append("To turn it off again: midway roads --off")
    _say(as_json, facts, "\n".join(lines))
    sys.exit(0 if all(one.is_fine for one in trials) else 1)


def _tell_in_force(folder: "RoadsFolder", router_url: str, *, as_json: bool) -> None:
    source = _source(folder, router_url)
    more = "Build roads with midway roads FILE.osm.pbf, or set MIDWAY_ROUTER_URL." if source == STRAIGHT else ""
    _say(as_json, {"source": source}, f"Plans drive on: {source}. {more}".strip())


def _source(folder: "RoadsFolder", router_url: str) -> str:
    """What plans drive on, in words."""
    from urllib.parse import urlsplit

    if router_url:
        return f"roads of {urlsplit(router_url).hostname}"
    built = folder.built()
    return built.words if built else STRAIGHT


def _still(folder: "RoadsFolder") -> str:
    from midway.runtime.built_roads import RoadsUnreadable

    try:
        built = folder.built()
    except RoadsUnreadable:
        built = None
    return f"The {built.words} stay in force." if built else "Nothing changed."


def _trials(folder: "RoadsFolder") -> list["Trial"]:
    """On the company's own homes, where the product runs on this data folder."""
    import django

    from midway.runtime.attach import attach_to_product
    from midway.runtime.problem import CannotRun

    try:
        attach_to_product(os.environ)
    except CannotRun:
        _tell(f"Nothing runs on {folder.path.parent}, so no test drive: run this again when Midway is up")
        return []
    django.setup()
    from midway.dispatch.gateways.valhalla import Valhalla
    from midway.dispatch.trying_roads import try_roads
    from midway.runtime.clock import now

    _tell("Driving to the homes of the next two weeks …")
    return list(try_roads(Valhalla(folder), now=now()))


def _say(as_json: bool, facts: dict[str, Any], words: str) -> None:
    print(json.dumps(facts) if as_json else words)


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _end(code: int, words: str) -> NoReturn:
    click.echo(f"midway: {words}", err=True)
    sys.exit(code)

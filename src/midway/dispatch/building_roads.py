"""Roads built from an OpenStreetMap extract, beside those in force, which a build that fails leaves alone."""

import contextlib
import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from midway.dispatch.gateways.osrm import RouterAway
from midway.dispatch.gateways.valhalla import Valhalla, ending
from midway.runtime.built_roads import (
    PACKAGE,
    BuiltRoads,
    RoadsFolder,
    RoadsUnreadable,
    checksum,
    how_to_install,
    is_installed,
    program_version,
)
from midway.runtime.problem import CannotRun

Tell = Callable[[str], None]
NEEDED_TIMES = 4
"""The finished roads, what is worked with and a copy of the roads at the end, each about as large as the extract."""
LEAST_FREE_BYTES = 100 * 1024**2
LONGEST_NAME = 60
"""Of a map, as plans name it: what a plan drove on has 200 characters."""
# What the builder says at each step, and what that is.
STEPS = {
    "Parsing ways": "Reading streets …",
    "Parsing nodes": "Reading where they lie …",
    "Creating graph edges": "Joining them …",
    "Enhancing local graph": "Working out speeds and turns …",
    "HierarchyBuilder": "Sorting highways from side streets …",
    "Validating": "Checking all of it …",
}


class BuildFailed(Exception):
    """The roads could not be built. What was in force is."""


@dataclass(frozen=True)
class Build:
    """What came of it. `is_new` is false where these roads were in force already."""

    roads: BuiltRoads
    is_new: bool


def build_roads(extract: Path, folder: RoadsFolder, *, now: datetime, tell: Tell) -> Build:
    """Will build the roads of this extract and put them in force.

    Raises `CannotRun` for what must be mended before, with its mend, and `BuildFailed` for what went wrong then.
    """
    if not is_installed():
        raise CannotRun(f"What builds and reads roads is not installed. Do this, then run it again: {how_to_install()}")
    size = _make_sure_it_is_an_extract(extract)
    with folder.held():
        _sweep(folder)
        tell(f"Reading {extract.name}, {size / 1e6:,.1f} MB …")
        key = _key(extract)
        standing = _sound(folder, key)
        if standing:
            return Build(standing, is_new=False)
        free = shutil.disk_usage(folder.path).free
        if free < NEEDED_TIMES * size + LEAST_FREE_BYTES:
            raise CannotRun(
                f"{free / 1e9:.1f} GB are free in {folder.path}, and about "
                f"{(NEEDED_TIMES * size + LEAST_FREE_BYTES) / 1e9:.1f} GB are needed: free some space"
            )
        work = folder.path / "building"
        try:
            tiles = _built_tiles(extract, work, tell)
            Valhalla(folder).make_sure_it_reads(tiles)
            return Build(folder.put_in_force(tiles, key=key, map_name=extract.name[:LONGEST_NAME], at=now), is_new=True)
        except RouterAway as problem:
            raise BuildFailed(str(problem)) from problem
        except OSError as problem:
            raise BuildFailed(f"{problem.strerror or problem} ({folder.path})") from problem
        finally:
            _sweep(folder)


def _make_sure_it_is_an_extract(extract: Path) -> int:
    """Its size. The format begins with the length of a header that names itself."""
    example = "take one that ends in .osm.pbf, as those of regions are offered for download"
    try:
        with extract.open("rb") as file:
            begin = file.read(64)
        if b"OSMHeader" not in begin:
            raise CannotRun(f"{extract} is no OpenStreetMap extract in the PBF format: {example}")
        return extract.stat().st_size
    except FileNotFoundError as problem:
        raise CannotRun(f"There is no file {extract}: {example}") from problem
    except OSError as problem:
        raise CannotRun(f"{extract} cannot be read ({problem.strerror}): {example}") from problem


def _key(extract: Path) -> str:
    """The same map read by the same program are the same roads."""
    return hashlib.sha256(f"{checksum(extract)} {program_version()}".encode()).hexdigest()[:16]


def _sound(folder: RoadsFolder, key: str) -> BuiltRoads | None:
    """The roads in force, where they are these and every byte is as it was built."""
    try:
        built = folder.built()
        if built is None or built.key != key:
            return None
        built.make_sure_it_is_sound()
    except RoadsUnreadable:
        return None
    return built


def _sweep(folder: RoadsFolder) -> None:
    """Will take away what a build worked with, this one or one that was killed."""
    shutil.rmtree(folder.path / "building", ignore_errors=True)


def _built_tiles(extract: Path, work: Path, tell: Tell) -> Path:
    tiles = work / "tiles"
    tiles.mkdir(parents=True)
    config = work / "config.json"
    config.write_text(json.dumps(_config(tiles)))
    last, steps = "", dict(STEPS)
    with _builder(config, extract) as running:
        assert running.stdout is not None
        for line in running.stdout:
            words = next((words for words in steps if words in line), None)
            if words:
                tell(steps.pop(words))
            last = line.strip() or last
    if running.returncode:
        free = shutil.disk_usage(work).free
        if free < LEAST_FREE_BYTES:
            raise BuildFailed(
                f"no space is left: {free / 1e6:.0f} MB free in {work.parent}; free some and run it again"
            )
        raise BuildFailed(
            f"the map is damaged, or holds no street to drive on; the builder ended with {ending(running.returncode)}"
            f" ({last[:120]})"
        )
    found = sorted(tiles.rglob("*.gph"))
    if not found:
        raise BuildFailed("the map holds no street to drive on")
    tell("Packing them …")
    packed = work / "roads.tar"
    with tarfile.open(packed, "w", format=tarfile.USTAR_FORMAT) as tar:
        for tile in found:
            tar.add(tile, arcname=str(tile.relative_to(tiles)))
    return packed


def _config(tiles: Path) -> dict[str, Any]:
    """The package's own, asked of it in a process of its own: nothing of it is loaded here."""
    ask = "import json, sys, valhalla; print(json.dumps(valhalla.get_config(tile_extract='', tile_dir=sys.argv[1])))"
    try:
        told = subprocess.run(  # noqa: S603 - ourselves
            [sys.executable, "-c", ask, str(tiles)], capture_output=True, text=True, check=True, timeout=60
        ).stdout
        config: dict[str, Any] = json.loads(told)
    except (subprocess.SubprocessError, ValueError) as problem:
        raise BuildFailed(f"the package that builds roads cannot be loaded; {how_to_install()}") from problem
    mjolnir = config["mjolnir"]
    mjolnir["logging"] = config["logging"] = {"type": "std_out", "color": False}  # where 3.5 and 3.9 look for it
    for name in ("admin", "timezone", "landmarks", "transit_dir", "transit_feeds_dir", "traffic_extract"):
        mjolnir[name] = ""
    config["additional_data"] = {"elevation": ""}
    return config


@contextlib.contextmanager
def _builder(config: Path, extract: Path) -> Iterator["subprocess.Popen[str]"]:
    """The package's program at work; where we are stopped, so is it."""
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None
    assert spec.origin is not None
    program = Path(spec.origin).parent / "bin" / "valhalla_build_tiles"
    if not program.is_file():
        raise BuildFailed(f"the package has no {program.name}; {how_to_install()}")
    running = subprocess.Popen(  # noqa: S603 - the package's own
        [program, "-c", config, extract.absolute()], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", cwd=config.parent,  # it leaves notes where it stands
    )  # fmt: skip
    try:
        with running:
            yield running
    except BaseException:
        running.kill()
        raise

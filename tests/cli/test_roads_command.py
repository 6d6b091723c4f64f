"""`midway roads`: built from an extract, tried on the company's homes, refused with the mend, interrupted, off."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner, Result
from tests.cast import NOW, Cast, make_cast
from tests.dispatch import town
from tests.dispatch.days import crossed_day

from midway.cli import main
from midway.customers.models import Property
from midway.dispatch.building_roads import STEPS
from midway.runtime.built_roads import RoadsFolder, is_installed

needs_the_extra = pytest.mark.skipif(
    not is_installed(), reason="no roads without the extra: pip install 'midway[roads]'"
)
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("built roads")]


def midway_roads(data: Path, *words: str | Path, router: str = "") -> Result:
    with time_machine.travel(NOW, tick=True):
        return CliRunner().invoke(
            main, ["roads", *map(str, words)], env={"MIDWAY_DATA": str(data), "MIDWAY_ROUTER_URL": router}
        )


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    return town.write_town(tmp_path / "town.osm.pbf")


@needs_the_extra
def test_it_builds_tries_and_says_how_to_turn_it_off(
    tmp_path: Path, extract: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    crossed_day(make_cast())
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert midway_roads(tmp_path).stdout.startswith("Plans drive on: the straight line by each branch's own figures.")

    done = midway_roads(tmp_path, extract)

    assert done.exit_code == 0, done.output
    told = done.stderr.splitlines()
    assert [told.count(step) for step in STEPS.values()] == [1] * len(STEPS)
    assert "homes reached, all drives between them in" in done.stdout
    assert "Plans made on this machine drive on these from now on" in done.stdout
    assert done.stdout.endswith("To turn it off again: midway roads --off\n")
    assert "roads of town.osm.pbf, built 2026-03-02" in midway_roads(tmp_path).stdout

    again = midway_roads(tmp_path, extract, "--json")
    facts = json.loads(again.stdout)
    assert (facts["is_new"], facts["trials"][0]["problem"]) == (False, "")
    assert facts["trials"][0]["reached"] == facts["trials"][0]["homes"] > 0

    server = midway_roads(tmp_path, extract, router="http://roads.example.com")
    assert "MIDWAY_ROUTER_URL is set and wins: plans drive on the roads of roads.example.com" in server.stdout

    assert "straight line" in midway_roads(tmp_path, "--off").stdout
    assert RoadsFolder.of(tmp_path).built() is None
    assert list((tmp_path / "roads").glob("*.tar")) == list(Path.cwd().iterdir()) == []


@needs_the_extra
@pytest.mark.slow
def test_damaged_roads_are_built_anew(tmp_path: Path, extract: Path) -> None:
    midway_roads(tmp_path, extract)
    tiles = next((tmp_path / "roads").glob("*.tar"))
    sound = tiles.read_bytes()
    tiles.write_bytes(sound[:-600] + b"\x5a" * 600)

    done = midway_roads(tmp_path, extract)

    assert "Built in" in done.stderr
    built = RoadsFolder.of(tmp_path).built()
    assert built is not None
    built.make_sure_it_is_sound()


@needs_the_extra
@pytest.mark.slow
def test_a_map_of_another_region_is_warned_of(tmp_path: Path, extract: Path) -> None:
    cast: Cast = make_cast()
    crossed_day(cast)
    cast.branch.latitude = cast.branch.longitude = 1.0
    cast.branch.save()
    Property.objects.update(latitude=1.01, longitude=1.01)

    done = midway_roads(tmp_path, extract)

    assert done.exit_code == 1
    assert "Is it the map of another region?" in done.stdout


@needs_the_extra
@pytest.mark.parametrize(
    ("bytes_", "says"),
    [
        (None, "There is no file"),
        (b"<osm></osm>", "is no OpenStreetMap extract in the PBF format"),
    ],
)
def test_what_is_no_extract_is_refused_with_the_mend(tmp_path: Path, bytes_: bytes | None, says: str) -> None:
    file = tmp_path / "town.osm.pbf"
    if bytes_ is not None:
        file.write_bytes(bytes_)

    done = midway_roads(tmp_path, file)

    assert done.exit_code == 1
    assert says in done.stderr
    assert "take one that ends in .osm.pbf" in done.stderr


def test_without_the_extra_it_says_the_exact_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "valhalla", None)

    done = midway_roads(tmp_path, tmp_path / "town.osm.pbf")

    assert done.exit_code == 1
    assert f"{sys.executable} -m pip install 'pyvalhalla" in done.stderr


@needs_the_extra
@pytest.mark.slow
@pytest.mark.parametrize("harm", ["cut short", "no streets"])
def test_a_map_that_cannot_be_built_leaves_the_old_roads(tmp_path: Path, extract: Path, harm: str) -> None:
    midway_roads(tmp_path, extract)
    before = RoadsFolder.of(tmp_path).built()
    bad = tmp_path / "bad.osm.pbf"
    if harm == "cut short":
        bad.write_bytes(extract.read_bytes()[:-300])
    else:
        town.write_nothing(bad)

    done = midway_roads(tmp_path, bad)

    assert done.exit_code == 2
    assert "The roads of town.osm.pbf, built 2026-03-02 stay in force." in done.stderr
    assert RoadsFolder.of(tmp_path).built() == before
    assert not (tmp_path / "roads" / "building").exists()


@contextmanager
def building(data: Path, extract: Path) -> "Iterator[subprocess.Popen[str]]":
    """The command at work in processes of its own: begun to read streets, and standing still until told to go on."""
    environ = {**os.environ, "MIDWAY_DATA": str(data), "MIDWAY_ROUTER_URL": ""}
    with subprocess.Popen(
        [sys.executable, "-m", "midway", "roads", str(extract)], env=environ, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    ) as running:  # fmt: skip
        assert running.stderr is not None
        assert any(line.startswith("Reading streets") for line in running.stderr)
        os.killpg(running.pid, signal.SIGSTOP)
        yield running


@needs_the_extra
@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_build_leaves_the_old_roads(tmp_path: Path, extract: Path, how: signal.Signals) -> None:
    midway_roads(tmp_path, extract)
    folder = RoadsFolder.of(tmp_path)
    before = folder.built()
    larger = town.write_town(tmp_path / "larger.osm.pbf", copies=60)

    with building(tmp_path, larger) as running:
        assert running.stderr is not None
        in_the_way = midway_roads(tmp_path, extract)
        os.killpg(running.pid, how) if how == signal.SIGINT else running.send_signal(how)
        os.killpg(running.pid, signal.SIGCONT)
        told = running.stderr.read()

    assert "Roads are being built" in in_the_way.stderr
    assert folder.built() == before
    assert before is not None
    before.make_sure_it_is_sound()
    if how == signal.SIGINT:
        assert running.returncode == 2
        assert "The roads of town.osm.pbf, built 2026-03-02 stay in force." in told
    assert "Built in" in midway_roads(tmp_path, larger).stderr
    assert sorted(path.suffix for path in folder.path.iterdir()) == ["", ".json", ".tar"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """130 MB that can be filled."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=130m", "tmpfs", disk], check=False)
    if mounted.returncode:
        pytest.skip("a small disk can be mounted by root only")
    yield disk
    subprocess.run(["umount", disk], check=True)


def fill(disk: Path) -> None:
    (disk / "full").write_bytes(bytes(shutil.disk_usage(disk).free))


@needs_the_extra
@pytest.mark.slow
def test_a_disk_too_full_is_refused_before_anything_is_written(small_disk: Path, extract: Path) -> None:
    fill(small_disk)

    done = midway_roads(small_disk, extract)

    assert done.exit_code == 1
    assert "are needed: free some space" in done.stderr


@needs_the_extra
@pytest.mark.slow
def test_a_disk_that_fills_meanwhile_leaves_the_old_roads(small_disk: Path, tmp_path: Path, extract: Path) -> None:
    midway_roads(small_disk, extract)
    folder = RoadsFolder.of(small_disk)
    before = folder.built()
    larger = town.write_town(tmp_path / "larger.osm.pbf", copies=60)

    with building(small_disk, larger) as running:
        fill(small_disk)
        os.killpg(running.pid, signal.SIGCONT)
        assert running.stderr is not None
        told = running.stderr.read()

    assert running.returncode == 2
    assert "no space is left" in told.lower()
    assert "The roads of town.osm.pbf, built 2026-03-02 stay in force." in told
    assert folder.built() == before
    (small_disk / "full").unlink()
    assert "Built in" in midway_roads(small_disk, larger).stderr

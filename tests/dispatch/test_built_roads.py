"""Drives on roads built from a map: real tiles, a real reader, and what holds when either is broken."""

import json
import math
import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.cache import cache
from pytest_django import Settings
from tests.cast import NOW, Cast, make_branch
from tests.dispatch import town
from tests.dispatch.days import TOMORROW, crossed_day, proposed

from midway.core.routing.travel import Point
from midway.dispatch.building_roads import build_roads
from midway.dispatch.gateways.osrm import RoadsInMemory, RouterAway
from midway.dispatch.gateways.valhalla import Valhalla
from midway.dispatch.models import DispatchSetting
from midway.dispatch.roads import roads_in_force
from midway.dispatch.travel import straight_drives, travel_between
from midway.runtime.built_roads import RoadsFolder, is_installed

pytestmark = [
    pytest.mark.xdist_group("built roads"),
    pytest.mark.skipif(not is_installed(), reason="no roads without the extra: pip install 'midway[roads]'"),
]
BANKS = [town.LEFT_OF_THE_RIVER, town.RIGHT_OF_THE_RIVER]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> RoadsFolder:
    """The town's roads, built once."""
    data = tmp_path_factory.mktemp("data")
    folder = RoadsFolder.of(data)
    build_roads(town.write_town(data / "town.osm.pbf"), folder, now=NOW, tell=lambda line: None)
    return folder


@pytest.fixture
def folder(built: RoadsFolder, tmp_path: Path, settings: Settings) -> Iterator[RoadsFolder]:
    """A copy in force, to be broken."""
    shutil.copytree(built.path, tmp_path / "roads")
    settings.ROADS_DATA = tmp_path
    cache.clear()
    yield RoadsFolder.of(tmp_path)
    cache.clear()


def test_minutes_know_bridges_one_way_streets_and_what_cannot_be_reached(folder: RoadsFolder) -> None:
    places = [*BANKS, town.CORNER, town.END_OF_THE_ONE_WAY, town.ON_THE_ISLAND, town.OUT_AT_SEA]

    table = Valhalla(folder).table(places, places)

    over_the_bridge = table[0][1]
    assert over_the_bridge > 6  # 0.5 km by the straight line, 3.6 by the bridge
    assert table[1][0] == pytest.approx(over_the_bridge, rel=0.1)
    with_the_street, around = table[2][3], table[3][2]
    assert around > 2.5 * with_the_street > 0
    assert [[math.isinf(m) for m in row] for row in table] == [
        [False] * 4 + [True] * 2,
        [False] * 4 + [True] * 2,
        [False] * 4 + [True] * 2,
        [False] * 4 + [True] * 2,
        [True] * 4 + [False, True],
        [True] * 6,
    ]


def test_one_side_alone_may_be_asked_for(folder: RoadsFolder) -> None:
    roads = Valhalla(folder)

    assert roads.table([], BANKS) == []
    assert roads.table(BANKS, []) == [[], []]
    assert roads.table([town.CORNER], [town.ON_THE_ISLAND, town.OUT_AT_SEA]) == [[math.inf, math.inf]]


def test_a_map_of_another_region_is_no_map(folder: RoadsFolder) -> None:
    with pytest.raises(RouterAway, match="none of the places is near a road of the map"):
        Valhalla(folder).table([town.OUT_AT_SEA], [Point(0.0, 0.0)])


def test_a_plan_drives_on_them_and_says_so(cast: Cast, folder: RoadsFolder) -> None:
    crossed_day(cast)

    assert proposed(cast, TOMORROW).travel_source == "roads of town.osm.pbf, built 2026-03-02"


def test_who_lies_off_them_is_counted(db: None, folder: RoadsFolder) -> None:
    travel = travel_between([*BANKS, town.OUT_AT_SEA], DispatchSetting(branch=make_branch()))

    assert travel.source.endswith("built 2026-03-02; straight line for 1 of 3 places, which lie off them")
    assert travel.minutes[0][2] > 120


def test_pages_know_what_plans_asked_for_and_ask_nobody(db: None, folder: RoadsFolder) -> None:
    setting = DispatchSetting(branch=make_branch())
    before = straight_drives(setting)(*BANKS)

    minutes = travel_between(BANKS, setting).minutes

    gone(folder)
    assert straight_drives(setting)(*BANKS) == minutes[0][1] > before


def test_another_build_and_another_source_know_nothing_of_what_was_kept(
    db: None, folder: RoadsFolder, settings: Settings
) -> None:
    setting, twin = DispatchSetting(branch=make_branch()), RoadsInMemory()

    def asked() -> int:
        roads = roads_in_force()
        assert roads is not None
        travel_between(BANKS, setting, replace(roads, router=twin))
        return twin.asked

    assert (asked(), asked()) == (1, 1)
    copy = folder.path / "copy.tar"
    shutil.copy(next(folder.path.glob("*.tar")), copy)
    folder.put_in_force(copy, key="another", map_name="town.osm.pbf", at=NOW)
    assert (asked(), asked()) == (2, 2)
    settings.ROUTER_URL = "http://roads.example.com"
    assert (asked(), asked()) == (3, 3)
    assert [path.name for path in folder.path.glob("*.tar")] == ["another.tar"]


def test_a_server_that_is_set_wins(folder: RoadsFolder, settings: Settings) -> None:
    settings.ROUTER_URL = "http://roads.example.com"
    roads = roads_in_force()

    assert roads is not None
    assert roads.words == "roads of roads.example.com"


def cut(folder: RoadsFolder) -> None:
    tiles = next(folder.path.glob("*.tar"))
    tiles.write_bytes(tiles.read_bytes()[:5000])


def gone(folder: RoadsFolder) -> None:
    next(folder.path.glob("*.tar")).unlink()


def no_tar(folder: RoadsFolder) -> None:
    tiles = next(folder.path.glob("*.tar"))
    tiles.write_bytes(b"\x5a" * tiles.stat().st_size)


def scrambled(folder: RoadsFolder) -> None:
    """The first tile begins after the tar's own header, as every one does."""
    tiles = next(folder.path.glob("*.tar"))
    data = bytearray(tiles.read_bytes())
    for n in range(2000, len(data), 97):
        data[n] ^= 0x5A
    tiles.write_bytes(data)


def no_facts(folder: RoadsFolder) -> None:
    (folder.path / "roads.json").write_text("{")


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (cut, "the built roads cannot be used ("),
        (gone, "the built roads cannot be used ("),
        (no_tar, "the built roads did not answer (the file of roads cannot be read)"),
        (scrambled, "the built roads did not answer ("),
        (no_facts, "the built roads cannot be used (roads.json cannot be read)"),
    ],
)
def test_where_they_are_broken_the_straight_line_stands_in_and_says_why(
    db: None, folder: RoadsFolder, harm: object, says: str
) -> None:
    assert callable(harm)
    harm(folder)

    travel = travel_between(BANKS, DispatchSetting(branch=make_branch()))

    assert travel.source.startswith(says)
    assert ", so straight line" in travel.source
    assert travel.minutes[0][1] == 5


def test_where_the_extra_is_not_installed_the_straight_line_stands_in_and_says_why(
    db: None, folder: RoadsFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "valhalla", None)

    source = travel_between(BANKS, DispatchSetting(branch=make_branch())).source

    assert source.startswith("the built roads cannot be used (the extra roads is not installed), so straight line")


@pytest.mark.parametrize(
    ("does", "says"),
    [
        ("import os; os.kill(os.getpid(), 11)", "their reader ended with SIGSEGV"),
        ("import signal; signal.pause()", "did not answer within 1 s"),
        ("print('[1')", "answered nonsense"),
        ("print('{}')", "another size than asked for"),
        ("raise SystemExit(3)", "their reader ended with code 3"),
    ],
)
def test_a_reader_that_crashes_hangs_or_babbles_is_away(folder: RoadsFolder, does: str, says: str) -> None:
    roads = Valhalla(folder, command=(sys.executable, "-I", "-c", does), least_seconds=0.2)

    with pytest.raises(RouterAway, match=says):
        roads.table([BANKS[0]], [BANKS[1]])


def test_the_facts_beside_them_say_what_they_are(folder: RoadsFolder) -> None:
    facts = json.loads((folder.path / "roads.json").read_text())

    assert facts["map"] == "town.osm.pbf"
    assert facts["tiles"] == f"{facts['key']}.tar"
    assert sorted(path.name for path in folder.path.iterdir()) == [facts["tiles"], "lock", "roads.json"]

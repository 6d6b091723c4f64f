"""Drives on real roads: a server that speaks OSRM's protocol, what is kept of it, and what holds when it is away."""

import json
import math
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from pytest_django import Settings
from tests.cast import Cast, make_branch
from tests.dispatch.days import TOMORROW, crossed_day, proposed

from midway.core.routing.travel import Point
from midway.dispatch.gateways.osrm import AT_ONCE, Osrm, RoadsInMemory, Router, RouterAway
from midway.dispatch.models import DispatchSetting
from midway.dispatch.roads import roads_in_force
from midway.dispatch.travel import straight_drives, travel_between

A, B, C = Point(39.29, -76.61), Point(39.30, -76.60), Point(39.35, -76.55)


class Speaker(ThreadingHTTPServer):
    """A small server with OSRM's wire protocol; its roads take sixty minutes a degree, as the twin's."""

    daemon_threads = True
    says: str = ""
    largest = 0
    questions = 0


class Words(BaseHTTPRequestHandler):
    server: Speaker

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        prefix, _, words = parts.path.rpartition("/")
        points = [Point(float(y), float(x)) for x, y in (pair.split(",") for pair in words.split(";"))]
        asked = {
            key: [int(n) for n in found[0].split(";")]
            for key, found in parse_qs(parts.query).items()
            if key != "annotations"
        }
        self.server.largest = max(self.server.largest, len(points))
        self.server.questions += 1
        twin = RoadsInMemory()
        table = twin.table([points[n] for n in asked["sources"]], [points[n] for n in asked["destinations"]])
        durations: Any = [[None if math.isinf(m) else m * 60 for m in row] for row in table]
        answer = {"code": "Ok", "durations": durations}
        if self.server.says == "no way":
            durations[0][-1] = None
        if self.server.says == "wrong size":
            durations.pop()
        if self.server.says == "refused":
            answer = {"code": "TooBig", "message": "Too many table coordinates"}
        body = b"<html>" if self.server.says == "nonsense" else json.dumps(answer).encode()
        self.send_response(200 if prefix == "/table/v1/driving" else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Quiet."""


@pytest.fixture
def speaker() -> Iterator[Speaker]:
    server = Speaker(("127.0.0.1", 0), Words)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def address(speaker: Speaker) -> str:
    return f"http://127.0.0.1:{speaker.server_port}"


@pytest.fixture(params=["over the wire", "in memory"])
def roads(request: pytest.FixtureRequest, speaker: Speaker) -> Router:
    return Osrm(address(speaker)) if request.param == "over the wire" else RoadsInMemory()


def test_both_give_minutes_from_each_to_each(roads: Router) -> None:
    table = roads.table([A, B], [A, C])

    assert [[round(m, 3) for m in row] for row in table] == [[0.0, 7.2], [1.2, 6.0]]


def test_many_points_are_asked_for_in_blocks(speaker: Speaker) -> None:
    points = [Point(39 + n / 1000, -76) for n in range(2 * AT_ONCE + 5)]

    table = Osrm(address(speaker)).table(points, points)

    assert table[0][-1] == pytest.approx(60 * (len(points) - 1) / 1000)
    assert len(table) == len(table[0]) == len(points)
    assert (speaker.questions, speaker.largest) == (9, 2 * AT_ONCE)


@pytest.mark.parametrize("says", ["wrong size", "refused", "nonsense"])
def test_what_is_no_table_is_not_believed(speaker: Speaker, says: str) -> None:
    speaker.says = says

    with pytest.raises(RouterAway):
        Osrm(address(speaker)).table([A], [B])


def test_a_server_that_is_gone_or_slow_is_away(speaker: Speaker) -> None:
    with pytest.raises(RouterAway):
        Osrm("http://127.0.0.1:9").table([A], [B])
    import socket

    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(RouterAway):
            Osrm(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2).table([A], [B])


def test_what_is_known_is_not_asked_for_again(db: None, settings: Settings) -> None:
    settings.ROUTER_URL = "http://roads.example.com"
    setting, twin = DispatchSetting(branch=make_branch()), RoadsInMemory(600)

    roads = roads_in_force()
    assert roads is not None
    roads = replace(roads, router=twin)

    first = travel_between([A, B], setting, roads)
    again = travel_between([B, A], setting, roads)
    assert twin.asked == 1
    more = travel_between([A, B, C], setting, roads)

    assert twin.asked == 3  # from the new one to all, and from the others to it
    assert twin.ways == [2 * 2, 1 * 3, 2 * 1]
    assert first.minutes[0][1] == again.minutes[1][0] == more.minutes[0][1] == 15  # 12 on the road, 2.5 to park
    assert first.minutes[0][0] == 0
    assert first.source == "roads of roads.example.com"
    assert straight_drives(setting)(A, B) == 15


def test_where_there_is_no_way_the_straight_line_stands_in(db: None, speaker: Speaker, settings: Settings) -> None:
    settings.ROUTER_URL, speaker.says = address(speaker), "no way"
    setting = DispatchSetting(branch=make_branch())

    minutes = travel_between([A, C], setting).minutes

    settings.ROUTER_URL = ""
    assert minutes[0][1] == travel_between([A, C], setting).minutes[0][1]


def test_a_plan_says_whose_roads_it_drives_and_when_they_were_not_to_be_had(
    cast: Cast, speaker: Speaker, settings: Settings
) -> None:
    crossed_day(cast)
    settings.ROUTER_URL = address(speaker)
    assert proposed(cast, TOMORROW).travel_source == "roads of 127.0.0.1"

    cache.clear()
    speaker.says = "refused"
    source = proposed(cast, TOMORROW).travel_source

    assert source.startswith("the router answered 'TooBig', so straight line")

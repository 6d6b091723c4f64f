import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.conf import settings

from midway.config.environment import SettingError
from midway.config.upkeep import read_upkeep_settings
from midway.ops.dead_man import ping
from midway.ops.jobs import say_we_live

asked: list[str] = []


class Outside(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        asked.append(self.path)
        self.send_response(404 if self.path.startswith("/gone") else 200)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def outside() -> Iterator[str]:
    asked.clear()
    server = HTTPServer(("127.0.0.1", 0), Outside)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_outside_hears_that_we_live(outside: str) -> None:
    assert ping(f"{outside}/uuid")
    assert ping(f"{outside}/uuid", "2")
    assert asked == ["/uuid", "/uuid/2"]


def test_nobody_there_is_no_error_of_ours(outside: str) -> None:
    assert not ping("")
    assert not ping(f"{outside}/gone")
    assert not ping("http://127.0.0.1:9/uuid")


def test_the_job_fails_when_nobody_hears_so_that_it_shows(outside: str, monkeypatch: pytest.MonkeyPatch) -> None:
    say_we_live()
    for address, fails in ((f"{outside}/uuid", False), (f"{outside}/gone", True)):
        told = read_upkeep_settings({"MIDWAY_PING_URL": address})
        monkeypatch.setattr(settings, "UPKEEP", told)
        if fails:
            with pytest.raises(ConnectionError):
                say_we_live()
        else:
            say_we_live()
    assert asked == ["/uuid", "/gone"]


def test_an_address_that_is_none_stops_the_start() -> None:
    with pytest.raises(SettingError, match=r"MIDWAY_PING_URL is 'hc-ping\.com/uuid': write an address like"):
        read_upkeep_settings({"MIDWAY_PING_URL": "hc-ping.com/uuid"})

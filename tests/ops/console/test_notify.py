"""What is said in chats, to a real listener on this machine."""

import json
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from pytest_django import Settings

from midway.ops.jobs import notify

# A library of Apprise's for sealed mail, which we do not use.
pytestmark = pytest.mark.filterwarnings("ignore:.imghdr. is deprecated:DeprecationWarning")


@pytest.fixture
def chat() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A chat that keeps what it was told."""
    told: list[dict[str, Any]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
            return

    server = HTTPServer(("127.0.0.1", 0), Listener)
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"json://127.0.0.1:{server.server_port}/", told
    server.shutdown()
    thread.join()
    server.server_close()


def test_every_address_is_told(settings: Settings, chat: tuple[str, list[dict[str, Any]]]) -> None:
    address, told = chat
    settings.UPKEEP = replace(settings.UPKEEP, notify=(address,))

    notify(title="The disk has room", text="97 % used")

    assert [(one["title"], one["message"]) for one in told] == [("The disk has room", "97 % used")]


@pytest.mark.parametrize("address", ["json://127.0.0.1:9/", "no-such-service"])
def test_what_did_not_get_through_is_tried_again(settings: Settings, address: str) -> None:
    settings.UPKEEP = replace(settings.UPKEEP, notify=(address,))
    with pytest.raises(ConnectionError):
        notify(title="The disk has room", text="97 % used")

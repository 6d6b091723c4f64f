"""Two real nodes behind a real Nginx: a release, a kill and a full stop, while people use the product."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.deploy.crowd import Crowd
from tests.deploy.fleet import Fleet, fleet_on
from tests.deploy.grounds import RunningNginx, nginx_with

from midway.runtime.node import visitors_inside

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("fleet")]


@pytest.fixture(scope="module")
def served(empty_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Fleet, RunningNginx]]:
    with fleet_on(tmp_path_factory.mktemp("fleet"), empty_database) as fleet, nginx_with(fleet.site) as nginx:
        yield fleet, nginx


def test_a_release_fails_no_request(served: tuple[Fleet, RunningNginx]) -> None:
    fleet, nginx = served
    crowd = Crowd(nginx, people=4)
    with crowd as tally:
        crowd.wait_for(40)
        for number in fleet.site.node_numbers:
            fleet.restart(number)
            crowd.wait_for(30)
    assert tally.failed == []
    assert set(tally.asked) == {"sign-in", "page", "fragment", "form", "program"}
    assert sum(tally.asked.values()) > 60


def test_whoever_is_inside_is_served_before_a_node_stops(served: tuple[Fleet, RunningNginx]) -> None:
    """A slow visitor sends the second half of a form after the door was shut."""
    import socket

    fleet, _ = served
    door = fleet.site.places.run / "1.sock"
    with socket.socket(socket.AF_UNIX) as slow:
        slow.connect(str(door))
        slow.sendall(b"POST /i18n/setlang/ HTTP/1.1\r\nHost: clean.example.com\r\nContent-Length: 10\r\n\r\nlang")
        node = psutil.Process(fleet.processes()[0])
        node.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 20
        while door.exists():
            assert time.monotonic() < deadline, "the node keeps its door open"
            time.sleep(0.01)
        slow.sendall(b"uage=e")
        slow.settimeout(20)
        assert slow.recv(64).startswith(b"HTTP/1.1 403")  # it has no token, and was answered
    fleet.stop(1)
    fleet.start(1)


def test_a_killed_node_takes_its_door_along_only_when_it_is_started_again(served: tuple[Fleet, RunningNginx]) -> None:
    """The door that kill -9 leaves behind refuses: Nginx goes on to the other node; the next start replaces it."""
    fleet, nginx = served
    fleet.stop(2, signal.SIGKILL)
    door = fleet.site.places.run / "2.sock"
    assert door.exists()
    crowd = Crowd(nginx, people=2)
    with crowd as tally:
        crowd.wait_for(40)
    assert tally.failed == []
    fleet.start(2)
    nginx_says = {nginx.ask("/healthz").status for _ in range(6)}
    assert nginx_says == {200}


def test_nothing_is_left_when_a_node_is_killed(served: tuple[Fleet, RunningNginx]) -> None:
    fleet, _ = served
    number = next(iter(fleet.site.node_numbers))
    family = psutil.Process(fleet.process_of(number)).children(recursive=True)
    fleet.stop(number, signal.SIGKILL)
    _, alive = psutil.wait_procs(family, timeout=30)
    assert alive == []
    fleet.start(number)


def test_a_node_without_its_database_keeps_its_door_shut(tmp_path: Path) -> None:
    import subprocess
    import sys

    door = tmp_path / "1.sock"
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": "src", "DJANGO_SETTINGS_MODULE": "midway.config.settings",
        "DATABASE_URL": "postgresql://nobody@/nothing?host=/nowhere", "MIDWAY_DATA": str(tmp_path / "data"),
        "MIDWAY_SECRET_KEY": "x" * 40,
    }  # fmt: skip
    words = [
        sys.executable,
        "-c",
        "import sys; from midway.runtime import node; node.READY_SECONDS = 4; sys.exit(node.main(sys.argv[1]))",
    ]
    done = subprocess.run([*words, str(door)], env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "not ready after 4 s" in done.stderr
    assert not door.exists()
    assert list(tmp_path.glob(".*")) == []
    assert visitors_inside(door) == 0

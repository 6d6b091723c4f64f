"""Two real nodes, as their unit starts them, on a database of their own."""

import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.deploy.grounds import lay_out, program, site_in
from tests.deploy.sandbox import lines_of, sandboxed
from tests.product import SOURCE

from midway.deploy.machine import Machine
from midway.deploy.release import settings_of
from midway.deploy.site import Site

PATIENCE_SECONDS = 90


class Fleet:
    """The nodes of one site: each is started, stopped and started anew like systemd does it."""

    is_closed_in = False  # as its units say

    def __init__(self, site: Site, database_url: str, **settings: str) -> None:
        self.site = site
        self._env = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(SOURCE),
            **settings_of(Machine(), site, "web.env"),
            "DATABASE_URL": database_url,
            **settings,
        }
        self._nodes: dict[int, subprocess.Popen[bytes]] = {}
        self._log = (site.places.log / "web.log").open("ab")

    def prepare(self) -> None:
        """Will migrate, collect static files, as a deployment does before the first node, and load a small company."""
        small = ("--cleaners", "3", "--customers", "6", "--months", "1")
        for words in (("prepare",), ("demo", "load", *small)):
            command = [sys.executable, "-m", "midway", *words]
            subprocess.run(command, env=self._env, check=True, stdout=subprocess.DEVNULL, stderr=self._log)

    def start(self, number: int) -> None:
        """Will start the node by its unit's line and wait until its door is open."""
        self._nodes[number] = self._start_unit("midway-web@.service", number)
        self.wait_for_door(number)

    def start_worker(self) -> "subprocess.Popen[bytes]":
        """The worker by its unit's line. Whoever asked for it stops it."""
        return self._start_unit("midway-worker.service", 0)

    def _start_unit(self, name: str, number: int) -> "subprocess.Popen[bytes]":
        unit = self.site.places.systemd / name
        (line,) = lines_of(unit, "ExecStart")
        words = shlex.split(line.replace("%i", str(number)))
        words[0] = sys.executable
        if self.is_closed_in:
            words = sandboxed(unit, *words)
        return subprocess.Popen(words, env=self._env, stdout=self._log, stderr=self._log)

    def start_alone(self, port: int) -> "subprocess.Popen[bytes]":
        """A node without a door, on a port of loopback. Whoever asked for it stops it."""
        words = [sys.executable, "-m", "midway.runtime.web", "127.0.0.1", str(port), "1"]
        return subprocess.Popen(words, env=self._env, stdout=self._log, stderr=self._log)

    def wait_for_door(self, number: int) -> None:
        """Will return when the node can be knocked at."""
        door = self.site.places.run / f"{number}.sock"
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not door.exists():
            assert self._nodes[number].poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.02)

    def stop(self, number: int, how: signal.Signals = signal.SIGTERM) -> int:
        """Will stop the node; its exit code."""
        node = self._nodes.pop(number)
        node.send_signal(how)
        return node.wait(timeout=60)

    def restart(self, number: int) -> None:
        """What `systemctl restart` does."""
        assert self.stop(number) == 0, self.said
        self.start(number)

    def processes(self) -> list[int]:
        """The nodes that run."""
        return [node.pid for node in self._nodes.values()]

    def process_of(self, number: int) -> int:
        """The node with this number."""
        return self._nodes[number].pid

    @property
    def said(self) -> str:
        """What all nodes wrote."""
        return (self.site.places.log / "web.log").read_text(errors="replace")

    def close(self) -> None:
        """Will stop what runs."""
        for number in list(self._nodes):
            self.stop(number)
        self._log.close()


@contextmanager
def fleet_on(
    folder: Path, database_url: str, *, nodes: int = 2, is_closed_in: bool = False, **settings: str
) -> Iterator[Fleet]:
    """Nodes that serve, and are gone afterwards."""
    program("openssl")
    site = site_in(folder, has_rate_limits=False, nodes=nodes)
    lay_out(site)
    quiet = {"MIDWAY_RATE_LIMITS": "off", "REDIS_URL": "", **settings}
    fleet = Fleet(site, database_url, **quiet)
    fleet.is_closed_in = is_closed_in
    try:
        fleet.prepare()
        for number in site.node_numbers:
            fleet.start(number)
        yield fleet
    finally:
        fleet.close()

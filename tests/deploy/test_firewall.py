"""The firewall on a real kernel, in a network of its own that is gone afterwards."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from tests.deploy.grounds import lay_out, program, site_in

from midway.deploy.site import Site


class Network:
    """Two hosts with a line between them: the server's and a stranger's."""

    def __init__(self) -> None:
        tag = uuid4().hex[:5]
        self.server, self.stranger = f"mw-{tag}-s", f"mw-{tag}-x"
        for name in (self.server, self.stranger):
            _ip("netns", "add", name)
        _ip("-n", self.server, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", self.stranger)
        for name, address in ((self.server, "10.77.0.1/24"), (self.stranger, "10.77.0.2/24")):
            _ip("-n", name, "addr", "add", address, "dev", "eth0")
            _ip("-n", name, "link", "set", "eth0", "up")
            _ip("-n", name, "link", "set", "lo", "up")
        self._listeners: list[subprocess.Popen[bytes]] = []

    def listen(self, *ports: int) -> None:
        """Something will listen on these ports of the server."""
        for port in ports:
            words = ["ip", "netns", "exec", self.server, "python3", "-m", "http.server", str(port)]
            self._listeners.append(
                subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
            )
        deadline = time.monotonic() + 20
        while not all(self.reaches(port) for port in ports):
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def reaches(self, port: int) -> bool:
        """Whether the stranger gets through to a port."""
        script = f"import socket; socket.create_connection(('10.77.0.1', {port}), timeout=0.7)"
        words = ["ip", "netns", "exec", self.stranger, "python3", "-c", script]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0

    def at_server(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """What root says on the server."""
        return subprocess.run(
            ["ip", "netns", "exec", self.server, *words], capture_output=True, text=True, check=False, timeout=30
        )

    def close(self) -> None:
        """Nothing of it will be left."""
        for listener in self._listeners:
            listener.kill()
            listener.wait()
        for name in (self.server, self.stranger):
            _ip("netns", "delete", name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


@pytest.fixture
def network() -> Iterator[Network]:
    program("ip")
    program("nft")
    if os.geteuid() != 0:
        pytest.skip("networks of their own take root")
    try:
        found = Network()
    except subprocess.CalledProcessError as problem:
        pytest.skip(f"this kernel gives no network of one's own: {problem.stderr!r}")
    yield found
    found.close()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    found = site_in(tmp_path, http="80", https="443", ssh_port=22)
    lay_out(found)
    found.places.state.mkdir()
    return found


def firewall(network: Network, site: Site, *words: str) -> str:
    done = network.at_server(str(site.places.sbin / "midway-firewall"), *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_only_what_is_declared_is_open_and_a_lock_out_ends_by_itself(network: Network, site: Site) -> None:
    network.listen(22, 80, 443, 5432, 6379)
    assert "midway-firewall keep" in firewall(network, site, "try", "120")
    assert [network.reaches(port) for port in (22, 80, 443)] == [True] * 3
    assert [network.reaches(port) for port in (5432, 6379)] == [False] * 2
    firewall(network, site, "try", "1")
    deadline = time.monotonic() + 30
    while not network.reaches(5432):  # nobody said keep: it opens again
        assert time.monotonic() < deadline
    firewall(network, site, "try", "2")
    firewall(network, site, "keep")
    waited = time.monotonic() + 3
    while time.monotonic() < waited:
        assert not network.reaches(5432)
    firewall(network, site, "off")
    assert network.reaches(5432)


@pytest.mark.slow
def test_after_a_start_of_the_machine_only_kept_rules_are_up(network: Network, site: Site) -> None:
    network.listen(5432)
    firewall(network, site, "start")
    assert network.reaches(5432)
    firewall(network, site, "try", "60")
    firewall(network, site, "keep")
    network.at_server("nft", "flush", "ruleset")
    assert network.reaches(5432)
    firewall(network, site, "start")
    assert not network.reaches(5432)


@pytest.mark.slow
def test_other_peoples_rules_are_left_alone(network: Network, site: Site) -> None:
    network.at_server("nft", "add table inet theirs")
    firewall(network, site, "try", "60")
    firewall(network, site, "keep")
    firewall(network, site, "off")
    assert network.at_server("nft", "list", "tables").stdout.split() == ["table", "inet", "theirs"]


def test_the_rules_are_understood(site: Site) -> None:
    if os.geteuid() != 0:
        pytest.skip("nft looks through rules only for root")
    done = subprocess.run(
        [program("nft"), "--check", "--file", str(site.places.etc / "firewall.nft")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")

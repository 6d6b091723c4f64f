"""Three database hosts on one machine: each a network namespace with etcd, Patroni, PostgreSQL, and a line to cut."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
TEMPLATE, KERNEL, ETCD = DEPLOY / "patroni.yml", DEPLOY / "database-host-sysctl.conf", DEPLOY / "etcd.env"
PASSWORD = "only-in-this-network"
BIN = Path("/usr/lib/postgresql/15/bin")
PATIENCE_SECONDS = 150


@dataclass
class Host:
    """One of them."""

    number: int
    tag: str
    net: str
    folder: Path
    parts: "list[subprocess.Popen[bytes]]" = field(default_factory=list)

    @property
    def space(self) -> str:
        """Its network namespace."""
        return f"mw-{self.tag}-{self.number}"

    @property
    def line(self) -> str:
        """Its line, at the hub's end."""
        return f"mw{self.tag}{self.number}"

    @property
    def address(self) -> str:
        """Its address."""
        return f"{self.net}.{self.number}"


class ThreeHosts:
    """The cluster and what can happen to it."""

    def __init__(self, folder: Path) -> None:
        self.tag = uuid4().hex[:4]
        self.net = f"10.{64 + os.getpid() % 60}.{os.getpid() // 60 % 250}"
        self.hub = f"mwhub{self.tag}"
        folder.chmod(0o711)
        self.hosts = [Host(number, self.tag, self.net, folder / str(number)) for number in (1, 2, 3)]

    # --- building ---------------------------------------------------------------------------------------------------

    def build(self) -> None:
        """Will lay the lines and start everything."""
        ip("link", "add", self.hub, "type", "bridge")
        ip("addr", "add", f"{self.net}.254/24", "dev", self.hub)
        ip("link", "set", self.hub, "up")
        for host in self.hosts:
            ip("netns", "add", host.space)
            ip("link", "add", host.line, "type", "veth", "peer", "name", "eth0", "netns", host.space)
            ip("link", "set", host.line, "master", self.hub, "up")
            ip("-n", host.space, "addr", "add", f"{host.address}/24", "dev", "eth0")
            ip("-n", host.space, "link", "set", "eth0", "up")
            ip("-n", host.space, "link", "set", "lo", "up")
            ip("netns", "exec", host.space, "sysctl", "-q", "-p", str(KERNEL))
            host.folder.mkdir()
            shutil.chown(host.folder, "postgres", "postgres")
            host.folder.chmod(0o700)
        for host in self.hosts:
            self.start(host)
        self.wait_until_redundant()

    def start(self, host: Host) -> None:
        """Will start one host's parts; it joins the others by itself."""
        host.parts.clear()
        self._run(host, "etcd", "/usr/bin/etcd", **self._etcd(host))
        config = host.folder / "patroni.yml"
        config.write_text(self._config(host))
        shutil.chown(config, "postgres", "postgres")
        self._run(host, "patroni", sys.executable, "-m", "patroni", str(config))

    def _etcd(self, host: Host) -> dict[str, str]:
        words = {
            "name": f"e{host.number}", "address": host.address, "data": host.folder / "etcd", "token": self.tag,
            "cluster": ",".join(f"e{one.number}=http://{one.address}:2380" for one in self.hosts),
        }  # fmt: skip
        lines = filled(ETCD, words).splitlines()
        return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))

    def _config(self, host: Host) -> str:
        words = {
            "name": f"db{host.number}", "address": host.address, "data": host.folder / "data", "bin": BIN,
            "etcd": ", ".join(f'"{one.address}:2379"' for one in self.hosts), "pgpass": host.folder / "pgpass",
            "password": PASSWORD, "sockets": host.folder, "shared_buffers": "32MB",
        }  # fmt: skip
        return filled(TEMPLATE, words)

    def _run(self, host: Host, name: str, *words: str, **settings: str) -> None:
        # PostgreSQL refuses root; a virtual environment in a private folder is read through one capability.
        reads = ("--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search")
        account = ("setpriv", "--reuid", "postgres", "--regid", "postgres", "--clear-groups", *reads, "--")
        with (host.folder / f"{name}.log").open("ab") as log:
            host.parts.append(
                subprocess.Popen(
                    ["ip", "netns", "exec", host.space, *account, *words],
                    stdout=log, stderr=log, cwd="/", start_new_session=True,
                    env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **settings},
                )
            )  # fmt: skip

    # --- faults -----------------------------------------------------------------------------------------------------

    def kill(self, host: Host) -> None:
        """Everything on the host is gone at once, as when its power fails."""
        for pid in pids_in(host.space):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for part in host.parts:
            part.wait(timeout=30)

    def cut(self, host: Host) -> None:
        """Nobody reaches it and it reaches nobody; everything on it runs on."""
        ip("link", "set", host.line, "down")

    def heal(self, host: Host) -> None:
        """Its line is whole again."""
        ip("link", "set", host.line, "up")

    # --- asking -----------------------------------------------------------------------------------------------------

    def _as_seen_by(self, host: Host) -> list[dict[str, Any]]:
        address = f"http://{host.address}:8008/cluster"
        with suppress(OSError, ValueError), urllib.request.urlopen(address, timeout=2) as told:
            found: list[dict[str, Any]] = json.loads(told.read())["members"]
            return found
        return []

    def primary(self) -> Host:
        """The host that takes writes, by the word of two of the three: one that was cut off tells of how it was."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            named = Counter(_leader(self._as_seen_by(host)) for host in self.hosts)
            for host in self.hosts:
                if named[f"db{host.number}"] >= 2:
                    return host
            time.sleep(0.2)
        raise AssertionError("there is no primary")

    def wait_until_redundant(self) -> None:
        """Will return when every host runs and one of them keeps each commit with the primary."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        views: list[list[dict[str, Any]]] = []
        while time.monotonic() < deadline:
            # A host that was cut off a moment ago still tells of how it was: all three must say the same.
            views = [self._as_seen_by(host) for host in self.hosts]
            agree = len({_leader(view) for view in views}) == 1
            if agree and all(_is_redundant(view) for view in views) and all(_etcd_is_well(host) for host in self.hosts):
                return
            time.sleep(0.3)
        raise AssertionError(f"not redundant: {views}\n{self.last_words()}")

    def last_words(self, most: int = 1500) -> str:
        """The end of what Patroni wrote on each host."""
        return "\n".join(f"{host.number}: {(host.folder / 'patroni.log').read_text()[-most:]}" for host in self.hosts)

    def address(self, database: str = "postgres") -> str:
        """The address by which programs find whichever host takes writes."""
        hosts = ",".join(host.address for host in self.hosts)
        return (
            f"host={hosts} port=5432,5432,5432 dbname={database} user=postgres password={PASSWORD} connect_timeout=2 "
            "target_session_attrs=read-write tcp_user_timeout=3000 "
            "keepalives_idle=2 keepalives_interval=1 keepalives_count=3"
        )

    def url(self, database: str, *, user: str) -> str:
        """The same as people write it into DATABASE_URL."""
        hosts = ",".join(host.address for host in self.hosts)
        where = f"host={hosts}&port=5432,5432,5432&target_session_attrs=read-write"
        return f"postgresql://{user}:{PASSWORD}@/{database}?{where}"

    def writes_inside(self, host: Host) -> bool:
        """Whether somebody on the host itself is told that a change is kept; within three seconds."""
        command = [
            "ip", "netns", "exec", host.space, "timeout", "3", str(BIN / "psql"), "-X", "-q", "-h", host.address,
            "-U", "postgres", "-c", "CREATE TABLE IF NOT EXISTS alone (at timestamptz)",
            "-c", "INSERT INTO alone VALUES (clock_timestamp())",
        ]  # fmt: skip
        environment = {"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "PGPASSWORD": PASSWORD, "PGCONNECT_TIMEOUT": "2"}
        return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0

    def connect(self) -> "psycopg.Connection[Any]":
        """A connection to the primary."""
        return psycopg.connect(self.address(), autocommit=True)

    def close(self) -> None:
        """Nothing of it will be left: no process, no line, no network."""
        for host in self.hosts:
            with suppress(subprocess.CalledProcessError):
                self.kill(host)
            with suppress(subprocess.CalledProcessError):
                ip("netns", "delete", host.space)
        with suppress(subprocess.CalledProcessError):
            ip("link", "delete", self.hub)


def filled(template: Path, words: dict[str, Any]) -> str:
    """A configuration with its {{words}} filled in; those that nobody gave are left empty."""
    return re.sub(r"\{\{(\w+)\}\}", lambda found: str(words.get(found[1], "")), template.read_text())


def _etcd_is_well(host: Host) -> bool:
    with suppress(OSError), urllib.request.urlopen(f"http://{host.address}:2379/health", timeout=2) as told:
        return b'"true"' in told.read()
    return False


def _is_redundant(view: list[dict[str, Any]]) -> bool:
    """A standby that runs and gets nothing, because it went another way than the primary, is none."""
    whole = [one["role"] for one in view if one["state"] == ("running" if one["role"] == "leader" else "streaming")]
    return len(whole) == 3 and "leader" in whole and "sync_standby" in whole


def _leader(view: list[dict[str, Any]]) -> str:
    leaders = (str(one["name"]) for one in view if one["role"] == "leader" and one["state"] == "running")
    return next(leaders, "")


def ip(*words: str) -> None:
    """Will change networks. Raises `CalledProcessError`."""
    subprocess.run(["ip", *words], check=True, capture_output=True)


def pids_in(space: str) -> list[int]:
    """The processes in a network namespace."""
    told = subprocess.run(["ip", "netns", "pids", space], capture_output=True, text=True, check=True).stdout
    return [int(word) for word in told.split()]


def why_not_here() -> str:
    """What keeps this machine from having three hosts; nothing when it can."""
    if os.geteuid() != 0:
        return "networks of their own take root"
    missing = [name for name in ("/usr/bin/etcd", str(BIN / "postgres")) if not Path(name).exists()]
    if missing or shutil.which("ip") is None:
        return f"not here: {', '.join(missing) or 'ip'}"
    probe = f"mw-probe-{os.getpid()}"
    if subprocess.run(["ip", "netns", "add", probe], capture_output=True, check=False).returncode != 0:
        return "this kernel gives no networks of their own"
    ip("netns", "delete", probe)
    return ""


@contextmanager
def three_hosts(folder: Path) -> Iterator[ThreeHosts]:
    """A redundant cluster, gone afterwards whatever happens."""
    reason = why_not_here()
    if reason:
        pytest.skip(reason)
    cluster = ThreeHosts(folder)
    try:
        cluster.build()
        yield cluster
    finally:
        cluster.close()

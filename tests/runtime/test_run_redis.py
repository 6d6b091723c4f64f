"""Our own Redis: private, forgetful, and bounded."""

from pathlib import Path

import psutil
import pytest
import redis

from midway.runtime.redis import RedisBinary, RedisServer, answers, available_redis

BINARIES = list(available_redis())


@pytest.fixture(params=BINARIES, ids=str)
def binary(request: pytest.FixtureRequest) -> RedisBinary:
    found: RedisBinary = request.param
    return found


def test_both_the_systems_and_the_packaged_one_are_found() -> None:
    assert "embedded" in {found.origin for found in BINARIES}


def test_it_takes_writes_on_a_private_socket_and_nothing_on_disk(binary: RedisBinary, shallow: Path) -> None:
    server = RedisServer(binary, sockets=shallow / "redis")
    child = server.start()
    try:
        assert answers(server.socket)
        assert psutil.Process(child.pid).net_connections(kind="inet") == []
        with redis.Redis.from_url(server.url) as client:
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "allkeys-lru"}
            assert client.config_get("save") == {"save": ""}
            assert client.config_get("appendonly") == {"appendonly": "no"}
    finally:
        server.stop()
    assert not answers(server.socket)
    assert child.returncode == 0


def test_it_starts_again_over_the_socket_a_killed_one_left(binary: RedisBinary, shallow: Path) -> None:
    killed = RedisServer(binary, sockets=shallow / "redis")
    child = killed.start()
    child.kill()
    child.wait()
    assert killed.socket.exists()
    again = RedisServer(binary, sockets=shallow / "redis")
    again.start()
    try:
        assert answers(again.socket)
    finally:
        again.stop()

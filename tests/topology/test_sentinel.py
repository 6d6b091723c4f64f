"""The master of three Redis dies: pages go on, and a few seconds later cache and counts are shared again."""

import time
from collections.abc import Iterator

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django import Settings
from tests.topology.three_redis import ThreeRedis, three_redis

from midway.config.cache import ForgivingRedisCache
from midway.config.rate_limits import LIMITS, Counter
from midway.config.redis_address import cache_at, redis_client
from midway.ops.readiness import readiness
from midway.runtime.clock import now
from midway.runtime.probe import redis_answers

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.drills, pytest.mark.xdist_group("three redis")]
LONGEST_SECONDS = 30  # measured: three to four


@pytest.fixture
def servers(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Iterator[ThreeRedis]:
    with three_redis(tmp_path_factory.mktemp("redis")) as running:
        settings.REDIS_URL = running.url
        settings.CACHES = {"default": cache_at(running.url)}
        yield running


def test_a_master_that_dies_is_followed_by_another(servers: ThreeRedis) -> None:
    cache = caches["default"]
    assert isinstance(cache, ForgivingRedisCache)
    counter, signing_in = Counter(servers.url), LIMITS[0]
    cache.set("a", 1)
    assert cache.get("a") == 1
    assert [counter.hit(signing_in, "somebody") for _ in range(signing_in.rate.amount + 1)][-1] is False
    assert readiness(now=now()).checks["cache"] == "ok"
    first = servers.master
    servers.kill(first)
    began = time.monotonic()
    while not redis_answers(servers.url):
        assert Client().get("/accounts/login/").status_code == 200
        assert time.monotonic() < began + LONGEST_SECONDS
    assert servers.master != first
    cache._resting_until = counter._resting_until = 0.0
    cache.set("a", 2)
    assert cache.get("a") == 2
    assert counter.hit(signing_in, "somebody else")
    with redis_client(servers.url) as client:  # counted by the new master, not by this process alone
        assert [key for key in client.scan_iter("*midway-limits*") if b"somebody else" in key]
    assert readiness(now=now()).checks["cache"] == "ok"


def test_a_sentinel_that_dies_is_passed_over(servers: ThreeRedis) -> None:
    servers.kill(servers._sentinels[0])
    began = time.monotonic()
    assert redis_answers(servers.url)
    assert time.monotonic() - began < 2

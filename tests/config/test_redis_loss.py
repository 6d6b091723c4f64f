import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django import Settings
from tests.cast import NOW
from tests.config.conftest import StoppableRedis

from midway.accounts.actions import create_user
from midway.config import cache as cache_module
from midway.config.cache import ASKED, ForgivingRedisCache, Tally
from midway.core.actor import SYSTEM

pytestmark = pytest.mark.django_db
PASSWORD = "seven green kettles sing"


@pytest.fixture
def with_redis(settings: Settings, own_redis: StoppableRedis) -> StoppableRedis:
    """The product with a Redis."""
    settings.REDIS_URL = own_redis.url
    settings.CACHES = {"default": {"BACKEND": "midway.config.cache.ForgivingRedisCache", "LOCATION": own_redis.url}}
    assert isinstance(caches["default"], ForgivingRedisCache)
    return own_redis


def sign_in(client: Client) -> int:
    return client.post("/accounts/login/", {"login": "olga@example.com", "password": PASSWORD}).status_code


@pytest.mark.parametrize("how", ["killed", "full"])
def test_signed_in_people_stay_signed_in_and_others_can_sign_in(with_redis: StoppableRedis, how: str) -> None:
    create_user(email="olga@example.com", name="Olga", role="owner", password=PASSWORD, by=SYSTEM, now=NOW)
    before = Client()
    assert sign_in(before) == 302
    with_redis.stop() if how == "killed" else with_redis.refuse_writes()
    assert before.get("/accounts/password/change/").status_code == 200
    after = Client()
    assert after.get("/accounts/login/").status_code == 200
    assert sign_in(after) == 302
    assert after.get("/accounts/password/change/").status_code == 200
    assert Client().post("/accounts/password/reset/", {"email": "olga@example.com"}).status_code == 302


def test_cache_forgets_instead_of_failing_and_comes_back(with_redis: StoppableRedis) -> None:
    cache = ForgivingRedisCache(with_redis.url, {})
    cache.set("a", 1)
    assert cache.get("a") == 1
    with_redis.stop()
    assert cache.get("a", "nothing") == "nothing"
    cache.set("a", 2)
    assert cache.get_many(["a"]) == {}
    assert cache.incr("n") == 1
    assert cache.add("lock", 1) is True
    assert cache.delete("a") is False
    assert "a" not in cache
    with_redis.start()
    cache._resting_until = 0.0
    cache.set("a", 3)
    assert cache.get("a") == 3


def test_readiness_says_that_the_cache_is_gone(with_redis: StoppableRedis, client: Client) -> None:
    assert client.get("/readyz").json()["checks"]["cache"] == "ok"
    with_redis.refuse_writes()
    assert client.get("/readyz").json()["checks"]["cache"].startswith("failed")
    with_redis.stop()
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["checks"]["cache"].startswith("failed")
    assert response.json()["checks"]["database"] == "ok"
    assert client.get("/healthz").status_code == 200


def test_the_cache_counts_by_first_word_how_often_it_helped(
    with_redis: StoppableRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache_module, "TALLY", Tally(every=6))
    cache = ForgivingRedisCache(with_redis.url, {})
    cache.set_many({"roads:a": 1, "roads:b": 2})
    assert cache.get("roads:a") == 1
    assert cache.get("import:x", "none") == "none"
    assert cache.get_many(["roads:a", "roads:b", "roads:c"]) == {"roads:a": 1, "roads:b": 2}
    client = cache._cache.get_client(None)
    assert client.hgetall(ASKED) == {}
    assert cache.get_many([]) == {}
    assert cache.get("roads:c") is None
    assert client.hgetall(ASKED) == {
        b"roads:hit": b"3", b"roads:miss": b"2", b"import:hit": b"0", b"import:miss": b"1",
    }  # fmt: skip
    assert client.ttl(ASKED) > 86_400


def test_one_look_alone_is_counted_too(with_redis: StoppableRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "TALLY", Tally(every=1))
    cache = ForgivingRedisCache(with_redis.url, {})
    cache.set("roads:a", 1)
    assert cache.get("roads:a") == 1
    assert cache._cache.get_client(None).hgetall(ASKED) == {b"roads:hit": b"1", b"roads:miss": b"0"}

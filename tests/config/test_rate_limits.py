from time import perf_counter

import pytest
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpResponse
from django.test import Client, RequestFactory
from limits import parse
from pytest_django import Settings
from tests.config.conftest import StoppableRedis

from midway.config import rate_limits
from midway.config.rate_limits import LIMITS, Limit, RateLimits, counted, limit_for

pytestmark = pytest.mark.django_db
TIGHT = Limit("tight", frozenset({"GET"}), "/", parse("3/hour"))


@pytest.fixture
def tight(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three requests an hour."""
    settings.RATE_LIMITS = True
    monkeypatch.setattr(rate_limits, "LIMITS", (TIGHT,))
    monkeypatch.setattr(rate_limits, "WITH_TOKEN", Limit("with", frozenset("*"), "/api/", parse("5/hour")))
    monkeypatch.setattr(rate_limits, "BY_TOKEN", Limit("by", frozenset("*"), "/api/", parse("2/hour")))


def statuses(client: Client, address: str, times: int, **visitor: str) -> list[int]:
    return [client.get(address, **visitor).status_code for _ in range(times)]  # type: ignore[arg-type]


def test_fourth_request_of_three_is_refused_with_the_time_to_wait(tight: None, client: Client) -> None:
    assert statuses(client, "/healthz", 3) == [200, 200, 200]
    refused = client.get("/healthz")
    assert refused.status_code == 429
    assert 3500 < int(refused["Retry-After"]) <= 3601
    assert refused["Content-Security-Policy"]


def test_program_is_refused_in_its_language(tight: None, client: Client) -> None:
    statuses(client, "/api/v1/x", 3)
    refused = client.get("/api/v1/x")
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["status"] == 429


def test_visitors_are_counted_apart(tight: None, client: Client) -> None:
    assert statuses(client, "/healthz", 4, REMOTE_ADDR="203.0.113.1")[-1] == 429
    assert statuses(client, "/healthz", 1, REMOTE_ADDR="203.0.113.2") == [200]


def test_proxy_is_believed_only_when_it_is_ours(tight: None, client: Client) -> None:
    for number in range(3):
        client.get("/healthz", REMOTE_ADDR="203.0.113.1", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
    assert client.get("/healthz", REMOTE_ADDR="203.0.113.1", HTTP_X_FORWARDED_FOR="10.0.0.9").status_code == 429
    behind = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "made, up, 203.0.113.7"}
    assert statuses(client, "/healthz", 4, **behind) == [200, 200, 200, 429]


def test_a_home_with_ipv6_counts_once(tight: None, client: Client) -> None:
    for number in range(3):
        client.get("/healthz", REMOTE_ADDR=f"2001:db8:1:2::{number}")
    assert client.get("/healthz", REMOTE_ADDR="2001:db8:1:2:ffff::1").status_code == 429


def test_tokens_are_counted_apart_but_made_up_ones_do_not_help() -> None:
    request = RequestFactory().get("/api/v1/visits", headers={"authorization": "Bearer midway_one"})
    (by_visitor, visitor), (by_token, digest) = counted(request)
    assert (by_visitor.name, visitor) == ("api-with-token", "127.0.0.1")
    assert by_token.name == "api-token"
    assert "midway_one" not in digest


def test_made_up_tokens_run_out(tight: None, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "LIMITS", (Limit("api", frozenset({"GET"}), "/api/", parse("3/hour")),))
    answers = [
        client.get("/api/v1/x", headers={"authorization": f"Bearer midway_{number}"}).status_code for number in range(6)
    ]
    assert answers == [404] * 5 + [429]


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/accounts/login/", "sign-in"),
        ("POST", "/accounts/2fa/authenticate/", "sign-in"),
        ("GET", "/accounts/login/", "pages"),
        ("POST", "/api/v1/quotes", "api-quote"),
        ("POST", "/api/v1/bookings", "api-booking"),
        ("GET", "/api/v1/availability", "api"),
        ("POST", "/visits/x/cancellation", "forms"),
        ("GET", "/", "pages"),
        ("GET", "/office/", "office"),
        ("GET", "/readyz", "health"),
    ],
)
def test_table_says_which_limit_counts(method: str, path: str, name: str) -> None:
    limit = limit_for(method, path)
    assert limit is not None
    assert limit.name == name


def test_every_row_of_the_table_can_be_reached() -> None:
    for limit in LIMITS:
        assert any(limit_for(method, limit.prefix) is limit for method in limit.methods), limit


def test_switched_off_it_is_not_even_loaded(settings: Settings) -> None:
    settings.RATE_LIMITS = False
    with pytest.raises(MiddlewareNotUsed):
        RateLimits(lambda request: HttpResponse())


def test_counts_in_redis_so_that_all_processes_count_together(
    tight: None, settings: Settings, own_redis: StoppableRedis
) -> None:
    settings.REDIS_URL = own_redis.url
    assert statuses(Client(), "/healthz", 2) == [200, 200]
    rate_limits.shared_counter.cache_clear()  # as in another process
    assert statuses(Client(), "/healthz", 2) == [200, 429]


def test_goes_on_counting_without_redis(tight: None, settings: Settings, own_redis: StoppableRedis) -> None:
    settings.REDIS_URL = own_redis.url
    client = Client()
    assert statuses(client, "/healthz", 1) == [200]
    own_redis.stop()
    assert statuses(client, "/healthz", 4) == [200, 200, 200, 429]


def test_goes_on_counting_when_redis_refuses_writes(tight: None, settings: Settings, own_redis: StoppableRedis) -> None:
    settings.REDIS_URL = own_redis.url
    own_redis.refuse_writes()
    assert statuses(Client(), "/healthz", 4) == [200, 200, 200, 429]


def test_dead_redis_costs_one_attempt_not_one_each(tight: None, settings: Settings, own_redis: StoppableRedis) -> None:
    settings.REDIS_URL = own_redis.url
    client = Client()
    own_redis.stop()
    client.get("/healthz")
    started = perf_counter()
    statuses(client, "/healthz", 3)
    assert perf_counter() - started < 1

"""How often anyone may ask. One table; counted in Redis, or in this process while Redis is away."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import structlog
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter, RateLimiter
from redis.exceptions import RedisError

from midway.accounts.tokens import bearer_of, digest_of
from midway.config.problem import problem
from midway.config.redis_address import Pools
from midway.config.visitor import address_of

log = structlog.get_logger("midway.rate_limits")
T = TypeVar("T")
REDIS_REST_SECONDS = 5.0


@dataclass(frozen=True)
class Limit:
    """A group of addresses and how often one visitor, or one token, may ask for them."""

    name: str
    methods: frozenset[str]
    prefix: str
    rate: RateLimitItem


def _limit(name: str, methods: str, prefix: str, rate: str) -> Limit:
    return Limit(name, frozenset(methods.split()), prefix, parse(rate))


# The first row that fits counts. Generous to people behind one address, tight where guessing or flooding pays.
LIMITS: tuple[Limit, ...] = (
    _limit("sign-in", "POST", "/accounts/", "20/minute"),
    _limit("sign-in-link", "POST", "/my/sign-in", "10/minute"),
    _limit("booking", "POST", "/book/", "40/minute"),
    _limit("api-quote", "POST", "/api/v1/quotes", "60/minute"),
    _limit("api-booking", "POST", "/api/v1/bookings", "20/minute"),
    _limit("hooks", "POST", "/api/hooks/", "1200/minute"),
    _limit("api", "GET HEAD POST PUT PATCH DELETE", "/api/", "240/minute"),
    _limit("office", "GET HEAD POST PUT PATCH DELETE", "/office/", "1200/minute"),
    _limit("forms", "POST PUT PATCH DELETE", "/", "120/minute"),
    _limit("health", "GET HEAD", "/healthz", "1200/minute"),
    _limit("health", "GET HEAD", "/readyz", "1200/minute"),
    _limit("health", "GET HEAD", "/metrics", "1200/minute"),
    _limit("pages", "GET HEAD", "/", "600/minute"),
)
# A request with a token counts against these two instead of "api". The second is by address, because anybody can
# make up a new token for every request.
BY_TOKEN = _limit("api-token", "*", "/api/", "600/minute")
WITH_TOKEN = _limit("api-with-token", "*", "/api/", "2400/minute")


class _RedisOnly(RedisStorage):
    """The library would load a second client beside it, for a server that nobody has here: two megabytes."""

    DEPENDENCIES = {"redis": RedisStorage.DEPENDENCIES["redis"]}


class Counter:
    """Counts in Redis; when Redis fails, in memory for a few seconds before Redis is tried again."""

    def __init__(self, redis_url: str) -> None:
        self._memory: RateLimiter = FixedWindowRateLimiter(MemoryStorage())
        self._redis: RateLimiter | None = None
        self._resting_until = 0.0
        if redis_url:
            pool = Pools.from_url(redis_url, socket_timeout=0.5, socket_connect_timeout=0.5)
            storage = _RedisOnly("redis://", connection_pool=pool, key_prefix="midway-limits")
            self._redis = FixedWindowRateLimiter(storage)

    def hit(self, limit: Limit, who: str) -> bool:
        """Will count one request; False when it is one too many."""
        return self._with_counter(lambda counter: counter.hit(limit.rate, limit.name, who))

    def seconds_until_free(self, limit: Limit, who: str) -> int:
        """How long until this visitor may ask again."""
        reset = self._with_counter(lambda counter: counter.get_window_stats(limit.rate, limit.name, who).reset_time)
        return max(1, int(reset - time.time()) + 1)

    def _with_counter(self, ask: Callable[[RateLimiter], T]) -> T:
        if self._redis is not None and time.monotonic() >= self._resting_until:
            try:
                return ask(self._redis)
            except (RedisError, StorageError, OSError) as lost:
                self._resting_until = time.monotonic() + REDIS_REST_SECONDS
                log.warning("rate_limits.redis.lost", error=type(lost).__name__)
        return ask(self._memory)


@cache
def shared_counter() -> Counter:
    """The one counter of this process."""
    return Counter(settings.REDIS_URL)


class RateLimits:
    """Answers 429 with Retry-After to whoever asks too often. Not even loaded when the limits are off."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not settings.RATE_LIMITS:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self.counter = shared_counter()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        for limit, who in counted(request):
            if not self.counter.hit(limit, who):
                return self._refuse(request, limit, who)
        return self.get_response(request)

    def _refuse(self, request: HttpRequest, limit: Limit, who: str) -> HttpResponse:
        log.warning("rate_limits.request.refused", limit=limit.name)
        response = problem(
            request, status=429, title="Too many requests", detail="Too many requests: wait a moment and try again."
        )
        response.headers["Retry-After"] = str(self.counter.seconds_until_free(limit, who))
        return response


def counted(request: HttpRequest) -> list[tuple[Limit, str]]:
    """The rows this request counts against, and as whom."""
    limit = limit_for(request.method or "GET", request.path_info)
    if limit is None:
        return []
    visitor = address_of(request)
    if limit.name == "api" and (secret := bearer_of(request.META.get("HTTP_AUTHORIZATION", ""))):
        return [(WITH_TOKEN, visitor), (BY_TOKEN, digest_of(secret)[:32])]
    return [(limit, visitor)]


def limit_for(method: str, path: str) -> Limit | None:
    """The row of the table that fits."""
    for limit in LIMITS:
        if path.startswith(limit.prefix) and method in limit.methods:
            return limit
    return None

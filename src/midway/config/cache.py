"""The cache, whose loss must never be an error: without Redis everything is a miss, and the log says so once."""

import time
from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger("midway.cache")
T = TypeVar("T")

# After a failure the cache is left alone this long, so that a dead Redis does not cost every request a timeout.
REST_SECONDS = 2.0


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache that answers "not there" while Redis is down, full, or refuses writes.

    Whoever must know whether it works asks `ops.readiness`, which looks with its own connection.
    """

    def __init__(self, server: str | list[str], params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._resting_until = 0.0

    def _try(self, deed: Callable[[], T], otherwise: T) -> T:
        if time.monotonic() < self._resting_until:
            return otherwise
        try:
            return deed()
        except (RedisError, OSError) as problem:
            if self._resting_until == 0.0 or time.monotonic() - self._resting_until > REST_SECONDS:
                log.warning("cache.redis.lost", error=type(problem).__name__)
            self._resting_until = time.monotonic() + REST_SECONDS
            return otherwise

    def add(self, key: Any, value: Any, timeout: Any = 300, version: int | None = None) -> bool:
        # True: who uses `add` as a lock must go on without one rather than wait for a Redis that is gone.
        return self._try(lambda: super(ForgivingRedisCache, self).add(key, value, timeout, version), True)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        return self._try(lambda: super(ForgivingRedisCache, self).get(key, default, version), default)

    def set(self, key: Any, value: Any, timeout: Any = 300, version: int | None = None) -> None:
        self._try(lambda: super(ForgivingRedisCache, self).set(key, value, timeout, version), None)

    def touch(self, key: Any, timeout: Any = 300, version: int | None = None) -> bool:
        return self._try(lambda: super(ForgivingRedisCache, self).touch(key, timeout, version), False)

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self._try(lambda: super(ForgivingRedisCache, self).delete(key, version), False)

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        return self._try(lambda: super(ForgivingRedisCache, self).get_many(keys, version), {})

    def has_key(self, key: Any, version: int | None = None) -> bool:
        return self._try(lambda: super(ForgivingRedisCache, self).has_key(key, version), False)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        return self._try(lambda: super(ForgivingRedisCache, self).incr(key, delta, version), delta)

    def set_many(self, data: Any, timeout: Any = 300, version: int | None = None) -> list[Any]:
        return self._try(lambda: super(ForgivingRedisCache, self).set_many(data, timeout, version), list(data))

    def delete_many(self, keys: Any, version: int | None = None) -> None:
        self._try(lambda: super(ForgivingRedisCache, self).delete_many(keys, version), None)

    def clear(self) -> None:
        self._try(lambda: super(ForgivingRedisCache, self).clear(), None)

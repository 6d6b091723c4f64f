"""The cache, whose loss must never be an error: without Redis everything is a miss, and the log says so once."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = structlog.get_logger("midway.cache")
T = TypeVar("T")

# After a failure the cache is left alone this long, so that a dead Redis does not cost every request a timeout.
REST_SECONDS = 2.0
ASKED = "midway:cache-asked"
"""Where every process adds how often the answer was there (`hit`) or not (`miss`), by the first word of the key."""
KEEP_ASKED_SECONDS = 90 * 86_400
_MISSING: Any = object()
_AWAY: Any = object()


class Tally:
    """Counts of this process, told now and then: one more question in a hundred."""

    def __init__(self, *, every: int = 100, seconds: float = 30.0) -> None:
        self._every, self._seconds = every, seconds
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._told_at = time.monotonic()

    def add(self, key: Any, *, found: int, missed: int) -> "Counter[str]":
        """Will count; gives all that is to be told, which is nothing most of the time."""
        prefix = str(key).partition(":")[0]
        with self._lock:
            self._counts.update({f"{prefix}:hit": found, f"{prefix}:miss": missed})
            now = time.monotonic()
            if self._counts.total() < self._every and now - self._told_at < self._seconds:
                return Counter()
            told, self._counts, self._told_at = self._counts, Counter(), now
        return told


TALLY = Tally()


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

    def _count(self, key: Any, *, found: int, missed: int) -> None:
        told = TALLY.add(key, found=found, missed=missed)
        if told:
            self._try(lambda: self._tell(told), None)

    def _tell(self, told: "Counter[str]") -> None:
        client = self._cache.get_client(None, write=True)  # type: ignore[attr-defined] # the stubs do not tell of it
        with client.pipeline(transaction=False) as pipe:
            for name, count in told.items():
                pipe.hincrby(ASKED, name, count)
            pipe.expire(ASKED, KEEP_ASKED_SECONDS)
            pipe.execute()

    def add(self, key: Any, value: Any, timeout: Any = 300, version: int | None = None) -> bool:
        # True: who uses `add` as a lock must go on without one rather than wait for a Redis that is gone.
        return self._try(lambda: super(ForgivingRedisCache, self).add(key, value, timeout, version), True)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        got = self._try(lambda: super(ForgivingRedisCache, self).get(key, _MISSING, version), _AWAY)
        if got is not _AWAY:
            self._count(key, found=int(got is not _MISSING), missed=int(got is _MISSING))
        return default if got is _MISSING or got is _AWAY else got

    def set(self, key: Any, value: Any, timeout: Any = 300, version: int | None = None) -> None:
        self._try(lambda: super(ForgivingRedisCache, self).set(key, value, timeout, version), None)

    def touch(self, key: Any, timeout: Any = 300, version: int | None = None) -> bool:
        return self._try(lambda: super(ForgivingRedisCache, self).touch(key, timeout, version), False)

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self._try(lambda: super(ForgivingRedisCache, self).delete(key, version), False)

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        keys = list(keys)

        got = self._try(lambda: super(ForgivingRedisCache, self).get_many(keys, version), _AWAY)
        if got is _AWAY:
            return {}
        if keys:
            self._count(keys[0], found=len(got), missed=len(keys) - len(got))
        found: dict[Any, Any] = got
        return found

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

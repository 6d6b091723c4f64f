"""Where Redis is: at one address, or where its Sentinels say. The one place that makes clients for REDIS_URL."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    import redis

SENTINEL = "redis+sentinel"
EXAMPLE = f"{SENTINEL}://host1:26379,host2:26379,host3:26379/service"
_SENTINEL_PORT = 26379


@dataclass(frozen=True)
class SentinelAddress:
    """The Sentinels that are asked, and what of."""

    sentinels: tuple[tuple[str, int], ...]
    service: str
    database: int
    username: str | None
    password: str | None


def sentinel_address(url: str) -> SentinelAddress | None:
    """What a `redis+sentinel://` address says; nothing of any other. Raises `ValueError`."""
    parts = urlsplit(url)
    if parts.scheme != SENTINEL:
        return None
    account, _, places = parts.netloc.rpartition("@")
    username, _, password = account.partition(":")
    service, _, database = parts.path.strip("/").partition("/")
    if not service:
        raise ValueError("it names no service")
    return SentinelAddress(
        sentinels=tuple(_place(one) for one in places.split(",")),
        service=unquote(service),
        database=int(database or 0),
        username=unquote(username) or None,
        password=unquote(password) or None,
    )


def _place(text: str) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError(f"{text!r} is no host")
    return parts.hostname, parts.port or _SENTINEL_PORT


class Pools:
    """Connections to an address of either kind, as Django's cache and others ask for them."""

    @staticmethod
    def from_url(url: str, **options: Any) -> "redis.ConnectionPool":
        """The pool. By Sentinels, each new connection asks them first, and a master that changed is left."""
        import redis

        found = sentinel_address(url)
        if found is None:
            return redis.ConnectionPool.from_url(url, **options)
        from redis.backoff import NoBackoff
        from redis.retry import Retry
        from redis.sentinel import Sentinel, SentinelConnectionPool

        # One that is dead is passed over at once: by its own habit the library would wait for it seven seconds.
        asking = {name: value for name, value in options.items() if name.startswith("socket_")}
        asking["retry"] = Retry(NoBackoff(), 0)
        account = {"username": found.username, "password": found.password, "db": found.database}
        sentinels = Sentinel(found.sentinels, sentinel_kwargs=asking)  # type: ignore[no-untyped-call]
        return SentinelConnectionPool(  # type: ignore[no-untyped-call]
            found.service, sentinels, check_connection=True, **account, **options
        )


def redis_client(url: str, **options: Any) -> "redis.Redis":
    """A client of its own; closing it closes its connections."""
    import redis

    return redis.Redis.from_pool(Pools.from_url(url, **options))


def cache_at(url: str) -> dict[str, Any]:
    """Django's setting for the cache there; without an address each process keeps its own."""
    if not url:
        return {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    return {
        "BACKEND": "midway.config.cache.ForgivingRedisCache",
        "LOCATION": [url],  # as a text it would be taken apart at the commas between Sentinels
        "OPTIONS": {
            "pool_class": "midway.config.redis_address.Pools",
            "socket_timeout": 0.5,
            "socket_connect_timeout": 0.5,
        },
    }

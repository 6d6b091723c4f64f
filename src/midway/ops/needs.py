"""What a procedure must be allowed and able to do. Asked before it looks: a role that may not see answers "nothing
wrong" to every question."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from redis.exceptions import RedisError

from midway.config.redis_address import redis_client
from midway.ops.procedure import Status
from midway.ops.surroundings import Surroundings


@dataclass(frozen=True)
class Lack:
    """What is missing, and whether it was decided so (skipped) or is a mistake (unknown)."""

    says: str
    next_step: str
    status: Status = Status.UNKNOWN


@dataclass(frozen=True)
class Need:
    """One privilege, tool or service."""

    name: str
    says: str
    lack: Callable[[Surroundings], Lack | None]


def _role_need(role: str) -> Need:
    def lack(around: Surroundings) -> Lack | None:
        with around.connect() as connection:
            row = connection.execute(
                "SELECT current_user, rolsuper OR pg_has_role(current_user, %s, 'USAGE')"
                " FROM pg_roles WHERE rolname = current_user",
                [role],
            ).fetchone()
        assert row is not None
        return None if row[1] else Lack(f"the role {row[0]} lacks {role}", f'GRANT {role} TO "{row[0]}";')

    return Need(role, f"the PostgreSQL role {role}", lack)


def extension(name: str, *, preload: bool = False) -> Need:
    """The extension is there for our database."""

    def lack(around: Surroundings) -> Lack | None:
        with around.connect() as connection:
            there = connection.execute("SELECT 1 FROM pg_extension WHERE extname = %s", [name]).fetchone()
            loaded = connection.execute("SHOW shared_preload_libraries").fetchone() if preload else None
        if preload and loaded is not None and name not in loaded[0]:
            return Lack(
                f"{name} is not loaded by the server",
                f"Add {name} to shared_preload_libraries and restart PostgreSQL.",
            )
        return None if there else Lack(f"the extension {name} is not installed", f"CREATE EXTENSION {name};")

    return Need(f"extension {name}", f"the PostgreSQL extension {name}", lack)


def tool(name: str) -> Need:
    """A program of the machine."""

    def lack(around: Surroundings) -> Lack | None:
        return None if shutil.which(name) else Lack(f"{name} is not installed", f"Install {name}.")

    return Need(f"tool {name}", f"the program {name}", lack)


def setting(name: str, variable: str, says: str) -> Need:
    """A service that need not exist; without it the procedure is skipped."""

    def lack(around: Surroundings) -> Lack | None:
        if getattr(around, name):
            return None
        return Lack(f"{variable} is not set: {says}", f"Set {variable} to have it watched.", Status.SKIPPED)

    return Need(variable, f"the setting {variable}", lack)


def _redis_lack(around: Surroundings) -> Lack | None:
    if not around.redis_url:
        return Lack("there is no Redis here", "Set REDIS_URL to have one.", Status.SKIPPED)
    import redis

    client = redis_client(around.redis_url, socket_timeout=3, socket_connect_timeout=3)
    try:
        client.info("server")
    except redis.exceptions.NoPermissionError as problem:
        return Lack(f"Redis does not let us ask: {problem}", "ACL SETUSER for upkeep: +info +ping +config|get +slowlog")
    except (RedisError, OSError):
        return None  # that it is not there is for redis.writes to say
    finally:
        client.close()
    return None


PG_MONITOR = _role_need("pg_monitor")
PG_READ_ALL_DATA = _role_need("pg_read_all_data")
PG_SIGNAL_BACKEND = _role_need("pg_signal_backend")
STATEMENTS = extension("pg_stat_statements", preload=True)
REDIS = Need("redis", "a Redis or Valkey that lets us ask INFO", _redis_lack)


class NeedsOfARun:
    """Asks for each need once in a run."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._asked: dict[str, Lack | None] = {}

    def lack(self, need: Need) -> Lack | None:
        """What is missing; that it could not be asked is missing too."""
        if need.name not in self._asked:
            try:
                self._asked[need.name] = need.lack(self._around)
            except (psycopg.Error, OSError) as problem:
                self._asked[need.name] = Lack(
                    f"could not ask for {need.says}: {type(problem).__name__}", "See postgres.writes."
                )
        return self._asked[need.name]

"""Can Midway do its work now? Every answer was measured; what could not be measured is not fine.

The database and the cache are asked to write, because both answer reads happily while they refuse every write.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from secrets import token_hex

import structlog
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from midway.config.redis_address import redis_client
from midway.ops.heartbeats import alive, beat

log = structlog.get_logger("midway.readiness")
OK, SKIPPED = "ok", "skipped"
# The worker process has two tasks besides the scheduler: jobs and mail. One of them stuck is not alive.
WORKER_PARTS = frozenset({"worker", "outbox"})

_migrations_seen_applied = False


@dataclass(frozen=True)
class Readiness:
    """Each check's word: `ok`, `skipped (why)`, or what is wrong."""

    checks: dict[str, str]

    @property
    def is_ready(self) -> bool:
        """Whether everything that is needed works."""
        return all(word == OK or word.startswith(SKIPPED) for word in self.checks.values())


def readiness(*, now: datetime) -> Readiness:
    """Will measure everything."""
    checks = {
        "database": _asked("database", lambda: _database(now)),
        "cache": _asked("cache", _cache),
        "migrations": _asked("migrations", _migrations),
    }
    heartbeats = _asked_parts(now)
    checks["worker"] = _word(WORKER_PARTS, heartbeats)
    checks["scheduler"] = _word(frozenset({"scheduler"}), heartbeats)
    return Readiness(checks)


def _asked(name: str, question: Callable[[], str]) -> str:
    try:
        return question()
    except Exception as problem:
        log.warning("readiness.check.failed", check=name, error=type(problem).__name__)
        return f"failed ({type(problem).__name__})"


def _database(now: datetime) -> str:
    beat("readyz", now=now)
    return OK


def _cache() -> str:
    if not settings.REDIS_URL:
        return "skipped (REDIS_URL is not set: each process keeps its own cache)"
    word = token_hex(8)
    client = redis_client(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        client.set(f"midway:readyz:{word}", word, ex=10)
        return OK if client.get(f"midway:readyz:{word}") == word.encode() else "failed (did not keep what was written)"
    finally:
        client.close()


def _migrations() -> str:
    global _migrations_seen_applied
    if _migrations_seen_applied:  # migrations are not undone under a running process
        return OK
    executor = MigrationExecutor(connection)
    missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    _migrations_seen_applied = missing == 0
    return OK if missing == 0 else f"failed ({missing} not applied)"


def _asked_parts(now: datetime) -> set[str] | None:
    try:
        return alive(now=now)
    except Exception as problem:
        log.warning("readiness.check.failed", check="heartbeats", error=type(problem).__name__)
        return None


def _word(parts: frozenset[str], heartbeats: set[str] | None) -> str:
    if heartbeats is None:
        return "unknown (the database does not answer)"
    missing = sorted(parts - heartbeats)
    return OK if not missing else f"failed (no sign of life from {', '.join(missing)} for two minutes)"

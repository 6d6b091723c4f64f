"""What must be done before serving: database reachable and migrated, static files collected. Runs in a short-lived
child.

It prints one JSON object per line: `say`, `warn`, `error`, `told` (for the greeting) and `redis`.
"""

import contextlib
import hashlib
import json
import os
import runpy
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from midway.config.environment import database_parameters
from midway.config.redis_address import redis_client
from midway.runtime.folder import DataFolder
from midway.runtime.postgres_binaries import OLDEST_MAJOR
from midway.runtime.problem import CannotRun

PACKAGE = Path(__file__).resolve().parent.parent


def tell(**message: Any) -> None:
    """Will hand a message to the supervisor."""
    print(json.dumps(message), flush=True)  # noqa: T201 - this is the protocol


@contextlib.contextmanager
def step() -> Iterator[list[str]]:
    """Will say what was put in the list, with the seconds it took."""
    began = time.monotonic()
    titles: list[str] = []
    yield titles
    for title in titles:
        tell(say=f"{title:<52} {time.monotonic() - began:5.1f} s")


def check_database(url: str, *, look_only: bool = False) -> None:
    """Will connect, make our own database if it is missing on our own server, and refuse what cannot work."""
    import psycopg

    parameters = database_parameters(url)
    where = parameters["HOST"] + (f":{parameters['PORT']}" if parameters["PORT"] else "")
    try:
        with _connect(url) as connection:
            _refuse_shared_sessions(connection, url)
            _check_server(connection)
            if not look_only:
                _count_statements(connection)
    except psycopg.OperationalError as problem:
        raise CannotRun(_database_refusal(str(problem), parameters, where)) from problem


def _connect(url: str) -> Any:
    import psycopg

    try:
        return psycopg.connect(url, connect_timeout=10)
    except psycopg.OperationalError as problem:
        ours = "?host=/" in url and "does not exist" in str(problem) and url.startswith("postgresql://midway@/midway?")
        if not ours:
            raise
        with psycopg.connect(url.replace("@/midway?", "@/postgres?", 1), autocommit=True) as server:
            server.execute("CREATE DATABASE midway")
        return psycopg.connect(url, connect_timeout=10)


def _check_server(connection: Any) -> None:
    major = connection.info.server_version // 10000
    if major < OLDEST_MAJOR:
        raise CannotRun(f"DATABASE_URL leads to PostgreSQL {major}: Midway needs {OLDEST_MAJOR} or newer")
    found = connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'btree_gist'").fetchone()
    if found is None:
        raise CannotRun(
            "The database server lacks the extension btree_gist, which keeps slots from being sold twice: "
            "install its contrib package (postgresql-contrib)"
        )


def _refuse_shared_sessions(first: Any, url: str) -> None:
    """A session of ours must be one of the server's: prepared statements, advisory locks and SET live in it."""
    import psycopg

    first.autocommit = True
    refusal = (
        "DATABASE_URL leads through a pooler that gives each transaction another session, which takes prepared "
        "statements and locks away from Midway: set its pool_mode to session, or name the server itself"
    )
    given = _session_of(first)
    is_shared = _session_of(first) != given  # sessions are given in turns
    with _connect(url) as second:
        try:
            # In its transaction the second keeps what it was given: that of the first, where the first gave it back.
            is_shared = is_shared or _session_of(second) == given
        except psycopg.errors.ProtocolViolation:  # pool_mode statement: no transactions at all
            is_shared = True
        if is_shared or _session_of(first) != given:
            raise CannotRun(refusal)


def _session_of(connection: Any) -> int:
    return int(connection.execute("SELECT pg_backend_pid()").fetchone()[0])


def _count_statements(connection: Any) -> None:
    """Which statements cost most, and how full tables are, is worth knowing wherever we may ask the server."""
    # Only a superuser may make the extension, and others may not even ask what is preloaded.
    superuser = connection.execute("SELECT usesuper FROM pg_user WHERE usename = current_user").fetchone()
    if not superuser or not superuser[0]:
        return
    preloaded = connection.execute("SELECT current_setting('shared_preload_libraries')").fetchone()
    # While an upgrade that was interrupted waits to be resumed, the database only takes reads.
    takes_writes = connection.execute("SHOW transaction_read_only").fetchone() == ("off",)
    if takes_writes and preloaded and "pg_stat_statements" in preloaded[0]:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
    measures = connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'pgstattuple'").fetchone()
    if takes_writes and measures:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pgstattuple")


def _database_refusal(told: str, parameters: dict[str, str], where: str) -> str:
    user, name = parameters["USER"] or "(none)", parameters["NAME"]
    reason = told.strip().splitlines()[0].rpartition("failed: ")[2].strip()
    if "password authentication failed" in told or "no password supplied" in told or "Peer authentication" in told:
        return f"The database server at {where} refuses user {user}: correct the user or password in DATABASE_URL"
    if f'database "{name}" does not exist' in told:
        return f"The database server at {where} has no database {name}: createdb {name}, or correct DATABASE_URL"
    if "role" in told and "does not exist" in told:
        return f"The database server at {where} knows no user {user}: create it or correct DATABASE_URL"
    if "No space left" in told:
        return f"The database server at {where} has no space left on its disk: free some"
    return f"The database server at {where} cannot be reached ({reason}): start it or correct DATABASE_URL"


def check_redis(url: str) -> None:
    """Will find out whether Redis answers, and let the start go on without it, saying so."""
    import redis

    try:
        client = redis_client(url, socket_connect_timeout=3, socket_timeout=3)
        client.set("midway:probe", "1", ex=60)
        client.close()
    except (redis.RedisError, ValueError, OSError) as problem:
        reason = str(problem).strip().rstrip(".") or type(problem).__name__
        tell(warn=f"Redis at REDIS_URL does not answer ({reason}): going on without; correct REDIS_URL", redis=False)


def migrate() -> tuple[str, ...]:
    """Will bring the database to this version and give the earlier releases that can run on it too.

    A database that a newer version has changed is refused, unless it says that we can run on it.
    """
    from django.db import connection

    from midway.runtime.migrate import bring_up_to_date

    with step() as titles:
        done = bring_up_to_date()
        titles.append(done.words())
    connection.close()
    return done.sign.fits


def collect_static(folder: DataFolder) -> None:
    """Will collect and compress static files, unless nothing has changed since the last time."""
    from django.contrib.staticfiles.finders import get_finders
    from django.core.management import call_command

    with step() as titles:
        digest = hashlib.sha256()
        for finder in get_finders():
            for name, storage in finder.list([]):
                facts = os.stat(storage.path(name))
                digest.update(f"{name}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
        if folder.stamp().get("static") == digest.hexdigest() and folder.static.exists():
            return
        call_command("collectstatic", verbosity=0, interactive=False, clear=folder.static.exists())
        folder.write_stamp(static=digest.hexdigest())
        titles.append("Static files collected")


def compile_translations() -> None:
    """Will bring the catalogues up to date when running from a checkout; a wheel carries them compiled."""
    script = PACKAGE.parent.parent / "tools" / "translations.py"
    if script.exists() and (PACKAGE / "locale").exists():
        with step() as titles:
            if runpy.run_path(str(script))["compile_stale"](PACKAGE / "locale"):
                titles.append("Translations compiled")

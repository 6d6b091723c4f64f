"""A throw-away PostgreSQL for the tests, run the way the product runs its own.

MIDWAY_TEST_POSTGRES chooses: `system`, `embedded`, or `url` for the server DATABASE_URL names; without it, what the
product itself would choose.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from midway.config.environment import database_parameters
from midway.runtime.postgres import PostgresOptions, PostgresServer
from midway.runtime.postgres_binaries import PostgresBinaries, available_postgres

MADE_BY_MIGRATING = {"django_content_type", "auth_permission"}
"""Django would write them anew after each emptying, always the same."""


def chosen_binaries() -> PostgresBinaries:
    """The PostgreSQL the tests run on."""
    wanted = os.environ.get("MIDWAY_TEST_POSTGRES", "")
    for found in available_postgres():
        if wanted in {"", found.origin}:
            return found
    raise RuntimeError(f"No PostgreSQL of the kind MIDWAY_TEST_POSTGRES={wanted!r}: install it, or unset the variable")


@contextmanager
def throw_away_cluster() -> Iterator[str]:
    """The address of a running server with nothing in it, gone afterwards. It forgets fsync, so that tests are fast."""
    if os.environ.get("MIDWAY_TEST_POSTGRES") == "url":
        yield os.environ["DATABASE_URL"]
        return
    folder = Path(tempfile.mkdtemp(prefix="midway-test-"))
    folder.chmod(0o711)  # as root, the server is somebody else and must pass through
    try:
        with (folder / "postgres.log").open("ab", buffering=0) as log:
            server = PostgresServer(
                chosen_binaries(),
                folder / "postgres",
                sockets=folder / "pg",
                output=log,
                options=PostgresOptions(durable=False, max_connections=300),
            )
            with server:
                yield server.url("postgres")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def point_django_at(url: str) -> None:
    """Will make Django, whose settings are loaded but which has not connected yet, use this server."""
    from django.conf import settings

    parameters = database_parameters(url)
    settings.DATABASES["default"].update({**parameters, "NAME": "midway"})


def empty_quickly() -> None:
    """Will have the emptying after a transactional test delete the rows of the tables that have any, and no others.

    Django truncates every table, which lays hundreds of files anew for a handful of rows. The rows go past the guards,
    such as the append-only journal's, and past foreign keys: only here, everywhere else in the tests both stand.
    """
    from django.db.backends.postgresql.operations import DatabaseOperations

    DatabaseOperations.sql_flush = _sql_flush  # type: ignore[method-assign,assignment]


def _sql_flush(self: Any, style: Any, tables: Sequence[str], **kwargs: Any) -> list[str]:
    quoted = [self.quote_name(table) for table in tables if table not in MADE_BY_MIGRATING]
    if not quoted:
        return []
    asked = " UNION ALL ".join(f"(SELECT %s FROM {table} LIMIT 1)" for table in quoted)
    with self.connection.cursor() as cursor:
        cursor.execute(asked, quoted)
        filled = [table for (table,) in cursor.fetchall()]
    return ["SET LOCAL session_replication_role = replica", *(f"DELETE FROM {table}" for table in filled)]

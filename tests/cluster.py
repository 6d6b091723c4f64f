"""A throw-away PostgreSQL for the tests, run the way the product runs its own.

MIDWAY_TEST_POSTGRES chooses: `system`, `embedded`, or `url` for the server DATABASE_URL names; without it, what the
product itself would choose.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from midway.config.environment import database_parameters
from midway.runtime.postgres import PostgresOptions, PostgresServer
from midway.runtime.postgres_binaries import PostgresBinaries, available_postgres


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


def let_flush_pass_the_guards() -> None:
    """Will let the emptying after a transactional test truncate guarded tables, such as the append-only journal.

    Only that statement: everywhere else in the tests the guards stand.
    """
    from django.db.backends.postgresql.operations import DatabaseOperations

    plain = DatabaseOperations.sql_flush

    def sql_flush(self: Any, *args: Any, **kwargs: Any) -> list[str]:
        return ["SET LOCAL session_replication_role = replica", *plain(self, *args, **kwargs)]

    DatabaseOperations.sql_flush = sql_flush  # type: ignore[method-assign]

"""Requests after PostgreSQL was restarted, on a real server: none meets a connection of the old one."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from django.db import connections
from tests.cluster import chosen_binaries

from midway.config.environment import database_parameters
from midway.runtime.careful_postgres.base import is_alive
from midway.runtime.postgres import PostgresOptions, PostgresServer

ALIAS = "restarted"
CONNECTIONS = 4


@pytest.fixture(autouse=True)
def _a_server_of_their_own(django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def server(shallow: Path) -> PostgresServer:
    return PostgresServer(
        chosen_binaries(), shallow / "postgres", sockets=shallow / "run", options=PostgresOptions(durable=False)
    )


@contextmanager
def database(server: PostgresServer) -> Iterator[Callable[[], Any]]:
    """A maker of connections as the product's threads have them, all out of one pool."""
    ours = connections.settings["default"]
    options = {**ours["OPTIONS"], "pool": {"min_size": 0, "max_size": CONNECTIONS, "timeout": 20}}
    address = database_parameters(server.url("postgres"))
    connections.settings[ALIAS] = {**ours, **address, "OPTIONS": options}
    try:
        ask(connections[ALIAS])  # Django looks for types when it connects first
        connections[ALIAS].close()
        yield lambda: connections.create_connection(ALIAS)
    finally:
        connections[ALIAS].close()
        connections[ALIAS].close_pool()  # type: ignore[attr-defined]
        del connections[ALIAS]
        del connections.settings[ALIAS]


def ask(connection: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return int(cursor.fetchone()[0])


def fill_pool(threads: list[Any]) -> None:
    assert [ask(thread) for thread in threads] == [1] * len(threads)
    for thread in threads:
        thread.close()


def test_no_request_after_a_restart_fails(server: PostgresServer) -> None:
    with server, database(server) as connection:
        threads = [connection() for _ in range(CONNECTIONS)]
        fill_pool(threads)
        server.stop()
        server.start()
        fill_pool(threads)


def test_nor_after_it_was_killed(server: PostgresServer) -> None:
    with server, database(server) as connection:
        threads = [connection() for _ in range(CONNECTIONS)]
        fill_pool(threads)
        assert server.child is not None
        family = psutil.Process(server.child.pid).children(recursive=True)
        server.child.kill()
        server.child.wait()
        psutil.wait_procs(family, timeout=30)
        server.start()
        fill_pool(threads)


def test_what_the_server_says_unasked_is_not_its_end(server: PostgresServer) -> None:
    with server, database(server) as connection:
        one, other = connection(), connection()
        with one.cursor() as cursor:
            cursor.execute("LISTEN news")
        with other.cursor() as cursor:
            cursor.execute("NOTIFY news")
            cursor.execute("SELECT 1")
        assert is_alive(one.connection)
        assert ask(one) == 1

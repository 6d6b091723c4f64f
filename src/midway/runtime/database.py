"""One transaction for one deed, tried again when PostgreSQL asks for it."""

import functools
import random
import time
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import psycopg
from django.db import OperationalError, connection, transaction
from psycopg import pq

P = ParamSpec("P")
R = TypeVar("R")

ATTEMPTS = 8
_AGAIN = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure, psycopg.errors.LockNotAvailable)


def one_transaction(deed: Callable[P, R]) -> Callable[P, R]:
    """Will run the deed in a transaction, and again from the start after a deadlock, up to eight times.

    Inside another transaction the deed simply takes part in it: only the outermost one can start over.
    """

    @functools.wraps(deed)
    def done(*args: P.args, **kwargs: P.kwargs) -> R:
        if connection.in_atomic_block:
            return deed(*args, **kwargs)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with transaction.atomic():
                    return deed(*args, **kwargs)
            except OperationalError as problem:
                if not isinstance(problem.__cause__, _AGAIN) or attempt == ATTEMPTS:
                    raise
                # Those that met once should not meet again in step.
                time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - spreads retries, guards nothing
        raise AssertionError("unreachable")

    return done


def insert_row(table: str, **columns: Any) -> int | None:
    """Will insert one row with a bare statement and give its id, or None where it was already there.

    For the paths that must be fast; a refused unique key is an answer, not an error. `table` and the column
    names are written in our code, never taken from input.
    """
    with connection.cursor() as cursor:
        cursor.execute(_insert_statement(table, tuple(columns)), list(columns.values()))
        row = cursor.fetchone()
    return None if row is None else row[0]


@functools.cache
def _insert_statement(table: str, columns: tuple[str, ...]) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    values = ", ".join(["%s"] * len(columns))
    return f'INSERT INTO "{table}" ({names}) VALUES ({values}) ON CONFLICT DO NOTHING RETURNING id'  # noqa: S608


def read_row(name: str, statement: str, *parameters: object) -> list[bytes | None]:
    """Will read one row by a statement prepared under `name`, written with $1, on Django's connection of this thread.

    For reads that are asked for all day: straight through libpq, which takes a third of the time of a cursor.
    Values come in PostgreSQL's binary form. Part of whatever transaction is open.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        raw: psycopg.Connection[Any] = connection.connection
        values: Any = [None if value is None else str(value).encode() for value in parameters]
        prepared = raw.__dict__.setdefault("midway_prepared", set())
        if name not in prepared:
            raw.pgconn.prepare(name.encode(), statement.encode())
            prepared.add(name)
        result = raw.pgconn.exec_prepared(name.encode(), values, result_format=pq.Format.BINARY)
        if result.status != pq.ExecStatus.TUPLES_OK:
            # Among the reasons is that the connection has forgotten what it prepared; the next try prepares anew.
            prepared.discard(name)
            raise psycopg.errors.error_from_result(result)
        return [result.get_value(0, column) for column in range(result.nfields)]

"""One transaction for one deed, tried again when PostgreSQL asks for it."""

import functools
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

import psycopg
import psycopg.rows
from django.db import DEFAULT_DB_ALIAS, OperationalError, ProgrammingError, connection, connections, transaction
from psycopg import pq

from midway.runtime.round_trip import Answer, queued, send_waiting

P = ParamSpec("P")
R = TypeVar("R")

ATTEMPTS = 8
_AGAIN = (
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.LockNotAvailable,
    psycopg.errors.InvalidSqlStatementName,  # prepared, and forgotten in a rollback meanwhile
)


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
            except (OperationalError, ProgrammingError) as problem:
                if not isinstance(problem.__cause__, _AGAIN) or attempt == ATTEMPTS:
                    raise
                # Those that met once should not meet again in step.
                time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - spreads retries, guards nothing
        raise AssertionError("unreachable")

    return done


def own_transactions(deed: Callable[P, R]) -> Callable[P, R]:
    """Marks a deed that opens its transactions itself: one that fails leaves nothing, one that succeeds all of it."""

    @functools.wraps(deed)
    def done(*args: P.args, **kwargs: P.kwargs) -> R:
        return deed(*args, **kwargs)

    return done


def run(statement: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """Will run one statement in whatever transaction is open, and give its rows.

    For the paths that must be fast: one cursor is kept for each connection, which halves the cost of a statement.
    """
    later = queued(statement, parameters)
    if later is not None:
        return later.rows
    django = connections[DEFAULT_DB_ALIAS]  # looked up once: `connection` looks anew at each use
    django.ensure_connection()
    django.validate_no_broken_transaction()
    with django.wrap_database_errors:
        cursor = _kept_cursor(django.connection)
        cursor.execute(statement, parameters)
        # Not `description`, which describes every column anew.
        return cursor.fetchall() if cursor.pgresult and cursor.pgresult.nfields else []


def ask(statement: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> Answer:
    """As `run`, for answers that are wanted later: inside a `one_round_trip()` the statement waits for its end."""
    return queued(statement, parameters) or Answer(rows=run(statement, parameters))


def write(statement: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> None:
    """As `run`, for statements whose answer nobody wants."""
    ask(statement, parameters)


def _kept_cursor(raw: "psycopg.Connection[Any]") -> "psycopg.Cursor[tuple[Any, ...]]":
    kept: psycopg.Cursor[tuple[Any, ...]] | None = raw.__dict__.get("midway_cursor")
    if kept is None:
        kept = raw.__dict__["midway_cursor"] = psycopg.Cursor(raw, row_factory=psycopg.rows.tuple_row)
    return kept


def insert_row(table: str, **columns: Any) -> Answer:
    """Will insert one row with a bare statement; the answer is its id, or no row where it was already there.

    For the paths that must be fast; a refused unique key is an answer, not an error. `table` and the column
    names are written in our code, never taken from input.
    """
    return ask(_insert_statement(table, tuple(columns)), list(columns.values()))


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
    send_waiting()
    django = connections[DEFAULT_DB_ALIAS]  # looked up once: `connection` looks anew at each use
    if django.connection is None:
        django.ensure_connection()
    with django.wrap_database_errors:
        raw: psycopg.Connection[Any] = django.connection
        values: Any = [None if value is None else str(value).encode() for value in parameters]
        if raw.pgconn.transaction_status == pq.TransactionStatus.IDLE:
            result = _read_prepared(raw, name, statement, values)
        else:
            # psycopg forgets all that was prepared after a rollback; finding that out would end the transaction.
            result = raw.pgconn.exec_params(statement.encode(), values, result_format=pq.Format.BINARY)
        if result.status != pq.ExecStatus.TUPLES_OK:
            raise psycopg.errors.error_from_result(result)
        return [result.get_value(0, column) for column in range(result.nfields)]


def _read_prepared(raw: "psycopg.Connection[Any]", name: str, statement: str, values: Any) -> pq.abc.PGresult:
    prepared = raw.__dict__.setdefault("midway_prepared", set())
    for _ in range(2):
        if name not in prepared:
            raw.pgconn.prepare(name.encode(), statement.encode())
            prepared.add(name)
        result = raw.pgconn.exec_prepared(name.encode(), values, result_format=pq.Format.BINARY)
        if result.error_field(pq.DiagnosticField.SQLSTATE) != b"26000":
            break
        prepared.discard(name)
    return result

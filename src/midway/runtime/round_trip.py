"""Many statements in one message to PostgreSQL, for deeds that write many rows and need no answer in between.

Every journey to the server and back wakes a process on each side, which costs more than most statements do.
Inside `one_round_trip()`, the statements of `database.ask` and `database.write` wait until the end, or until
somebody needs an answer from the database: whatever goes there by another way sends them first, so the order
of things stays as it is written.
"""

import functools
import itertools
import re
import select
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer

Row = tuple[Any, ...]
_PLACE = re.compile(r"%(?:\((\w+)\)s|s|%)")
_FAILED = (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE)
_numbers = itertools.count()
_FORGOTTEN = b"26000"  # invalid_sql_statement_name


class Answer:
    """The rows of a statement, once it has been sent."""

    def __init__(
        self, statement: str = "", parameters: Sequence[Any] | Mapping[str, Any] = (), rows: list[Row] | None = None
    ) -> None:
        self.statement, names = _numbered(statement)
        self.parameters = [parameters[name] for name in names] if isinstance(parameters, Mapping) else list(parameters)
        self._rows = rows

    @property
    def rows(self) -> list[Row]:
        """The rows. Asking for them early sends what is waiting."""
        if self._rows is None:
            send_waiting()
        assert self._rows is not None, "the statement was not sent"
        return self._rows

    def take(self, result: "pq.abc.PGresult", reader: Any) -> None:
        """Will read the rows of the result."""
        self._rows = []
        if result.nfields:
            reader.set_pgresult(result)
            self._rows = reader.load_rows(0, result.ntuples, tuple)


class _Waiting(list[Answer]):
    """The statements kept back; `began` says that they have begun the transaction themselves."""

    began = False


@contextmanager
def one_round_trip() -> Iterator[None]:
    """Will keep back what is asked and written inside, and send it at the end. In a transaction only."""
    assert connection.in_atomic_block, "a round trip is part of a transaction"
    assert _waiting() is None, "one round trip at a time"
    connection.connection.__dict__["midway_waiting"] = _Waiting()
    try:
        # Django's own statements come in their turn too.
        with connection.execute_wrapper(_after_what_waits):
            yield
        send_waiting()
    finally:
        connection.connection.__dict__.pop("midway_waiting", None)


def queued(statement: str, parameters: Sequence[Any] | Mapping[str, Any]) -> Answer | None:
    """Will let a statement wait for the end of the round trip; nothing outside of one."""
    waiting = _waiting()
    if waiting is None:
        return None
    waiting.append(Answer(statement, parameters))
    return waiting[-1]


def send_waiting() -> None:
    """Will send what waits, if anything does. Raises what the database refuses."""
    waiting = _waiting()
    if waiting:
        sent = list(waiting)
        waiting.clear()
        _send(sent, waiting)


def _waiting() -> _Waiting | None:
    raw = connections[DEFAULT_DB_ALIAS].connection
    found: _Waiting | None = raw.__dict__.get("midway_waiting") if raw is not None else None
    return found


def _after_what_waits(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    send_waiting()
    return execute(sql, params, many, context)


def _send(answers: Sequence[Answer], trip: _Waiting) -> None:
    django = connections[DEFAULT_DB_ALIAS]
    django.validate_no_broken_transaction()
    with django.wrap_database_errors:
        raw: psycopg.Connection[Any] = django.connection
        begins = raw.pgconn.transaction_status == pq.TransactionStatus.IDLE
        trip.began = trip.began or begins
        # What was prepared may be forgotten after a rollback (psycopg's doing). At the beginning of a transaction
        # that is mended by beginning again; in the midst of a strange one nothing prepared is used.
        results = _round_trip(raw, answers, begins=begins, prepared=trip.began)
        if any(each.error_field(pq.DiagnosticField.SQLSTATE) == _FORGOTTEN for each in results):
            raw.__dict__.pop("midway_named", None)
            if begins:
                raw.pgconn.exec_(b"ROLLBACK")
                results = _round_trip(raw, answers, begins=True, prepared=True)
        for result in results:
            if result.status in _FAILED:
                raise psycopg.errors.error_from_result(result)
        reader = Transformer(raw)
        for answer, result in zip(answers, results[begins:], strict=True):
            answer.take(result, reader)


def _round_trip(
    raw: "psycopg.Connection[Any]", answers: Sequence[Answer], *, begins: bool, prepared: bool
) -> list["pq.abc.PGresult"]:
    """Will send it all and give a result for each, after that of BEGIN; failures to prepare come between."""
    wire, named = raw.pgconn, raw.__dict__.setdefault("midway_named", {})
    writer, new, is_answer = Transformer(raw), [], []
    wire.enter_pipeline_mode()
    if begins:
        wire.send_query_params(b"BEGIN", None)
        is_answer.append(True)
    for answer in answers:
        values = writer.dump_sequence(answer.parameters, [PyFormat.AUTO] * len(answer.parameters))
        types, formats = tuple(writer.types or ()), writer.formats
        if not prepared:
            wire.send_query_params(answer.statement.encode(), values, types, formats)
        else:
            key = answer.statement, types
            if key not in named:
                new.append(key)
                named[key] = b"midway_%d" % next(_numbers)
                wire.send_prepare(named[key], answer.statement.encode(), types)
                is_answer.append(False)
            wire.send_query_prepared(named[key], values, formats)
        is_answer.append(True)
    wire.pipeline_sync()
    results = _results(wire)
    wire.exit_pipeline_mode()
    if any(result.status in _FAILED for result in results):
        for key in new:
            del named[key]  # it may not have come to it
    return [each for each, wanted in zip(results, is_answer, strict=True) if wanted or each.status in _FAILED]


def _results(wire: "pq.abc.PGconn") -> list["pq.abc.PGresult"]:
    """Will wait for every result, letting other threads work meanwhile."""
    poll = select.poll()
    poll.register(wire.socket, select.POLLIN | select.POLLOUT)
    while wire.flush():
        if any(events & select.POLLIN for _, events in poll.poll()):
            wire.consume_input()
    poll.modify(wire.socket, select.POLLIN)
    results: list[pq.abc.PGresult] = []
    while True:
        while wire.is_busy():
            poll.poll()
            wire.consume_input()
        result = wire.get_result()
        if result is None:
            continue  # between the results of two statements
        if result.status == pq.ExecStatus.PIPELINE_SYNC:
            return results
        results.append(result)


@functools.lru_cache(maxsize=256)
def _numbered(statement: str) -> tuple[str, tuple[str, ...]]:
    """The statement with $1 for %s or %(name)s, and the names in the order of their numbers."""
    names: list[str] = []

    def number(place: re.Match[str]) -> str:
        name = place.group(1)
        if place.group() == "%%":
            return "%"
        if name is None or name not in names:
            names.append(name or "")
            return f"${len(names)}"
        return f"${names.index(name) + 1}"

    return _PLACE.sub(number, statement), tuple(names)

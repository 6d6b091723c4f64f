"""Counting what is really asked of PostgreSQL, by whatever way: on the wire, not in Django's log."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from psycopg import pq

EXECUTED = re.compile(rb"^F\t\d+\t(?:Execute|Query)\b", re.MULTILINE)


@contextmanager
def counted_statements() -> Iterator[list[int]]:
    """Will put the number of statements executed inside into the list, on leaving."""
    connection.ensure_connection()
    wire = connection.connection.pgconn
    count: list[int] = []
    with tempfile.TemporaryFile() as trace:
        wire.trace(trace.fileno())
        wire.set_trace_flags(pq.Trace.SUPPRESS_TIMESTAMPS)
        try:
            yield count
        finally:
            wire.untrace()
        trace.seek(0)
        count.append(len(EXECUTED.findall(trace.read())))

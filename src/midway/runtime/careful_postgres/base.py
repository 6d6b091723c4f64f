"""Django's PostgreSQL backend with a look at each connection that comes out of the pool.

The pool's own check asks the server, a journey for every request. When a server ends, the kernel knows: an idle
connection on which there is something to read has nearly always been hung up.
"""

import select
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from psycopg import pq


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that was alive when it was taken."""

    pool: Any

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Will take one out of the pool, and put those that have ended back for the pool to replace."""
        taken = super().get_new_connection(conn_params)
        while self.pool and not is_alive(taken):
            taken.close()
            self.pool.putconn(taken)
            taken = super().get_new_connection(conn_params)
        return taken


def is_alive(raw: "psycopg.Connection[Any]") -> bool:
    """Says whether the other end of an idle connection is still there, without asking it."""
    watch = select.poll()
    try:
        watch.register(raw.fileno(), select.POLLIN)
        while watch.poll(0):
            raw.pgconn.consume_input()  # a notice, or the end
    except psycopg.Error:
        return False
    return raw.pgconn.status == pq.ConnStatus.OK

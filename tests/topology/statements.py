"""Programs that book by one statement, with the shape of the calendar's promise and nothing of the product between."""

import time
from typing import Any

import psycopg
from tests.topology.crowd import Crowd, Memory
from tests.topology.three_hosts import ThreeHosts

CLEANERS = 40
PAUSE_SECONDS = 0.01
# The shape of the calendar of commitments: nobody is in two places, and a slot that is taken is refused at once.
SCHEMA = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE TABLE commitment (
    key bigint PRIMARY KEY, cleaner int NOT NULL, during tstzrange NOT NULL,
    CONSTRAINT no_cleaner_in_two_places EXCLUDE USING gist (cleaner WITH =, during WITH &&)
)
"""
BOOK = """
INSERT INTO commitment
SELECT %(key)s, %(cleaner)s, tstzrange(start, start + interval '2 hours')
FROM (SELECT '2026-01-01'::timestamptz + %(slot)s * interval '2 hours' AS start) AS wanted
ON CONFLICT DO NOTHING RETURNING host(inet_server_addr())
"""
OVERLAPS = """
SELECT count(*) FROM commitment a JOIN commitment b ON a.cleaner = b.cleaner AND a.key < b.key AND a.during && b.during
"""


class Statements(Crowd):
    """Several programs, each wanting every slot in turn."""

    def __init__(self, cluster: ThreeHosts) -> None:
        super().__init__()
        self._cluster = cluster

    def _book(self, number: int) -> None:
        count = 0
        while not self._stopping.is_set():
            try:
                with self._cluster.connect() as connection:
                    connection.execute("SET statement_timeout = '5s'")
                    while not self._stopping.is_set():
                        count += 1
                        self._book_one(connection, number, count)
                        self._stopping.wait(PAUSE_SECONDS)
            except psycopg.Error:
                self._stopping.wait(0.1)

    def _book_one(self, connection: "psycopg.Connection[Any]", number: int, count: int) -> None:
        key = number * 10_000_000 + count
        row = connection.execute(BOOK, {"key": key, "cleaner": count % CLEANERS, "slot": count // CLEANERS}).fetchone()
        self.memory.answers["yes" if row else "no"] += 1
        if row is not None:
            self.memory.acknowledged.append((str(key), time.monotonic(), row[0]))


def new_calendar(cluster: ThreeHosts) -> None:
    """An empty one: who books the keys of an earlier round again is refused."""
    with cluster.connect() as connection:
        connection.execute("DROP TABLE IF EXISTS commitment")
        connection.execute(SCHEMA)


def lost(cluster: ThreeHosts, memory: Memory) -> int:
    """Acknowledged bookings that are not there any more."""
    with cluster.connect() as connection:
        kept = {str(key) for (key,) in connection.execute("SELECT key FROM commitment").fetchall()}
    return len({key for key, _, _ in memory.acknowledged} - kept)


def overlaps(cluster: ThreeHosts) -> int:
    """Cleaners who are in two places."""
    with cluster.connect() as connection:
        found = connection.execute(OVERLAPS).fetchone()
        assert found is not None
        return int(found[0])

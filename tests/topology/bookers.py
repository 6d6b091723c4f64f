"""People who book without a pause on a cluster, and remember what they were told."""

import threading
import time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import psycopg
from tests.topology.three_hosts import ThreeHosts

CLEANERS = 40
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


@dataclass
class Memory:
    """What was acknowledged: the key, when, and by which host."""

    acknowledged: list[tuple[int, float, str]] = field(default_factory=list)
    refused: int = 0

    def outage(self, since: float) -> float:
        """The longest time without a yes, from the last yes before the fault to the first after it."""
        before = [at for _, at, _ in self.acknowledged if at < since]
        times = sorted([max(before, default=since), *(at for _, at, _ in self.acknowledged if at >= since)])
        return max((later - earlier for earlier, later in pairwise(times)), default=0.0)

    def host_after(self, since: float, address: str) -> list[float]:
        """When the host said yes after that moment."""
        return [at for _, at, host in self.acknowledged if at > since and host == address]


class Bookers:
    """Several of them while the block runs; each wants slots that others want as well."""

    def __init__(self, cluster: ThreeHosts, people: int = 3) -> None:
        self.memory = Memory()
        self._cluster = cluster
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._book, args=(number,), daemon=True) for number in range(people)]

    def __enter__(self) -> Memory:
        for thread in self._threads:
            thread.start()
        return self.memory

    def __exit__(self, *problem: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=30)

    def wait_for(self, bookings: int) -> None:
        """Will return when so many more were acknowledged."""
        goal = len(self.memory.acknowledged) + bookings
        deadline = time.monotonic() + 150
        while len(self.memory.acknowledged) < goal:
            assert time.monotonic() < deadline, "nobody can book any more"
            time.sleep(0.02)

    def _book(self, number: int) -> None:
        count = 0
        while not self._stopping.is_set():
            try:
                with self._cluster.connect() as connection:
                    connection.execute("SET statement_timeout = '5s'")
                    while not self._stopping.is_set():
                        count += 1
                        self._book_one(connection, number, count)
                        time.sleep(0.004)
            except psycopg.Error:
                time.sleep(0.1)

    def _book_one(self, connection: "psycopg.Connection[Any]", number: int, count: int) -> None:
        key = number * 10_000_000 + count
        row = connection.execute(BOOK, {"key": key, "cleaner": count % CLEANERS, "slot": count // CLEANERS}).fetchone()
        if row is None:
            self.memory.refused += 1
        else:
            self.memory.acknowledged.append((key, time.monotonic(), row[0]))


def lost(cluster: ThreeHosts, memory: Memory) -> int:
    """Acknowledged bookings that are not there any more."""
    with cluster.connect() as connection:
        kept = {key for (key,) in connection.execute("SELECT key FROM commitment").fetchall()}
    return len({key for key, _, _ in memory.acknowledged} - kept)


def overlaps(cluster: ThreeHosts) -> int:
    """Cleaners who are in two places."""
    with cluster.connect() as connection:
        found = connection.execute(OVERLAPS).fetchone()
        assert found is not None
        return int(found[0])

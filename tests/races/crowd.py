"""Many at once: threads that start together, each with a connection of its own."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Barrier
from typing import TypeVar

from django.db import connection

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Outcome:
    """What came of one try: a result or the error it ended with."""

    result: object = None
    error: BaseException | None = None


def all_at_once(deed: Callable[[T], R], each: Sequence[T]) -> list[Outcome]:
    """Will call `deed` once for each item, all released at the same moment."""
    gate = Barrier(len(each))

    def one(item: T) -> Outcome:
        connection.ensure_connection()
        gate.wait(timeout=60)
        try:
            return Outcome(result=deed(item))
        except Exception as problem:
            return Outcome(error=problem)
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=len(each)) as crowd:
        return list(crowd.map(one, each))


def errors_other_than(outcomes: Sequence[Outcome], *expected: type[BaseException]) -> list[str]:
    """What went wrong in a way nobody foresaw."""
    return [repr(o.error) for o in outcomes if o.error is not None and not isinstance(o.error, expected)]


def overlapping_pairs() -> int:
    """How often a cleaner is in two places at once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM crew_commitment a JOIN crew_commitment b"
            " ON a.cleaner_id = b.cleaner_id AND a.id < b.id AND a.during && b.during WHERE a.active AND b.active"
        )
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


def days_with_wrong_bits() -> int:
    """How many calendar days differ from what shifts and commitments say."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM ("
            ' SELECT cleaner_id, min("on") AS first, max("on") AS last FROM crew_calendarday GROUP BY 1) c'
            " CROSS JOIN LATERAL crew_free_days(c.cleaner_id, c.first, c.last) f"
            ' JOIN crew_calendarday d ON d.cleaner_id = c.cleaner_id AND d."on" = f."on"'
            " WHERE d.free IS DISTINCT FROM f.free"
        )
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def without_the_constraint() -> Iterator[None]:
    """Take the promise out of the database and put it back afterwards, emptying the calendar in between."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'no_cleaner_in_two_places'")
        row = cursor.fetchone()
        assert row is not None
        cursor.execute("ALTER TABLE crew_commitment DROP CONSTRAINT no_cleaner_in_two_places")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE crew_commitment CASCADE")
            cursor.execute(f"ALTER TABLE crew_commitment ADD CONSTRAINT no_cleaner_in_two_places {row[0]}")


@contextmanager
def without_the_bits() -> Iterator[None]:
    """Stop the triggers that keep the calendar's bits, so that every day looks free for ever."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE crew_commitment DISABLE TRIGGER commitment_changed")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE crew_commitment ENABLE TRIGGER commitment_changed")

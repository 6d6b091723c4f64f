from collections.abc import Iterator
from uuid import uuid4

import pytest
import structlog
from django.db import connection, transaction
from tests.cast import NOW

from midway.core.actor import SYSTEM
from midway.journal import actions
from midway.journal.actions import Happening, record, subscribe
from midway.journal.models import Entry

pytestmark = pytest.mark.django_db
EVENT = "test.thing.heard"


@pytest.fixture
def heard() -> Iterator[list[tuple[Happening, bool, int]]]:
    """What the subscriber was told, whether a transaction was open, and how many entries it saw."""
    calls: list[tuple[Happening, bool, int]] = []

    def hear(happening: Happening) -> None:
        calls.append((happening, connection.in_atomic_block, Entry.objects.filter(event=EVENT).count()))

    subscribe(EVENT, hear)
    subscribe(EVENT, hear)
    yield calls
    actions._handlers.pop(EVENT)


def happen() -> None:
    record(event=EVENT, subject=uuid4(), by=SYSTEM, at=NOW, facts={"visit": "x"})


def test_subscriber_is_told_once_within_the_transaction_after_the_entry(
    heard: list[tuple[Happening, bool, int]],
) -> None:
    with transaction.atomic():
        happen()
    ((happening, in_transaction, entries),) = heard
    assert (happening.event, happening.facts, happening.at) == (EVENT, {"visit": "x"}, NOW)
    assert in_transaction
    assert entries == 1


@pytest.mark.django_db(transaction=True)
def test_what_a_subscriber_queues_is_undone_with_the_change(heard: list[tuple[Happening, bool, int]]) -> None:
    class Undone(Exception):
        pass

    def change() -> None:
        with transaction.atomic():
            happen()
            raise Undone

    with pytest.raises(Undone):
        change()
    assert len(heard) == 1
    assert not Entry.objects.filter(event=EVENT).exists()


def test_a_subscriber_that_fails_stops_the_change() -> None:
    def fail(happening: Happening) -> None:
        raise RuntimeError("no queue")

    subscribe("test.thing.fails", fail)
    try:
        with pytest.raises(RuntimeError), transaction.atomic():
            record(event="test.thing.fails", subject=uuid4(), by=SYSTEM, at=NOW)
    finally:
        actions._handlers.pop("test.thing.fails")
    assert not Entry.objects.exists()


def test_entry_carries_the_requests_id() -> None:
    with structlog.contextvars.bound_contextvars(request_id="abc12345"):
        happen()
    assert Entry.objects.get().request_id == "abc12345"

"""Writing what happened, telling who asked, and never changing it."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
import structlog
from django.db import DatabaseError, connection, transaction
from tests.cast import NOW

from midway.core.actor import SYSTEM, VISITOR, Actor, ActorKind
from midway.journal import actions
from midway.journal.actions import Happening, record, subscribe
from midway.journal.models import Entry
from midway.journal.queries import history_of, recent_activity

pytestmark = pytest.mark.django_db


@pytest.fixture
def heard() -> Iterator[list[Happening]]:
    """What the listener to `test.thing.happened` was told."""
    happenings: list[Happening] = []
    # Saying it twice, as a reloaded module does, is saying it once.
    for _ in range(2):
        subscribe("test.thing.happened", happenings.append)
    yield happenings
    actions._handlers.pop("test.thing.happened")


def test_an_entry_says_who_did_what_to_what_and_when() -> None:
    subject = uuid4()
    dan = Actor(kind=ActorKind.USER, label="Dan", user_id=7)
    with structlog.contextvars.bound_contextvars(request_id="abc"):
        record(event="test.thing.changed", subject=subject, by=dan, at=NOW, facts={"fee_cents": 5, "on": NOW.date()})
    entry = Entry.objects.get()
    assert (entry.event, entry.subject, entry.at, entry.request_id) == ("test.thing.changed", subject, NOW, "abc")
    assert (entry.actor_kind, entry.actor_label, entry.actor_user_id) == ("user", "Dan", 7)
    assert entry.facts == {"fee_cents": 5, "on": "2026-03-02"}


def test_history_is_newest_first_and_only_of_its_subjects() -> None:
    one, other, third = uuid4(), uuid4(), uuid4()
    for subject in (one, other, one, third):
        record(event=f"test.{subject}.changed", subject=subject, by=SYSTEM, at=NOW)
    entries = list(history_of(one, other))
    assert [e.subject for e in entries] == [one, other, one]
    assert [e.subject for e in recent_activity(limit=2)] == [third, one]


def test_a_very_long_name_is_cut_and_not_refused() -> None:
    record(event="test.a.b", subject=uuid4(), by=Actor(ActorKind.CUSTOMER, "x" * 200), at=NOW)
    assert Entry.objects.get().actor_label == "x" * 120


def test_listeners_hear_of_their_event_once_and_of_no_other(heard: list[Happening]) -> None:
    subject = uuid4()
    record(event="test.thing.happened", subject=subject, by=VISITOR, at=NOW, facts={"n": 1})
    record(event="test.thing.forgotten", subject=subject, by=VISITOR, at=NOW)
    assert len(heard) == 1
    assert heard[0] == Happening("test.thing.happened", subject, NOW, {"n": 1})


def test_what_is_rolled_back_did_not_happen() -> None:
    with transaction.atomic():
        record(event="test.a.b", subject=uuid4(), by=SYSTEM, at=NOW)
        transaction.set_rollback(True)
    assert not Entry.objects.exists()


def by_sql(statement: str) -> Callable[[], None]:
    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)

    return run


@pytest.mark.parametrize(
    "change",
    [
        lambda: Entry.objects.update(event="test.a.c"),
        lambda: Entry.objects.all().delete(),
        lambda: Entry.objects.get().delete(),
        lambda: Entry.objects.get().save(),
        by_sql("UPDATE journal_entry SET at = now()"),
        by_sql("DELETE FROM journal_entry"),
        by_sql("TRUNCATE journal_entry CASCADE"),
    ],
)
def test_the_journal_cannot_be_changed_or_emptied(change: Callable[[], object]) -> None:
    record(event="test.a.b", subject=uuid4(), by=SYSTEM, at=NOW)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change()
    assert Entry.objects.get().event == "test.a.b"

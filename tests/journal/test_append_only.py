from uuid import uuid4

import pytest
from django.db import ProgrammingError, connection, transaction
from tests.cast import NOW

from midway.core.actor import SYSTEM
from midway.journal.actions import record
from midway.journal.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry() -> Entry:
    record(event="test.thing.happened", subject=uuid4(), by=SYSTEM, at=NOW, facts={"count": 1})
    return Entry.objects.get()


def test_entry_is_written_with_actor_and_facts(entry: Entry) -> None:
    assert (entry.event, entry.actor_kind, entry.actor_label) == ("test.thing.happened", "system", "Midway")
    assert (entry.at, entry.facts) == (NOW, {"count": 1})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal_entry SET facts = '{}'",
        "DELETE FROM journal_entry",
        "TRUNCATE journal_entry CASCADE",
        "WITH gone AS (DELETE FROM journal_entry RETURNING *) SELECT * FROM gone",
    ],
)
def test_nothing_changes_an_entry(entry: Entry, statement: str) -> None:
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Entry.objects.get().facts == {"count": 1}


def test_the_model_cannot_either(entry: Entry) -> None:
    entry.event = "something.else.entirely"
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
        entry.save()
    with pytest.raises(ProgrammingError, match="append-only"), transaction.atomic():
        entry.delete()

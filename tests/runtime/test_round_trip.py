"""Statements that travel together mean the same as one after another."""

import pytest
from django.db import DatabaseError, connection, transaction
from tests.cast import make_cast

from midway.crew.models import Branch
from midway.runtime.database import ask, one_transaction, run, write
from midway.runtime.round_trip import one_round_trip

pytestmark = pytest.mark.django_db(transaction=True)
INSERT = "INSERT INTO django_content_type (app_label, model) VALUES (%(app)s, %(model)s) RETURNING model"


@pytest.fixture(autouse=True)
def _clean() -> None:
    connection.ensure_connection()


def kept() -> list[str]:
    return [row[0] for row in run("SELECT model FROM django_content_type WHERE app_label = 'trip' ORDER BY id")]


def test_each_sees_what_those_before_it_did_and_answers_at_the_end() -> None:
    with transaction.atomic():
        with one_round_trip():
            first = ask(INSERT, {"app": "trip", "model": "a"})
            second = ask(
                "SELECT model, %s::int + 1, 100 %% 7 FROM django_content_type WHERE app_label = %s", [1, "trip"]
            )
        assert first.rows == [("a",)]
        assert second.rows == [("a", 2, 2)]
    assert kept() == ["a"]
    run("DELETE FROM django_content_type WHERE app_label = 'trip'")


def test_asking_django_sends_what_waits_first() -> None:
    cast = make_cast()
    with transaction.atomic(), one_round_trip():
        write("UPDATE crew_branch SET name = %s WHERE id = %s", ["Elsewhere", cast.branch.pk])
        assert Branch.objects.get(pk=cast.branch.pk).name == "Elsewhere"
        assert run("SELECT name FROM crew_branch WHERE id = %s", [cast.branch.pk]) == [("Elsewhere",)]


def test_a_refused_statement_undoes_all_and_the_connection_goes_on() -> None:
    def fail() -> None:
        with transaction.atomic(), one_round_trip():
            write(INSERT, {"app": "trip", "model": "a"})
            write("SELECT 1 / %s", [0])
            write(INSERT, {"app": "trip", "model": "b"})

    for _ in range(2):
        with pytest.raises(DatabaseError, match="division by zero"):
            fail()
    assert kept() == []
    with transaction.atomic(), one_round_trip():
        assert ask("SELECT %s::text", ["on"]).rows == [("on",)]


def test_nothing_is_sent_when_the_deed_fails_before_its_end() -> None:
    def fail() -> None:
        with transaction.atomic(), one_round_trip():
            write(INSERT, {"app": "trip", "model": "a"})
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert kept() == []


@pytest.mark.parametrize("early", [True, False])
def test_what_was_prepared_and_forgotten_is_prepared_again(early: bool) -> None:
    @one_transaction
    def deed() -> list[tuple[object, ...]]:
        with one_round_trip():
            first = ask("SELECT %s::int + 1", [1])
            if early:
                assert first.rows == [(2,)]
            second = ask("SELECT %s::int + 2", [1])
        return first.rows + second.rows

    assert deed() == deed() == [(2,), (3,)]
    run("DEALLOCATE ALL")
    assert deed() == deed() == [(2,), (3,)]
    # Only the later statement is forgotten: its name is found out in the midst of a transaction.
    names = run("SELECT name FROM pg_prepared_statements WHERE statement LIKE %s", ["SELECT $1::int + 2"])
    for (name,) in names:
        run(f"DEALLOCATE {name}")
    assert deed() == deed() == [(2,), (3,)]


def test_a_long_message_is_sent_and_read_whole() -> None:
    text = "x" * 3_000_000
    with transaction.atomic(), one_round_trip():
        answers = [ask("SELECT %s::text", [text]) for _ in range(3)]
        assert [len(each.rows[0][0]) for each in answers] == [3_000_000] * 3


def test_a_round_trip_is_part_of_a_transaction() -> None:
    with pytest.raises(AssertionError, match="transaction"), one_round_trip():
        pass

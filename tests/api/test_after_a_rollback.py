"""A refused booking rolls back, and psycopg then forgets what it had prepared: the answers after it must not suffer."""

from collections.abc import Iterator

import pytest
import time_machine
from django.db import connection, transaction
from tests.api.conftest import Program
from tests.api.test_bookings import order, quote_of
from tests.cast import NOW, POSTCODE, make_cast

from midway.api.v1 import offers
from midway.runtime.database import read_row, run


@pytest.fixture
def _nine(transactional_db: None) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        offers.forget()
        yield


@pytest.mark.usefixtures("_nine")
def test_every_refusal_comes_with_alternatives(program: Program) -> None:
    cast = make_cast()
    statuses = [program.post("bookings", order(quote_of(cast))).status for _ in range(3)]
    for _ in range(12):
        answer = program.post("bookings", order(quote_of(cast)))
        assert answer.status == 409
        assert answer.body["slots"]
        assert program.get("availability", {"service": "regular", "postcode": POSTCODE}).status == 200
    assert statuses == [201, 201, 201]


@pytest.mark.usefixtures("transactional_db")
def test_a_read_finds_its_statement_forgotten_and_prepares_it_again() -> None:
    def answer() -> list[bytes | None]:
        return read_row("sum", "SELECT $1::int + $2::int", 1, 2)

    assert answer() == answer() == [b"\x00\x00\x00\x03"]
    run("DEALLOCATE ALL")
    with transaction.atomic():
        run("SELECT 1")
        assert answer() == [b"\x00\x00\x00\x03"]
    run("DEALLOCATE ALL")
    assert answer() == [b"\x00\x00\x00\x03"]
    connection.close()
    assert answer() == [b"\x00\x00\x00\x03"]

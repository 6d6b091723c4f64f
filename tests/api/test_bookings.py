"""POST /bookings."""

from typing import Any
from uuid import uuid4

import pytest
from tests.api.conftest import Answer, Program
from tests.cast import NOW, POSTCODE, Cast, make_quote, write_calendar

from midway.api.v1 import offers
from midway.booking.models import Booking, Plan, Quote, Visit
from midway.booking.queries import quote_by_code
from midway.journal.models import Entry
from midway.messaging.models import OutboxMessage

START = "2026-03-03T09:00:00-05:00"


def order(quote: Any, **changes: Any) -> dict[str, Any]:
    return {
        "quote": str(quote.code),
        "start": START,
        "frequency": "once",
        "customer": {"name": "Ada", "email": "ada@example.com", "phone": "410-555-0101"},
        "property": {"line1": "1 Main Street", "postcode": POSTCODE, "city": "Baltimore"},
        "notes": "Two cats",
        **changes,
    }


def quote_of(cast: Cast, **fields: Any) -> Any:
    return make_quote(price_list=cast.price_list, service=cast.regular, **fields)


def fields_of(answer: Answer) -> list[str]:
    return [e["field"] for e in answer.body["errors"]]


def test_a_booking_is_a_visit_a_journal_entry_and_a_message(cast: Cast, program: Program) -> None:
    answer = program.post("bookings", order(quote_of(cast)), **{"Idempotency-Key": "one"})
    assert answer.status == 201
    visit = Visit.objects.get(code=answer.body["visit"]["code"])
    assert str(visit.booking.code) == answer.body["code"]
    assert answer.body["visit"]["start"] == START
    assert answer.body["visit"]["state"] == "scheduled"
    assert answer.body["plan"] is None
    assert visit.booking.notes == "Two cats"
    assert Entry.objects.get(event="booking.visit.booked").subject == visit.code
    assert OutboxMessage.objects.get().to == "ada@example.com"


def test_the_quick_way_to_a_quote_finds_what_the_slow_one_does(cast: Cast) -> None:
    made = quote_of(cast, extras=["oven"], square_feet=None)
    slow, quick = quote_by_code(made.code), offers.quote_of(made.code)
    assert slow is not None
    assert quick is not None
    for field in Quote._meta.concrete_fields:
        assert getattr(quick, field.attname) == getattr(slow, field.attname), field.name
    assert (quick.branch, quick.service) == (slow.branch, slow.service)


def test_the_same_key_gives_the_same_answer(cast: Cast, program: Program) -> None:
    body = order(quote_of(cast))
    first, second = (program.post("bookings", body, **{"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status, first.body) == (second.status, second.body)
    assert Booking.objects.count() == 1


def test_the_key_of_another_request_is_refused(cast: Cast, program: Program) -> None:
    body = order(quote_of(cast))
    program.post("bookings", body, **{"Idempotency-Key": "k"})
    answer = program.post("bookings", {**body, "notes": "Three cats"}, **{"Idempotency-Key": "k"})
    assert answer.status == 422
    assert answer.body["type"].endswith("#key-reused")


def test_without_a_key_a_quote_is_still_booked_once(cast: Cast, program: Program) -> None:
    body = order(quote_of(cast))
    assert program.post("bookings", body).status == 201
    again = program.post("bookings", body)
    assert again.status == 409
    assert again.body["type"].endswith("#quote-booked")
    assert Visit.objects.count() == 1


def test_a_slot_gone_comes_with_the_nearest_free_ones(cast: Cast, program: Program) -> None:
    for _ in range(3):
        assert program.post("bookings", order(quote_of(cast))).status == 201
    answer = program.post("bookings", order(quote_of(cast)), **{"Idempotency-Key": "late"})
    assert (answer.status, answer.kind) == (409, "application/problem+json")
    assert answer.body["type"].endswith("#slot-taken")
    assert START not in [slot["start"] for slot in answer.body["slots"]]
    better = answer.body["slots"][0]
    assert set(better) == {"start", "end", "cleaners_free"}
    # A refusal uses up neither the key nor the quote.
    assert program.post("bookings", order(quote_of(cast), start=better["start"])).status == 201


def test_a_rhythm_sells_the_whole_plan_and_answers_with_its_code(cast: Cast, program: Program) -> None:
    for cleaner in cast.cleaners:
        write_calendar(cleaner=cleaner, days=430)
    weekly = quote_of(cast, frequency="weekly")
    wanted = order(weekly, frequency="weekly")
    answers = [program.post("bookings", wanted, **{"Idempotency-Key": "weekly"}) for _ in range(2)]

    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].body == answers[1].body
    assert answers[0].body["plan"] == str(Plan.objects.get().code)
    assert answers[0].body["visit"]["start"] == START
    assert Visit.objects.count() == 52


def test_a_rhythm_must_be_the_one_that_was_quoted(cast: Cast, program: Program) -> None:
    weekly = quote_of(cast, frequency="weekly")
    assert fields_of(program.post("bookings", order(weekly))) == ["frequency"]
    assert not Visit.objects.exists()


def test_a_plan_is_not_sold_on_a_calendar_that_is_not_written_yet(cast: Cast, program: Program) -> None:
    weekly = quote_of(cast, frequency="weekly")
    answer = program.post("bookings", order(weekly, frequency="weekly"))
    assert answer.status == 503


def test_an_expired_quote_is_a_conflict(cast: Cast, program: Program) -> None:
    answer = program.post("bookings", order(quote_of(cast, expires_at=NOW)))
    assert answer.status == 409
    assert answer.body["type"].endswith("#quote-expired")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"quote": str(uuid4())}, "quote"),
        ({"quote": "x"}, "quote"),
        ({"start": "2026-03-03T09:00:00"}, "start"),
        ({"start": "2026-03-03T09:10:00-05:00"}, "start"),
        ({"start": "2026-03-01T09:00:00-05:00"}, "start"),
        ({"start": "9999-12-31T23:59:59-12:00"}, "start"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "start"),
        ({"start": 10**18}, "start"),
        ({"customer": None}, "customer"),
        ({"customer": {"name": "", "email": "ada@example.com", "phone": "410"}}, "customer.name"),
        ({"customer": {"name": "A\u0000", "email": "ada@example.com", "phone": "410"}}, "customer.name"),
        ({"customer": {"name": "Ada", "email": "ada", "phone": "410"}}, "customer.email"),
        ({"customer": {"name": "Ada", "email": "a@b.c\nBcc: x@y.z", "phone": "410"}}, "customer.email"),
        ({"property": {"line1": "x" * 161, "postcode": POSTCODE}}, "property.line1"),
        ({"property": {"postcode": POSTCODE}}, "property.line1"),
        ({"notes": "x" * 2001}, "notes"),
        ({"notes": ["x"]}, "notes"),
        ({"language": "tlh"}, "language"),
    ],
)
def test_what_does_not_fit_is_named(cast: Cast, program: Program, change: dict[str, Any], field: str) -> None:
    answer = program.post("bookings", {**order(quote_of(cast)), **change}, **{"Idempotency-Key": "k"})
    assert (answer.status, answer.kind, fields_of(answer)) == (422, "application/problem+json", [field])
    assert not Visit.objects.exists()


@pytest.mark.parametrize("key", ["", "x" * 121, "a b", "ключ"])
def test_a_key_has_its_own_form(cast: Cast, program: Program, key: str) -> None:
    answer = program.post("bookings", order(quote_of(cast)), **{"Idempotency-Key": key})
    assert (answer.status, fields_of(answer)) == (422, ["Idempotency-Key"])

"""Two hundred people want the same morning: exactly as many get it as there are cleaners free."""

import random
from datetime import datetime, timedelta

import pytest
from tests.cast import NOW, Cast, at, make_cast, make_quote
from tests.races.crowd import (
    Outcome,
    all_at_once,
    days_with_wrong_bits,
    errors_other_than,
    overlapping_pairs,
    without_the_bits,
    without_the_constraint,
)

from midway.booking.actions import Address, BookedVisit, BookingOrder, Contact, book_once, book_visit, hold_slot
from midway.booking.models import Booking, Hold, Quote, Visit
from midway.core.actor import VISITOR
from midway.crew.calendar import SlotTaken
from midway.customers.models import Customer
from midway.journal.models import Entry
from midway.messaging.models import OutboxMessage

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]

TOMORROW = NOW.date() + timedelta(days=1)
NINE = at("09:00", on=TOMORROW)


def order(quote: Quote, start: datetime = NINE, *, buyer: int = 0, hold: Hold | None = None) -> BookingOrder:
    return BookingOrder(
        quote=quote,
        start=start,
        contact=Contact(name=f"Buyer {buyer}", email=f"buyer{buyer}@example.com", phone="410-555-0150"),
        address=Address(line1=f"{buyer} Main Street", postcode="21201"),
        hold=hold.code if hold else None,
    )


def quotes(cast: Cast, number: int, **fields: object) -> list[Quote]:
    return [make_quote(price_list=cast.price_list, service=cast.regular, **fields) for _ in range(number)]  # type: ignore[arg-type]


def book_all(cast: Cast, number: int, start: datetime = NINE) -> list[Outcome]:
    def book(item: tuple[int, Quote]) -> BookedVisit:
        buyer, quote = item
        return book_visit(order=order(quote, start, buyer=buyer), by=VISITOR, now=NOW)

    return all_at_once(book, list(enumerate(quotes(cast, number))))


def test_exactly_as_many_book_as_cleaners_are_free() -> None:
    outcomes = book_all(make_cast(), 200)

    assert errors_other_than(outcomes, SlotTaken) == []
    assert sum(o.error is None for o in outcomes) == 3
    assert Visit.objects.count() == Booking.objects.count() == Customer.objects.exclude(name="Dora").count() == 3
    assert OutboxMessage.objects.count() == Entry.objects.filter(event="booking.visit.booked").count() == 3
    assert overlapping_pairs() == days_with_wrong_bits() == 0


def test_the_constraint_alone_keeps_the_promise() -> None:
    cast = make_cast()
    with without_the_bits():
        outcomes = book_all(cast, 60)
        assert errors_other_than(outcomes, SlotTaken) == []
        assert 1 <= sum(o.error is None for o in outcomes) <= 3
        assert overlapping_pairs() == 0


def test_without_the_constraint_the_same_crowd_is_sold_the_same_morning() -> None:
    cast = make_cast()
    with without_the_constraint(), without_the_bits():
        outcomes = book_all(cast, 60)
        assert sum(o.error is None for o in outcomes) > 3
        assert overlapping_pairs() > 0


def test_buyers_of_overlapping_times_never_share_a_cleaner() -> None:
    cast = make_cast()
    starts = [NINE + timedelta(minutes=30 * n) for n in range(12)]
    shuffled = random.Random(7).choices(starts, k=150)

    def book(item: tuple[int, tuple[Quote, datetime]]) -> BookedVisit:
        buyer, (quote, start) = item
        return book_visit(order=order(quote, start, buyer=buyer), by=VISITOR, now=NOW)

    outcomes = all_at_once(book, list(enumerate(zip(quotes(cast, 150), shuffled, strict=True))))

    assert errors_other_than(outcomes, SlotTaken) == []
    assert sum(o.error is None for o in outcomes) == Visit.objects.count() > 3
    assert overlapping_pairs() == days_with_wrong_bits() == 0


def test_visits_for_two_get_both_cleaners_or_none() -> None:
    cast = make_cast()

    def book(item: tuple[int, Quote]) -> BookedVisit:
        buyer, quote = item
        return book_visit(order=order(quote, buyer=buyer), by=VISITOR, now=NOW)

    outcomes = all_at_once(book, list(enumerate(quotes(cast, 80, team_size=2))))

    assert errors_other_than(outcomes, SlotTaken) == []
    assert sum(o.error is None for o in outcomes) == 1
    assert Visit.objects.get().assignments.filter(active=True).count() == 2
    assert overlapping_pairs() == days_with_wrong_bits() == 0


def test_one_key_sent_fifty_times_books_once() -> None:
    cast = make_cast()
    [quote] = quotes(cast, 1)

    def book(_: int) -> dict[str, object]:
        return book_once(key="same", fingerprint="same", order=order(quote), by=VISITOR, now=NOW)

    outcomes = all_at_once(book, range(50))

    assert errors_other_than(outcomes) == []
    assert all(o.result == outcomes[0].result for o in outcomes)
    assert Visit.objects.count() == Booking.objects.count() == OutboxMessage.objects.count() == 1


def test_one_quote_is_booked_once() -> None:
    cast = make_cast()
    [quote] = quotes(cast, 1)
    outcomes = all_at_once(lambda n: book_visit(order=order(quote, buyer=n), by=VISITOR, now=NOW), range(40))
    assert sum(o.error is None for o in outcomes) == Booking.objects.count() == 1
    assert overlapping_pairs() == days_with_wrong_bits() == 0


def test_holds_are_as_scarce_as_visits() -> None:
    outcomes = all_at_once(lambda quote: hold_slot(quote=quote, start=NINE, now=NOW), quotes(make_cast(), 100))
    assert errors_other_than(outcomes, SlotTaken) == []
    assert sum(o.error is None for o in outcomes) == Hold.objects.count() == 3
    assert overlapping_pairs() == days_with_wrong_bits() == 0

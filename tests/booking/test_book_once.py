"""The same request sent again gets the same answer and books nothing more."""

import pytest
from django.db import transaction
from tests.booking.deeds import CUSTOMER, deep_quote, order, regular_quote
from tests.cast import NOW, TODAY, at, make_cast, make_exception

from midway.booking.actions import book_once
from midway.booking.actions.book_visit import KeyUsedForAnotherRequest
from midway.booking.actions.offered import QuoteAlreadyBooked
from midway.booking.models import BookingRequest, Quote, Visit
from midway.crew.calendar import SlotTaken
from midway.messaging.models import OutboxMessage

pytestmark = pytest.mark.django_db


def send(quote: Quote, clock: str = "13:00", *, key: str = "key-1", fingerprint: str = "abc") -> dict[str, object]:
    with transaction.atomic():
        return book_once(key=key, fingerprint=fingerprint, order=order(quote, at(clock)), by=CUSTOMER, now=NOW)


def test_the_same_key_gives_the_same_answer_and_one_visit() -> None:
    quote = regular_quote(make_cast())
    first, second = send(quote), send(quote)
    assert first == second
    visit = Visit.objects.get()
    assert first == {
        "code": str(visit.booking.code),
        "visit": {
            "code": str(visit.code),
            "start": "2026-03-02T13:00:00-05:00",
            "end": "2026-03-02T15:00:00-05:00",
            "state": "scheduled",
        },
        "plan": None,
    }
    assert OutboxMessage.objects.count() == 1


def test_the_answer_stays_the_same_after_the_quote_has_expired() -> None:
    quote = regular_quote(make_cast())
    first = send(quote)
    quote.expires_at = NOW
    quote.save()
    assert send(quote) == first


def test_the_key_of_another_request_is_refused_and_books_nothing() -> None:
    cast = make_cast()
    send(regular_quote(cast))
    with pytest.raises(KeyUsedForAnotherRequest):
        send(regular_quote(cast), "15:00", fingerprint="other")
    assert Visit.objects.count() == 1


def test_another_key_is_another_request() -> None:
    cast = make_cast()
    quote = regular_quote(cast)
    send(quote)
    with pytest.raises(QuoteAlreadyBooked):
        send(quote, key="key-2")
    send(regular_quote(cast), key="key-2")
    assert Visit.objects.count() == 2


def test_a_try_that_failed_can_be_sent_again_with_the_same_key() -> None:
    cast = make_cast()
    off = make_exception(cleaner=cast.ben, on=TODAY)
    quote = deep_quote(cast)
    with pytest.raises(SlotTaken):
        send(quote)
    assert not BookingRequest.objects.exists()
    off.delete()
    assert send(quote)["visit"]
    assert Visit.objects.count() == 1

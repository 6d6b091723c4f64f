"""One time comes free, two workers look at the waiting list at once, and somebody books it meanwhile."""

from datetime import time, timedelta

import pytest
from psycopg.types.range import Range
from tests.booking.deeds import order
from tests.cast import NOW, TODAY, Cast, at, commit, make_cast, make_quote
from tests.races.crowd import all_at_once, errors_other_than

from midway.booking.actions import book_visit
from midway.booking.actions.waiting_list import Wish, fill_from_waiting_list, leave_wish
from midway.booking.invariants import broken_invariants
from midway.booking.models import Hold, Visit, WaitingOffer, WaitingWish
from midway.core.actor import VISITOR
from midway.crew.calendar import SlotTaken
from midway.crew.models import Commitment
from midway.customers.actions import Contact
from midway.messaging.models import OutboxMessage

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
DAY = TODAY + timedelta(days=1)
NINE = at("09:00", on=DAY)
ONLY_NINE = Wish(frozenset(range(7)), time(9), time(9), TODAY, DAY)


def one_free_time() -> Cast:
    """Everybody is away for two days, but Ana on the second from nine to a quarter to eleven."""
    cast = make_cast()
    for cleaner in cast.cleaners:
        free = cleaner == cast.ana
        commit(
            cleaner=cleaner,
            during=Range(at("00:00"), NINE if free else at("23:45", on=DAY)),
            kind=Commitment.Kind.ABSENCE,
        )
    commit(
        cleaner=cast.ana,
        during=Range(NINE + timedelta(minutes=105), at("23:45", on=DAY)),
        kind=Commitment.Kind.ABSENCE,
    )
    return cast


def wait(cast: Cast, name: str) -> WaitingWish:
    return leave_wish(
        quote=make_quote(price_list=cast.price_list, service=cast.regular),
        contact=Contact(name, f"{name.lower()}@example.com", ""),
        language="en",
        wish=ONLY_NINE,
        by=VISITOR,
        now=NOW,
    )


def test_two_workers_offer_a_freed_time_to_one() -> None:
    cast = one_free_time()
    for name in ("Fay", "Gus", "Hugo"):
        wait(cast, name)
    outcomes = all_at_once(lambda _: fill_from_waiting_list(now=NOW), range(4))

    assert errors_other_than(outcomes) == []
    assert sum(int(str(outcome.result)) for outcome in outcomes) == 1
    assert WaitingOffer.objects.count() == Hold.objects.count() == 1
    assert Commitment.objects.filter(kind="hold", active=True).count() == 1
    assert OutboxMessage.objects.filter(template="waiting_offer").count() == 1
    assert broken_invariants(now=NOW) == []


def test_a_freed_time_is_offered_or_booked_never_both() -> None:
    cast = one_free_time()
    for name in ("Fay", "Gus"):
        wait(cast, name)
    quote = make_quote(price_list=cast.price_list, service=cast.regular)

    def book() -> object:
        return book_visit(order=order(quote, NINE), by=VISITOR, now=NOW)

    def fill() -> object:
        return fill_from_waiting_list(now=NOW)

    outcomes = all_at_once(lambda deed: deed(), [fill, book, fill])

    assert errors_other_than(outcomes, SlotTaken) == []
    assert Visit.objects.count() + WaitingOffer.objects.count() == 1
    assert Commitment.objects.filter(kind__in=["hold", "visit"], active=True).count() == 1
    assert broken_invariants(now=NOW) == []

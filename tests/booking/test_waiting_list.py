"""The waiting list: what comes free is offered to one after another, never to two, and never twice."""

from datetime import time, timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from psycopg.types.range import Range
from tests.cast import NOW, TODAY, Cast, at, by_user, commit, make_cast, make_quote, make_visit

from midway.booking.actions import BookingOrder, book_visit, cancel_visit
from midway.booking.actions.expire_holds import expire_holds
from midway.booking.actions.waiting_list import (
    OFFER_FOR,
    AlreadyWaiting,
    Wish,
    WishImpossible,
    WishNotOpen,
    fill_from_waiting_list,
    leave_wish,
    withdraw_wish,
)
from midway.booking.models import Hold, Quote, Visit, WaitingOffer, WaitingWish
from midway.core.actor import VISITOR
from midway.crew.models import Commitment
from midway.customers.actions import Address, Contact
from midway.messaging.models import OutboxMessage

pytestmark = pytest.mark.django_db
LATER = TODAY + timedelta(days=1)
WHENEVER = Wish(frozenset(range(7)), time(8), time(17), TODAY, LATER)


@pytest.fixture
def cast() -> Cast:
    """Everybody is away for two days but Ana, who is at Dora's."""
    cast = make_cast()
    for cleaner in cast.cleaners:
        for day in (TODAY, LATER):
            whole = Range(at("00:00", on=day), at("09:00" if (cleaner, day) == (cast.ana, LATER) else "23:45", on=day))
            commit(cleaner=cleaner, during=whole, kind=Commitment.Kind.ABSENCE)
    commit(cleaner=cast.ana, during=Range(at("11:00", on=LATER), at("23:45", on=LATER)), kind=Commitment.Kind.ABSENCE)
    return cast


def taken(cast: Cast) -> Visit:
    return make_visit(
        premises=cast.flat,
        price_list=cast.price_list,
        service=cast.regular,
        start=at("09:00", on=LATER),
        cleaners=[cast.ana],
    )


def quote_of(cast: Cast) -> Quote:
    return make_quote(price_list=cast.price_list, service=cast.regular)


def waits(cast: Cast, name: str, *, minutes: int = 0, wish: Wish = WHENEVER) -> WaitingWish:
    contact = Contact(name, f"{name.lower()}@example.com", "")
    moment = NOW + timedelta(minutes=minutes)
    return leave_wish(quote=quote_of(cast), contact=contact, language="en", wish=wish, by=VISITOR, now=moment)


def told() -> list[tuple[str, str]]:
    found = OutboxMessage.objects.filter(template="waiting_offer").order_by("pk")
    return [(message.to, message.facts["start"]) for message in found]


def test_a_freed_time_goes_to_whoever_waited_longest_and_then_to_the_next(cast: Cast) -> None:
    visit = taken(cast)
    first, second = waits(cast, "Fay"), waits(cast, "Gus", minutes=1)
    assert fill_from_waiting_list(now=NOW) == 0

    cancel_visit(visit=visit.code, reason="", by=by_user(cast.olga), now=NOW)
    assert ProcrastinateJob.objects.filter(task_name="booking.fill_from_waiting_list").count() == 1

    assert fill_from_waiting_list(now=NOW) == 1
    assert fill_from_waiting_list(now=NOW) == 0
    start = at("09:00", on=LATER)
    assert told() == [("fay@example.com", start.isoformat())]
    assert Hold.objects.get(state=Hold.State.OPEN).expires_at == NOW + OFFER_FOR

    after = NOW + OFFER_FOR
    expire_holds(now=after)
    # Fay would be asked first again, but never for the same time.
    assert fill_from_waiting_list(now=after) == 1
    assert told()[1:] == [("gus@example.com", start.isoformat())]
    assert [offer.wish_id for offer in WaitingOffer.objects.order_by("pk")] == [first.pk, second.pk]


def test_a_time_not_taken_is_not_offered_to_the_same_again(cast: Cast) -> None:
    only_nine = Wish(frozenset(range(7)), time(9), time(9), TODAY, LATER)
    wish = waits(cast, "Fay", wish=only_nine)
    assert fill_from_waiting_list(now=NOW) == 1

    after = NOW + OFFER_FOR

    assert fill_from_waiting_list(now=after) == 0
    wish.refresh_from_db()
    assert wish.state == WaitingWish.State.WAITING
    assert WaitingOffer.objects.get().state == WaitingOffer.State.EXPIRED
    assert not Hold.objects.filter(state=Hold.State.OPEN).exists()
    second = waits(cast, "Gus", wish=only_nine)
    assert fill_from_waiting_list(now=after) == 1
    assert WaitingOffer.objects.get(wish=second).starts_at == at("09:00", on=LATER)


def test_two_who_wait_never_have_the_same_time(cast: Cast) -> None:
    for name in ("Fay", "Gus", "Hugo"):
        waits(cast, name, wish=Wish(frozenset(range(7)), time(9), time(9, 15), TODAY, LATER))

    assert fill_from_waiting_list(now=NOW) == 1
    assert Commitment.objects.filter(kind="hold", active=True).count() == 1


def test_whoever_takes_the_offer_has_the_visit_and_leaves_the_list(cast: Cast) -> None:
    wish = waits(cast, "Fay")
    fill_from_waiting_list(now=NOW)
    offer = WaitingOffer.objects.select_related("hold__quote").get()
    order = BookingOrder(
        quote=offer.hold.quote,
        start=offer.starts_at,
        contact=Contact("Fay", "fay@example.com", ""),
        address=Address("1 New Way", "21201"),
        hold=offer.hold.code,
    )

    book_visit(order=order, by=VISITOR, now=NOW + timedelta(minutes=90))
    fill_from_waiting_list(now=NOW + OFFER_FOR)

    wish.refresh_from_db()
    offer.refresh_from_db()
    assert (wish.state, offer.state) == (WaitingWish.State.BOOKED, WaitingOffer.State.BOOKED)


def test_what_does_not_suit_is_not_offered(cast: Cast) -> None:
    waits(cast, "Fay", wish=Wish(frozenset({LATER.weekday()}), time(13), time(17), TODAY, LATER))
    waits(cast, "Gus", wish=Wish(frozenset({TODAY.weekday()}), time(8), time(17), TODAY, LATER))

    assert fill_from_waiting_list(now=NOW) == 0


def test_a_price_that_ran_out_is_made_anew(cast: Cast) -> None:
    wish = waits(cast, "Fay")
    Quote.objects.filter(pk=wish.quote_id).update(expires_at=NOW + timedelta(minutes=1))

    assert fill_from_waiting_list(now=NOW) == 1
    wish.refresh_from_db()
    assert wish.quote.expires_at > NOW + OFFER_FOR


def test_after_the_last_day_the_wish_lapses(cast: Cast) -> None:
    wish = waits(cast, "Fay")

    fill_from_waiting_list(now=NOW + timedelta(days=3))

    wish.refresh_from_db()
    assert wish.state == WaitingWish.State.LAPSED


def test_whoever_withdraws_gives_the_time_to_the_next(cast: Cast) -> None:
    only_nine = Wish(frozenset(range(7)), time(9), time(9), TODAY, LATER)
    wish = waits(cast, "Fay", wish=only_nine)
    waits(cast, "Gus", minutes=1, wish=only_nine)
    fill_from_waiting_list(now=NOW)

    withdraw_wish(wish=wish, by=VISITOR, now=NOW)

    assert fill_from_waiting_list(now=NOW) == 1
    assert [to for to, _start in told()] == ["fay@example.com", "gus@example.com"]
    with pytest.raises(WishNotOpen):
        withdraw_wish(wish=wish, by=VISITOR, now=NOW)


def test_nobody_waits_twice_for_one_thing_or_for_days_gone_by(cast: Cast) -> None:
    wish = waits(cast, "Fay")
    contact = Contact("Fay", "fay@example.com", "")
    with pytest.raises(AlreadyWaiting):
        leave_wish(quote=wish.quote, contact=contact, language="en", wish=WHENEVER, by=VISITOR, now=NOW)
    for until in (TODAY - timedelta(days=1), TODAY + timedelta(days=91)):
        with pytest.raises(WishImpossible):
            waits(cast, "Gus", wish=Wish(frozenset({0}), time(8), time(9), TODAY, until))

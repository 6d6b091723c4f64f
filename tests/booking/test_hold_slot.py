"""Keeping a slot while somebody types, and letting go of it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from tests.booking.deeds import deep_quote, regular_quote, set_rules, whereabouts
from tests.cast import NOW, at, make_cast, make_hold
from tests.crew.standing import stale_days

from midway.booking.actions import expire_holds, hold_slot
from midway.booking.actions.offered import QuoteExpired, TimeNotOffered
from midway.booking.models import Hold
from midway.crew.calendar import SlotTaken
from midway.crew.models import Commitment

pytestmark = pytest.mark.django_db


def held_cleaners(hold: Hold) -> set[int]:
    return set(Commitment.objects.filter(reference=hold.code, active=True).values_list("cleaner_id", flat=True))


def test_a_hold_keeps_the_time_with_its_pad_until_it_runs_out() -> None:
    cast = make_cast()
    set_rules(cast, pad_minutes=30, hold_minutes=10)
    hold = hold_slot(quote=regular_quote(cast), start=at("13:00"), now=NOW)
    commitment = Commitment.objects.get(reference=hold.code)
    assert (commitment.kind, commitment.hold_expires_at) == ("hold", NOW + timedelta(minutes=10))
    assert (commitment.during.lower, commitment.during.upper) == (at("13:00"), at("15:30"))
    assert (hold.during.lower, hold.during.upper, hold.state) == (at("13:00"), at("15:00"), "open")
    assert hold.expires_at == NOW + timedelta(minutes=10)


def test_a_team_is_held_whole_or_not_at_all() -> None:
    cast = make_cast()
    assert held_cleaners(hold_slot(quote=deep_quote(cast), start=at("13:00"), now=NOW)) == {cast.ana.pk, cast.ben.pk}
    with pytest.raises(SlotTaken), transaction.atomic():
        hold_slot(quote=deep_quote(cast), start=at("12:00"), now=NOW)
    assert Hold.objects.count() == 1


def test_choosing_another_time_lets_go_of_the_first() -> None:
    cast = make_cast()
    quote = deep_quote(cast)
    first = hold_slot(quote=quote, start=at("13:00"), now=NOW)
    second = hold_slot(quote=quote, start=at("13:30"), now=NOW)
    first.refresh_from_db()
    assert (first.state, second.state) == ("released", "open")
    assert held_cleaners(first) == set()
    assert whereabouts(cast.ana) == [("hold", "13:30", "16:30")]
    assert stale_days(cast.branch) == []


def test_when_the_new_time_is_taken_the_first_hold_stays() -> None:
    cast = make_cast()
    quote = deep_quote(cast)
    first = hold_slot(quote=quote, start=at("13:00"), now=NOW)
    hold_slot(quote=regular_quote(cast), start=at("10:00"), now=NOW)
    with pytest.raises(SlotTaken), transaction.atomic():
        hold_slot(quote=deep_quote(cast), start=at("13:30"), now=NOW)
    first.refresh_from_db()
    assert first.state == "open"
    assert len(held_cleaners(first)) == 2


def test_an_expired_quote_holds_nothing() -> None:
    cast = make_cast()
    quote = regular_quote(cast, expires_at=NOW)
    with pytest.raises(QuoteExpired):
        hold_slot(quote=quote, start=at("13:00"), now=NOW)
    assert not Hold.objects.exists()


@pytest.mark.parametrize("clock", ["13:10", "13:15", "08:30"])
def test_only_offered_times_are_held(clock: str) -> None:
    cast = make_cast()  # every half hour; it is nine o'clock
    with pytest.raises(TimeNotOffered):
        hold_slot(quote=regular_quote(cast), start=at(clock), now=NOW)


def test_a_quote_has_one_open_hold_whoever_writes_it() -> None:
    cast = make_cast()
    quote = regular_quote(cast)
    make_hold(quote=quote, start=at("10:00"))
    with pytest.raises(IntegrityError, match="one_open_hold_per_quote"), transaction.atomic():
        make_hold(quote=quote, start=at("11:00"))


def test_holds_that_have_run_out_are_let_go_and_others_kept() -> None:
    cast = make_cast()
    old = make_hold(quote=regular_quote(cast), start=at("10:00"), cleaners=[cast.ana], now=NOW - timedelta(minutes=10))
    young = make_hold(quote=regular_quote(cast), start=at("10:00"), cleaners=[cast.ben], now=NOW - timedelta(minutes=9))

    assert expire_holds(now=NOW) == 1
    assert expire_holds(now=NOW) == 0

    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.state, young.state) == ("released", "open")
    assert (whereabouts(cast.ana), whereabouts(cast.ben)) == ([], [("hold", "10:00", "12:00")])
    assert stale_days(cast.branch) == []

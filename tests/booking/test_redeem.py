"""Coupons and gift cards: what they take off or pay, so often and so far and not further."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, ProgrammingError, transaction
from tests.booking.deeds import CUSTOMER, events_of, order
from tests.booking.plans.stage import order_for, year_cast
from tests.cast import NOW, POSTCODE, RATES, TODAY, Cast, at, by_user, make_cast, make_holiday, make_price_list

from midway.booking.actions import (
    CouponRefused,
    Wishes,
    book_as_quoted,
    book_as_quoted_once,
    cancel_visit,
    quote_home,
)
from midway.booking.actions.credits import CreditTooSmall, NewCredit, adjust_credit, balance_of, issue_credit
from midway.booking.models import Coupon, CouponUse, Credit, CreditEntry, Quote, Visit
from midway.booking.queries import Offer
from midway.core.pricing import Home, PriceError
from midway.customers.actions import Contact

pytestmark = pytest.mark.django_db
FRIDAY_AT_TEN = at("10:00", on=TODAY + timedelta(days=4))
SATURDAY_AT_TEN = at("10:00", on=TODAY + timedelta(days=5))


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def make_coupon(cast: Cast, **fields: Any) -> Coupon:
    given = {"branch": cast.branch, "code": "HELLO", "percent": 10, "valid_from": TODAY, "created_at": NOW}
    return Coupon.objects.create(**given | fields)


def gift_card(cast: Cast, cents: int = 5000) -> Credit:
    given = NewCredit(Credit.Kind.GIFT_CARD, cents, "Sold at the desk")
    return issue_credit(branch=cast.branch, given=given, by=by_user(cast.olga), now=NOW)


def quoted(cast: Cast, *, frequency: str = "once", **wishes: Any) -> Quote:
    home = Home("regular", bedrooms=2, bathrooms=1, square_feet=900, frequency=frequency)
    offer = Offer(cast.branch, cast.regular)
    return quote_home(offer=offer, home=home, postcode=POSTCODE, now=NOW, wishes=Wishes(**wishes))


def booked(quote: Quote, **fields: Any) -> Visit:
    done = book_as_quoted(order=order(quote, FRIDAY_AT_TEN, **fields), by=CUSTOMER, now=NOW)
    return Visit.objects.get(code=done.first_visit)


def test_a_coupon_is_in_the_price_and_counted_when_booked(cast: Cast) -> None:
    coupon = make_coupon(cast)
    quote = quoted(cast, coupon=" hello ")
    assert (quote.total_cents, quote.lines[-1]["label"]) == (10_350, "coupon:HELLO")
    coupon.refresh_from_db()
    assert coupon.uses == 0
    visit = booked(quote)
    coupon.refresh_from_db()
    assert (visit.price_cents, coupon.uses, CouponUse.objects.get().amount_cents) == (10_350, 1, 1150)
    assert "booking.coupon.used" in events_of(visit.code)


@pytest.mark.parametrize(
    "fields",
    [
        {"valid_from": TODAY + timedelta(days=1)},
        {"valid_from": TODAY - timedelta(days=9), "valid_to": TODAY - timedelta(days=1)},
        {"most_uses": 1, "uses": 1},
        {"active": False},
        {"code": "OTHER"},
    ],
)
def test_a_coupon_that_does_not_count_is_refused_beside_its_field(cast: Cast, fields: dict[str, Any]) -> None:
    make_coupon(cast, **fields)
    with pytest.raises(PriceError) as refusal:
        quoted(cast, coupon="HELLO")
    assert refusal.value.field == "coupon"


def test_the_last_use_is_had_once_and_nothing_is_left_of_the_other(cast: Cast) -> None:
    make_coupon(cast, most_uses=1)
    one, other = quoted(cast, coupon="HELLO"), quoted(cast, coupon="HELLO")
    booked(one)
    with pytest.raises(CouponRefused), transaction.atomic():
        booked(other)
    assert Visit.objects.count() == 1
    assert Coupon.objects.get().uses == 1


def test_a_coupon_for_new_customers_is_not_for_others(cast: Cast) -> None:
    make_coupon(cast, is_for_new_customers=True)
    booked(quoted(cast, coupon="HELLO"))
    with pytest.raises(CouponRefused), transaction.atomic():
        booked(quoted(cast, coupon="HELLO"))
    assert booked(quoted(cast, coupon="HELLO"), contact=Contact("Zoe", "zoe@example.com", "410-555-0199"))


def test_of_a_series_the_first_visit_has_the_coupon() -> None:
    cast = year_cast()
    make_coupon(cast)
    quote = quoted(cast, frequency="weekly", coupon="HELLO")
    started = book_as_quoted(order=order_for(quote).booking, by=CUSTOMER, now=NOW)
    prices = list(Visit.objects.order_by("occurrence_on").values_list("price_cents", flat=True)[:3])
    assert (quote.total_cents, prices) == (9200, [9000, 9200, 9200])  # the smallest price is 90 dollars
    first = Visit.objects.get(code=started.first_visit)
    assert sum(line["amount_cents"] for line in first.working) == 9000


def test_a_gift_card_pays_as_far_as_it_goes_and_once_for_the_same_key(cast: Cast) -> None:
    card = gift_card(cast)
    quote = quoted(cast, gift_card=card.code.lower())
    asked = order(quote, FRIDAY_AT_TEN)
    for _ in range(2):
        book_as_quoted_once(key="k", fingerprint="f", order=asked, by=CUSTOMER, now=NOW)
    visit = Visit.objects.get()
    assert (visit.price_cents, balance_of(card)) == (11_500, 0)
    assert [e.amount_cents for e in visit.credit_entries.all()] == [-5000]
    with pytest.raises(PriceError) as refusal:
        quoted(cast, gift_card=card.code)
    assert refusal.value.field == "gift_card"


def test_called_off_the_money_goes_back_all_but_the_fee(cast: Cast) -> None:
    card = gift_card(cast, 20_000)
    visit = booked(quoted(cast, gift_card=card.code))
    assert balance_of(card) == 8500
    cancel_visit(visit=visit.code, reason="", by=CUSTOMER, now=FRIDAY_AT_TEN - timedelta(hours=1))
    assert balance_of(card) == 20_000 - 5750


def test_a_balance_never_falls_below_nothing_whoever_writes(cast: Cast) -> None:
    card = gift_card(cast)
    with pytest.raises(CreditTooSmall):
        adjust_credit(credit=card, amount_cents=-5001, reason="Mistake", by=by_user(cast.olga), now=NOW)
    adjust_credit(credit=card, amount_cents=-5000, reason="Paid out", by=by_user(cast.olga), now=NOW)
    assert [e.number for e in card.entries.all()] == [1, 2]
    with pytest.raises(IntegrityError, match="credit_never_below_nothing"), transaction.atomic():
        CreditEntry.objects.create(credit=card, amount_cents=-1, balance_cents=999, reason="", at=NOW, by_label="")


@pytest.mark.parametrize("deed", ["update", "delete"])
def test_a_ledger_is_written_never_changed(cast: Cast, deed: str) -> None:
    entries = gift_card(cast).entries.all()
    with pytest.raises((InternalError, ProgrammingError), match="append-only"), transaction.atomic():
        entries.update(amount_cents=1) if deed == "update" else entries.delete()


def test_weekends_and_holidays_cost_what_was_shown(cast: Cast) -> None:
    dearer = replace(RATES, weekend_percent=120, holiday_percent=200, weekend_days=(4, 5))
    make_price_list(branch=cast.branch, rates=dearer, version=2, effective_on=TODAY)
    thursday = FRIDAY_AT_TEN - timedelta(days=1)
    make_holiday(branch=cast.branch, on=thursday.date())
    quote = quoted(cast)
    assert quote.total_cents == 11_500
    assert [(p["day"], p["total_cents"]) for p in quote.other_prices] == [("weekend", 13_800), ("holiday", 23_000)]
    assert quote.price_at(thursday) == 23_000
    assert quote.price_at(FRIDAY_AT_TEN) == 13_800
    assert quote.price_at(thursday - timedelta(days=1)) == 11_500
    visit = booked(quote)
    assert visit.price_cents == 13_800
    assert sum(line["amount_cents"] for line in visit.working) == 13_800


def test_the_first_visit_of_a_series_may_cost_and_take_more() -> None:
    cast = year_cast()
    regular = replace(RATES.services["regular"], first_visit_percent=150, first_visit_minutes_percent=200)
    rates = replace(RATES, services={"regular": regular}, first_visit_discounted=False)
    make_price_list(branch=cast.branch, rates=rates, version=2, effective_on=TODAY)
    quote = quoted(cast, frequency="weekly")
    started = book_as_quoted(order=order_for(quote).booking, by=CUSTOMER, now=NOW)
    first, second = Visit.objects.order_by("occurrence_on")[:2]
    assert first.code == started.first_visit
    assert [(v.price_cents, v.duration) for v in (first, second)] == [
        (17_250, timedelta(minutes=195)), (9200, timedelta(minutes=105)),
    ]  # fmt: skip
    assert quote.duration == first.duration
    assert not first.cleaners_missing

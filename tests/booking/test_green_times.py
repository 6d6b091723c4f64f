"""The price of a green time: it stays with the quote, counts for the first visit, and knows its limits."""

import pytest
from tests.booking.plans.stage import TUESDAYS_AT_NINE, order_for, plan_quote, year_cast
from tests.booking.test_redeem import FRIDAY_AT_TEN, booked, make_coupon, quoted
from tests.cast import NOW, Cast, make_cast

from midway.booking.actions.go_on_without_code import go_on_without_code
from midway.booking.actions.hold_slot import hold_slot
from midway.booking.actions.start_plan import start_plan
from midway.booking.green_prices import green_price
from midway.booking.models import Visit
from midway.core.actor import VISITOR

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def test_a_visit_at_a_held_green_time_costs_what_was_shown(cast: Cast) -> None:
    quote = quoted(cast)
    hold_slot(quote=quote, start=FRIDAY_AT_TEN, now=NOW, green_percent=10)

    visit = booked(quote)

    assert (visit.price_cents, visit.working[-1]["label"]) == (10_350, "green")
    assert sum(line["amount_cents"] for line in visit.working) == 10_350


def test_it_comes_before_a_coupon_and_never_below_the_smallest_price(cast: Cast) -> None:
    make_coupon(cast)
    with_coupon, small = quoted(cast, coupon="HELLO"), quoted(cast)

    both, half = green_price(with_coupon, FRIDAY_AT_TEN, 10), green_price(small, FRIDAY_AT_TEN, 50)

    assert [(line.label, line.amount_cents) for line in both.lines][-2:] == [("green", -1150), ("coupon:HELLO", -1035)]
    assert half.total_cents == 9000


def test_a_code_that_is_refused_leaves_the_green_time(cast: Cast) -> None:
    make_coupon(cast)
    quote = quoted(cast, coupon="HELLO")
    hold_slot(quote=quote, start=FRIDAY_AT_TEN, now=NOW, green_percent=10)

    again = go_on_without_code(quote=quote, now=NOW)

    assert (again.coupon, again.price_at(FRIDAY_AT_TEN)) == (None, 10_350)
    again.refresh_from_db()
    assert again.is_green_at(FRIDAY_AT_TEN)


def test_in_a_series_it_counts_for_the_first_visit() -> None:
    cast = year_cast()
    quote = plan_quote(cast)
    hold_slot(quote=quote, start=TUESDAYS_AT_NINE, now=NOW, green_percent=10)
    usual, first = quote.total_cents, quote.price_at(TUESDAYS_AT_NINE)

    start_plan(order=order_for(quote), by=VISITOR, now=NOW)

    prices = [visit.price_cents for visit in Visit.objects.order_by("during")[:3]]
    assert first < usual
    assert prices == [first, usual, usual]

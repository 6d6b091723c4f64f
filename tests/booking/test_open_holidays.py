"""A company that works on a public holiday charges its holiday price for it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.booking.deeds import CUSTOMER, order
from tests.booking.plans.stage import order_for, plan_quote, start
from tests.cast import NOW, RATES, TODAY, Cast, at, by_user, make_cast, make_holiday, make_price_list, write_calendar

from midway.booking.actions import ClosedThatDay, OpenHolidayKnown, add_open_holiday, book_visit, remove_open_holiday
from midway.booking.actions.quote_home import quote_home
from midway.booking.models import OpenHoliday, Quote, Visit
from midway.booking.queries import Offer, offered_times
from midway.core.pricing import Home
from midway.journal.models import Entry

pytestmark = pytest.mark.django_db
FEAST = TODAY + timedelta(days=3)


@pytest.fixture
def cast() -> Cast:
    """Twice the price on holidays."""
    cast = make_cast()
    rates = replace(RATES, holiday_percent=200)
    return replace(cast, price_list=make_price_list(branch=cast.branch, rates=rates, version=2, effective_on=TODAY))


def quoted(cast: Cast, frequency: str = "once") -> Quote:
    home = Home("regular", bedrooms=2, bathrooms=1, square_feet=900, frequency=frequency)
    return quote_home(offer=Offer(cast.branch, cast.regular), home=home, postcode="21201", now=NOW)


def add(cast: Cast) -> OpenHoliday:
    return add_open_holiday(branch=cast.branch, on=FEAST, name="Feast", by=by_user(cast.olga), now=NOW)


def test_the_day_is_offered_and_costs_the_holiday_price_that_was_shown(cast: Cast) -> None:
    add(cast)
    quote = quoted(cast)
    start_at = at("10:00", on=FEAST)
    offered = offered_times(
        offer=Offer(cast.branch, cast.regular), duration=quote.duration, team_size=1, first=FEAST, days=1, now=NOW
    )

    assert start_at in [slot.start for day in offered for slot in day.slots]
    assert (quote.total_cents, quote.price_at(start_at)) == (11_500, 23_000)
    booked = book_visit(order=order(quote, start_at), by=CUSTOMER, now=NOW)
    visit = Visit.objects.get(code=booked.visit)
    assert visit.price_cents == sum(line["amount_cents"] for line in visit.working) == 23_000


def test_a_plans_visits_cost_what_was_agreed_but_its_first_on_a_holiday(cast: Cast) -> None:
    for cleaner in cast.cleaners:
        write_calendar(cleaner=cleaner, days=430)
    add_open_holiday(branch=cast.branch, on=TODAY + timedelta(days=8), name="Feast", by=by_user(cast.olga), now=NOW)
    plan = start(cast)

    assert {visit.price_cents for visit in plan.visits.all()} == {plan.price_cents}
    assert order_for(plan_quote(cast)).booking.quote.price_at(at("10:00", on=FEAST)) == plan.price_cents


def test_quotes_given_before_keep_their_price_and_later_ones_forget_a_removed_day(cast: Cast) -> None:
    before = quoted(cast)
    holiday = add(cast)
    during = quoted(cast)
    remove_open_holiday(holiday=holiday, by=by_user(cast.olga), now=NOW)

    assert [q.price_at(at("10:00", on=FEAST)) for q in (before, during, quoted(cast))] == [11_500, 23_000, 11_500]
    assert Entry.objects.filter(event__startswith="booking.open_holiday.").count() == 2


def test_a_closed_day_and_a_day_known_already_are_refused(cast: Cast) -> None:
    add(cast)
    with pytest.raises(OpenHolidayKnown):
        add(cast)
    make_holiday(branch=cast.branch, on=FEAST + timedelta(days=1))
    with pytest.raises(ClosedThatDay):
        add_open_holiday(branch=cast.branch, on=FEAST + timedelta(days=1), name="Feast", by=by_user(cast.olga), now=NOW)

"""Step three for somebody who wants to be cleaned for again and again."""

import pytest
from django.test import Client
from tests.booking.plans.stage import TUESDAYS_AT_NINE, plan_quote, year_cast
from tests.cast import Cast, make_absence
from tests.web.public.test_you import TYPED

from midway.booking.actions.hold_slot import hold_slot
from midway.booking.models import Plan, Quote, Visit
from midway.runtime.clock import now

TYPED_AT_NINE = {**TYPED, "start": TUESDAYS_AT_NINE.isoformat()}


@pytest.fixture
def cast(db: None, monday_morning: None) -> Cast:
    return year_cast()


def held(cast: Cast) -> Quote:
    quote = plan_quote(cast)
    hold_slot(quote=quote, start=TUESDAYS_AT_NINE, now=now())
    return quote


def test_the_year_is_laid_open_before_it_is_sold(cast: Cast, visitor: Client) -> None:
    page = visitor.get(f"/book/{held(cast).code}/you").content.decode()

    assert "52 of the 52 visits of a year are yours at once." in page
    assert "Tuesday 10 March, 9:00" in page
    assert "need another time" not in page


def test_dates_that_need_another_time_are_named(cast: Cast, visitor: Client) -> None:
    start = TUESDAYS_AT_NINE.replace(day=17)
    for cleaner in cast.cleaners:
        make_absence(cleaner=cleaner, start=start.replace(hour=5), end=start.replace(hour=23))

    page = visitor.get(f"/book/{held(cast).code}/you").content.decode()

    assert "51 of the 52 visits of a year are yours at once." in page
    assert "1 date needs another time" in page
    assert "Tuesday 17 March" in page


def test_booking_starts_the_plan_and_shows_its_first_visit(cast: Cast, visitor: Client) -> None:
    answer = visitor.post(f"/book/{held(cast).code}/you", TYPED_AT_NINE)

    first = Visit.objects.order_by("during")[0]
    assert answer["Location"] == f"/visits/{first.code}?booked"
    assert Visit.objects.filter(plan=Plan.objects.get()).count() == 52
    assert "one visit of a series" in visitor.get(f"/visits/{first.code}").content.decode()

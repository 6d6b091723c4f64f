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
    assert "Tuesday 17 March<small" in page
    assert "needs another time" in page
    assert "Tuesday 10 March, 9:00" in page
    assert "Come on Monday 16 March at " in page or "Come on Wednesday 18 March at " in page


def open_date(cast: Cast, visitor: Client) -> tuple[Quote, str, str]:
    """A quote of which one date has nobody, the name of its box, and the time offered instead."""
    start = TUESDAYS_AT_NINE.replace(day=17)
    for cleaner in cast.cleaners:
        make_absence(cleaner=cleaner, start=start.replace(hour=5), end=start.replace(hour=23))
    quote = held(cast)
    [date] = visitor.get(f"/book/{quote.code}/you").context["series"].to_decide
    return quote, date.name, date.instead.isoformat()


def test_the_other_time_that_is_offered_can_be_taken(cast: Cast, visitor: Client) -> None:
    quote, name, instead = open_date(cast, visitor)
    visitor.post(f"/book/{quote.code}/you", {**TYPED_AT_NINE, name: instead})
    moved = Visit.objects.get(plan__isnull=False, occurrence_on="2026-03-17")
    assert (moved.starts_at.isoformat(), moved.cleaners_missing) == (
        moved.starts_at.fromisoformat(instead).astimezone(moved.starts_at.tzinfo).isoformat(),
        0,
    )
    assert not Visit.objects.filter(cleaners_missing__gt=0).exists()


@pytest.mark.parametrize("said", ["", "skip", "2026-03-17T03:00:00-04:00", "2020-01-01T09:00:00-05:00", "x"])
def test_a_date_left_open_or_given_a_time_nobody_offered_waits_for_a_decision(
    cast: Cast, visitor: Client, said: str
) -> None:
    quote, name, _instead = open_date(cast, visitor)
    visitor.post(f"/book/{quote.code}/you", {**TYPED_AT_NINE, name: said})
    left = Visit.objects.get(occurrence_on="2026-03-17")
    assert (left.cleaners_missing, left.state) == (1, "scheduled")


def test_a_day_of_the_week_that_fits_better_is_named(cast: Cast, visitor: Client) -> None:
    quote, _name, _instead = open_date(cast, visitor)
    page = visitor.get(f"/book/{quote.code}/you").content.decode()
    assert ", 52 of 52 would be yours at once." in page
    assert f"/book/{quote.code}/when?day=2026-03-" in page


def test_booking_starts_the_plan_and_shows_its_first_visit(cast: Cast, visitor: Client) -> None:
    answer = visitor.post(f"/book/{held(cast).code}/you", TYPED_AT_NINE)

    first = Visit.objects.order_by("during")[0]
    assert answer["Location"] == f"/visits/{first.code}?booked"
    assert Visit.objects.filter(plan=Plan.objects.get()).count() == 52
    assert "one visit of a series" in visitor.get(f"/visits/{first.code}").content.decode()

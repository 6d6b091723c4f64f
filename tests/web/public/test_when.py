"""Step two: days, times, and a hold on the chosen one."""

from datetime import date, timedelta

import time_machine
from django.test import Client
from tests.cast import NOW, TODAY, Cast, at, make_hold, make_quote

from midway.booking.models import Hold, Quote
from midway.crew.models import CalendarDay

TUESDAY = TODAY + timedelta(days=1)


def quote_of(cast: Cast) -> Quote:
    return make_quote(price_list=cast.price_list, service=cast.regular)


def when_of(quote: Quote) -> str:
    return f"/book/{quote.code}/when"


def test_the_days_show_how_free_they_are_and_the_first_free_one_is_open(cast: Cast, visitor: Client) -> None:
    page = visitor.get(when_of(quote_of(cast))).content.decode()

    assert "Monday 2 March" in page
    assert "Saturday 7 March, nothing free" in page
    assert 'aria-current="date"' in page
    assert "Earliest: Monday 9:00" in page


def test_a_day_shows_its_times_by_part_of_day_with_the_best_first(cast: Cast, visitor: Client) -> None:
    quote = quote_of(cast)
    page = visitor.get(when_of(quote), {"day": TUESDAY.isoformat()}).content.decode()

    assert page.index("Morning") < page.index("Midday") < page.index("Afternoon")
    # The afternoon has one time only, which needs no mark.
    assert page.count("Best fit") == 2
    assert "8:00" in page


def test_scripts_get_only_the_times(cast: Cast, visitor: Client) -> None:
    headers = {"hx-request": "true", "hx-target": "times"}
    fragment = visitor.get(when_of(quote_of(cast)), {"day": TUESDAY.isoformat()}, headers=headers).content.decode()

    assert fragment.lstrip().startswith('<div id="times"')
    assert "<html" not in fragment


def test_choosing_a_time_holds_it_and_leads_on(cast: Cast, visitor: Client) -> None:
    quote = quote_of(cast)
    response = visitor.post(when_of(quote), {"start": at("10:00", on=TUESDAY).isoformat()})

    assert response["Location"] == f"/book/{quote.code}/you"
    assert Hold.objects.get().during.lower == at("10:00", on=TUESDAY)


def test_a_time_taken_in_between_is_explained_with_the_nearest_ones(cast: Cast, visitor: Client) -> None:
    for cleaner in cast.cleaners:
        make_hold(quote=quote_of(cast), start=at("10:00", on=TUESDAY), cleaners=[cleaner])
    response = visitor.post(when_of(quote_of(cast)), {"start": at("10:00", on=TUESDAY).isoformat()})

    page = response.content.decode()
    assert response.status_code == 409
    assert "Somebody has just taken Tuesday 3 March at 10:00" in page
    assert page.count(">Tuesday 3 March</small>") >= 3


def test_a_time_that_is_no_time_is_refused_in_words(cast: Cast, visitor: Client) -> None:
    for nonsense in ("", "soon", "2026-03-03T10:07:00-05:00", "1999-01-01T10:00:00Z", "0001-01-01T00:00:00"):
        response = visitor.post(when_of(quote_of(cast)), {"start": nonsense})
        assert response.status_code == 409


def test_any_tuesday_morning_finds_the_tuesdays(cast: Cast, visitor: Client) -> None:
    page = visitor.get(when_of(quote_of(cast)), {"weekday": "1", "part": "morning"}).content.decode()

    assert "<small>Tuesday 3 March</small>" in page
    assert "<small>Tuesday 10 March</small>" in page


def test_later_weeks_go_on_to_the_horizon_and_no_further(cast: Cast, visitor: Client) -> None:
    cast.branch.horizon_days = 20
    cast.branch.save()
    quote = quote_of(cast)

    assert "Later weeks" in visitor.get(when_of(quote)).content.decode()
    last = visitor.get(when_of(quote), {"from": "2026-03-16"}).content.decode()
    assert "Later weeks" not in last
    assert "Earlier" in last
    assert visitor.get(when_of(quote), {"from": "9999-01-01"}).status_code == 200


def test_the_week_the_clock_changes_keeps_wall_clock_times(cast: Cast, visitor: Client) -> None:
    monday_after = date(2026, 3, 9)
    page = visitor.get(when_of(quote_of(cast)), {"day": monday_after.isoformat()}).content.decode()

    assert "2026-03-09T08:00:00-04:00" in page


def test_an_expired_price_offers_a_new_one_with_the_same_choices(cast: Cast, visitor: Client) -> None:
    quote = quote_of(cast)
    with time_machine.travel(NOW + timedelta(days=15), tick=False):
        response = visitor.post(when_of(quote), {"start": at("10:00", on=TUESDAY + timedelta(days=16)).isoformat()})

    assert response.status_code == 410
    assert "service=regular&amp;bedrooms=2" in response.content.decode()


def test_a_calendar_that_is_behind_is_answered_in_words(cast: Cast, visitor: Client) -> None:
    CalendarDay.objects.filter(on__gt=TUESDAY).delete()
    response = visitor.get(when_of(quote_of(cast)))

    assert response.status_code == 503
    assert "Times are not ready yet" in response.content.decode()


def test_an_unknown_quote_is_not_found_in_words(cast: Cast, visitor: Client) -> None:
    response = visitor.get("/book/00000000-0000-4000-8000-000000000000/when")

    assert response.status_code == 404
    assert "There is nothing at this address" in response.content.decode()

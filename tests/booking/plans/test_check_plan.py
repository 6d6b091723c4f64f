"""Before a plan is sold: every date of 52 weeks is judged, and what would be better is named."""

from datetime import date, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.booking.plans.stage import (
    TUESDAY,
    TUESDAYS_AT_NINE,
    names_of,
    order_for,
    plan_quote,
    year_cast,
)
from tests.cast import NOW, Cast, at, make_absence, make_cleaner, make_exception, make_hold, make_holiday

from midway.booking.actions import start_plan
from midway.booking.models import Visit
from midway.booking.plan_queries import PlanCheck, check_plan, terms_of_quote
from midway.core.actor import VISITOR
from midway.core.recurrence import Change
from midway.crew.queries import CalendarNotWritten

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)


def check(cast: Cast, **fields: object) -> PlanCheck:
    terms = terms_of_quote(plan_quote(cast), start=TUESDAYS_AT_NINE)
    return check_plan(terms=terms, now=NOW, **fields)  # type: ignore[arg-type]


def close(cast: Cast, *days: date) -> None:
    """Nobody works on these days."""
    for day in days:
        for cleaner in cast.cleaners:
            make_exception(cleaner=cleaner, on=day)


def test_an_empty_calendar_fits_all_fifty_two() -> None:
    cast = year_cast()
    found = check(cast)

    assert (found.fitting, found.taking_place, found.to_decide, found.instead) == (52, 52, [], ())
    assert found.usual == [cast.ana.pk]


def test_forty_eight_of_fifty_two_fit_and_four_need_a_decision() -> None:
    cast = year_cast()
    busy = [TUESDAY + n * WEEK for n in (3, 11, 12, 40)]
    close(cast, *busy)
    found = check(cast)

    assert (found.fitting, found.taking_place) == (48, 52)
    assert [week.original for week in found.to_decide] == busy


def test_each_decision_comes_with_the_nearest_time_that_is_free() -> None:
    cast = year_cast()
    for cleaner in cast.cleaners:
        make_absence(cleaner=cleaner, start=at("08:00", on=TUESDAY + WEEK), end=at("10:00", on=TUESDAY + WEEK))
    close(cast, TUESDAY + 2 * WEEK)
    first, second = check(cast).to_decide

    assert first.alternative is not None
    assert first.alternative.start == at("10:00", on=TUESDAY + WEEK)
    assert second.alternative is not None
    assert second.alternative.start == at("09:00", on=TUESDAY + 2 * WEEK - timedelta(days=1))
    assert second.alternative.cleaners == (cast.ana.pk,)


def test_another_weekday_is_named_when_it_fits_better() -> None:
    cast = year_cast()
    close(cast, TUESDAY + 4 * WEEK, TUESDAY + 5 * WEEK)
    best = check(cast).instead[0]

    assert best.rule.weekdays in ({0}, {2})
    assert best.rule.clock == time(9)
    assert best.fitting == best.of


def test_who_could_come_most_often_is_named_with_their_number() -> None:
    cast = year_cast()
    make_exception(cleaner=cast.ana, on=TUESDAY + 4 * WEEK)
    found = check(cast)

    assert found.continuity == [(cast.ben.pk, 52), (cast.chidi.pk, 52), (cast.ana.pk, 51)]


def test_a_slot_held_for_the_quote_counts_as_free() -> None:
    cast = year_cast()
    quote = plan_quote(cast)
    for cleaner in (cast.ben, cast.chidi):
        make_absence(cleaner=cleaner, start=at("08:00", on=TUESDAY), end=at("17:00", on=TUESDAY))
    make_hold(quote=quote, start=TUESDAYS_AT_NINE, cleaners=[cast.ana])
    terms = terms_of_quote(quote, start=TUESDAYS_AT_NINE)

    assert check_plan(terms=terms, now=NOW).fitting == 51
    assert check_plan(terms=terms, now=NOW, quote=quote).fitting == 52


def test_decisions_already_taken_are_judged_like_the_rest() -> None:
    cast = year_cast()
    close(cast, TUESDAY + WEEK)
    decided = {TUESDAY + WEEK: Change(at("09:00", on=TUESDAY + WEEK + timedelta(days=1))), TUESDAY + 2 * WEEK: Change()}
    found = check(cast, changes=decided)

    assert (found.fitting, found.taking_place) == (51, 51)


def test_a_holiday_shows_as_shifted() -> None:
    cast = year_cast()
    make_holiday(branch=cast.branch, on=TUESDAY + WEEK)
    week = check(cast).weeks[1]

    assert week.is_shifted
    assert week.start == at("09:00", on=TUESDAY + WEEK + timedelta(days=1))


def test_what_the_check_promises_is_what_the_sale_keeps() -> None:
    cast = year_cast()
    close(cast, TUESDAY + WEEK, TUESDAY + 9 * WEEK)
    make_exception(cleaner=cast.ana, on=TUESDAY + 3 * WEEK)
    quote = plan_quote(cast)
    found = check_plan(terms=terms_of_quote(quote, start=TUESDAYS_AT_NINE), now=NOW)
    started = start_plan(order=order_for(quote), by=VISITOR, now=NOW)

    assert started.to_decide == [week.original for week in found.to_decide]
    kept = [sorted(v.assignments.values_list("cleaner_id", flat=True)) for v in Visit.objects.order_by("occurrence_on")]
    assert kept == [sorted(week.cleaners) for week in found.weeks]
    assert names_of(Visit.objects.filter(occurrence_on=TUESDAY + 3 * WEEK)) == [["Ben"]]


def test_the_number_of_queries_does_not_grow_with_the_crew() -> None:
    cast = year_cast()
    with CaptureQueriesContext(
        connection,
    ) as few:
        check(cast)
    for n in range(5):
        make_cleaner(branch=cast.branch, name=f"Extra {n}", calendar_days=430)
    with CaptureQueriesContext(connection) as many:
        check(cast)

    assert len(few) == len(many)


def test_a_year_not_yet_written_is_said_so() -> None:
    cast = year_cast()
    make_cleaner(branch=cast.branch, name="New", calendar_days=35)

    with pytest.raises(CalendarNotWritten):
        check(cast)

"""How long a home really takes: kept by visit, suggested, approved, taken back."""

from datetime import timedelta

import pytest
from tests.booking.plans.stage import TUESDAY, order_for, plan_quote, year_cast
from tests.cast import NOW, Cast, at, by_user, make_branch, make_cast, make_visit

from midway.booking.actions import (
    NoPaceInForce,
    SuggestionChanged,
    TimeImpossible,
    VisitNotOver,
    approve_pace,
    record_actual_time,
    start_plan,
    top_up_plans,
    withdraw_pace,
)
from midway.booking.actions.book_at_once import wishes_of
from midway.booking.actions.quote_home import price_for, quote_home
from midway.booking.models import ActualTime, Pace, Plan, Visit
from midway.booking.pace_queries import suggestion_for, suggestions
from midway.booking.queries import Offer
from midway.core.actor import VISITOR
from midway.core.pricing import Home
from midway.journal.models import Entry

pytestmark = pytest.mark.django_db
HOME = Home("regular", bedrooms=2, bathrooms=1, square_feet=900)
LIST_MINUTES = 95


def past_visit(cast: Cast, *, weeks: int, **fields: object) -> Visit:
    start = at("09:00") - timedelta(weeks=weeks)
    return make_visit(
        premises=cast.flat, price_list=cast.price_list, service=cast.regular, start=start, cleaners=[cast.ana], **fields
    )  # type: ignore[arg-type]


def timed(cast: Cast, *minutes: int) -> None:
    for week, took in enumerate(minutes, start=1):
        record_actual_time(visit=past_visit(cast, weeks=week).code, minutes=took, people=1, by=VISITOR, now=NOW)


def approve(cast: Cast, percent: int) -> Pace:
    return approve_pace(premises=cast.flat, service=cast.regular, percent=percent, by=by_user(cast.olga), now=NOW)


def length(cast: Cast) -> int:
    wishes = wishes_of(email="dora@example.com", line1="12 Calico Street", postcode="21201")
    offer = Offer(cast.branch, cast.regular)
    quote = quote_home(offer=offer, home=HOME, postcode="21201", now=NOW, wishes=wishes)
    shown = price_for(offer=offer, home=HOME, postcode="21201", now=NOW, wishes=wishes)
    assert shown.duration_minutes == quote.duration_minutes
    return quote.duration_minutes


def test_minutes_are_kept_as_work_without_extras_and_corrected_when_said_again() -> None:
    cast = make_cast()
    visit = past_visit(cast, weeks=1)
    record_actual_time(visit=visit.code, minutes=90, people=2, by=by_user(cast.dan), now=NOW)
    kept = ActualTime.objects.get()
    assert (kept.planned_minutes, kept.labour_minutes) == (LIST_MINUTES, 90 * 185 // 100)

    record_actual_time(visit=visit.code, minutes=120, people=1, by=by_user(cast.dan), now=NOW)
    kept.refresh_from_db()
    assert kept.labour_minutes == 120
    assert [entry.facts["minutes"] for entry in Entry.objects.filter(event="booking.visit.timed")] == [90, 120]


def test_only_a_visit_that_took_place_is_timed() -> None:
    cast = make_cast()
    coming = make_visit(premises=cast.flat, price_list=cast.price_list, service=cast.regular, start=at("13:00"))
    skipped = past_visit(cast, weeks=1, state="skipped")
    for visit in (coming, skipped):
        with pytest.raises(VisitNotOver):
            record_actual_time(visit=visit.code, minutes=90, people=1, by=VISITOR, now=NOW)
    for minutes, people in ((0, 1), (961, 1), (60, 0), (60, 13)):
        with pytest.raises(TimeImpossible):
            record_actual_time(visit=coming.code, minutes=minutes, people=people, by=VISITOR, now=NOW)
    assert not ActualTime.objects.exists()


def test_a_home_that_takes_longer_is_suggested_with_its_visits() -> None:
    cast = make_cast()
    timed(cast, 140, 145)
    assert suggestions(cast.branch, now=NOW) == []
    record_actual_time(visit=past_visit(cast, weeks=5).code, minutes=300, people=1, by=VISITOR, now=NOW)

    [found] = suggestions(cast.branch, now=NOW)
    assert (found.premises, found.service, found.suggestion.percent) == (cast.flat, cast.regular, 155)
    assert [one.labour_minutes for one in found.measured] == [140, 145, 300]
    assert (found.minutes_now, found.minutes_then) == (105, 150)


def test_nothing_is_longer_before_it_is_approved_and_as_before_when_taken_back() -> None:
    cast = make_cast()
    timed(cast, 140, 145, 150)
    assert length(cast) == 105
    approve(cast, 155)
    assert length(cast) == 150
    assert suggestion_for(cast.flat, cast.regular) is None

    withdraw_pace(premises=cast.flat, service=cast.regular, by=by_user(cast.olga), now=NOW)
    assert length(cast) == 105
    with pytest.raises(NoPaceInForce):
        withdraw_pace(premises=cast.flat, service=cast.regular, by=by_user(cast.olga), now=NOW)
    events = ["booking.pace.approved", "booking.pace.withdrawn"]
    assert list(Entry.objects.filter(event__startswith="booking.pace.").values_list("event", flat=True)) == events


def test_only_what_is_suggested_now_is_approved() -> None:
    cast = make_cast()
    timed(cast, 140, 145, 150)
    with pytest.raises(SuggestionChanged):
        approve(cast, 160)
    approve(cast, 155)
    with pytest.raises(SuggestionChanged):
        approve(cast, 155)
    assert Pace.objects.get().percent == 155


def test_a_newer_pace_takes_over_from_the_one_before() -> None:
    cast = make_cast()
    timed(cast, 140, 145, 150)
    approve(cast, 155)
    for week in range(10, 16):
        visit = past_visit(cast, weeks=week)
        record_actual_time(visit=visit.code, minutes=190, people=1, by=VISITOR, now=NOW)
    approve(cast, 200)

    assert list(Pace.objects.filter(withdrawn_at=None).values_list("percent", flat=True)) == [200]
    assert length(cast) == 195


def test_dates_a_plan_has_yet_to_be_given_are_longer_and_those_promised_stay() -> None:
    cast = year_cast()
    plan = Plan.objects.get(code=start_plan(order=order_for(plan_quote(cast)), by=VISITOR, now=NOW).plan)
    promised = set(plan.visits.values_list("code", flat=True))
    plan.premises.refresh_from_db()
    for week in (1, 2, 3):
        visit = make_visit(
            premises=plan.premises,
            price_list=cast.price_list,
            service=cast.regular,
            start=at("09:00", on=TUESDAY) - timedelta(weeks=week),
        )
        record_actual_time(visit=visit.code, minutes=145, people=1, by=VISITOR, now=NOW)
    approve_pace(premises=plan.premises, service=cast.regular, percent=155, by=by_user(cast.olga), now=NOW)
    top_up_plans(now=NOW + timedelta(weeks=2))

    lengths = {v.code in promised: v.duration for v in plan.visits.order_by("occurrence_on")}
    assert lengths == {True: timedelta(minutes=105), False: timedelta(minutes=150)}
    withdraw_pace(premises=plan.premises, service=cast.regular, by=by_user(cast.olga), now=NOW)
    plan.refresh_from_db()
    assert plan.duration_minutes == 105


def test_homes_of_another_branch_are_its_own_business() -> None:
    cast = make_cast()
    timed(cast, 140, 145, 150)
    assert len(suggestions(cast.branch, now=NOW)) == 1
    assert suggestions(make_branch(), now=NOW) == []

"""Selling a plan: a year of visits with their cleaners in one transaction, or nothing."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest
from django.db import DataError, IntegrityError, transaction
from psycopg.types.range import Range
from tests.booking.plans.stage import (
    TUESDAY,
    TUESDAYS_AT_NINE,
    clock,
    names_of,
    order_for,
    plan_quote,
    start,
    visit_on,
    year_cast,
)
from tests.cast import NOW, at, commit, make_absence, make_exception, make_hold, make_holiday, make_visit

from midway.booking.actions import book_plan_once, start_plan
from midway.booking.actions.book_visit import KeyUsedForAnotherRequest
from midway.booking.actions.offered import QuoteAlreadyBooked, TimeNotOffered
from midway.booking.actions.start_plan import FirstVisitLeftOut
from midway.booking.models import Assignment, Booking, Hold, Plan, PlanException, Visit
from midway.booking.plan_queries import NotRecurring
from midway.core.actor import VISITOR, Actor, ActorKind
from midway.core.recurrence import Change, HolidayShift, Rule
from midway.core.visit_states import VisitState
from midway.crew.calendar import SlotTaken
from midway.crew.models import Commitment
from midway.customers.models import Customer
from midway.journal.models import Entry
from midway.messaging.models import OutboxMessage

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)


def test_a_weekly_plan_has_fifty_two_visits_by_the_same_cleaner() -> None:
    plan = start(year_cast())
    visits = list(plan.visits.order_by("occurrence_on"))

    assert [visit.occurrence_on for visit in visits] == [TUESDAY + n * WEEK for n in range(52)]
    assert names_of(visits) == [["Ana"]] * 52
    assert {visit.cleaners_missing for visit in visits} == {0}
    assert {visit.booking_id for visit in visits} == {Booking.objects.get().pk}


def test_visits_keep_the_wall_clock_through_both_clock_changes() -> None:
    plan = start(year_cast())

    assert {clock(visit.starts_at) for visit in plan.visits.all()} == {time(9)}
    assert len({visit.starts_at.utctimetuple().tm_hour for visit in plan.visits.all()}) == 2


@pytest.mark.parametrize(("frequency", "visits"), [("biweekly", 26), ("every_3_weeks", 18), ("every_4_weeks", 13)])
def test_the_frequency_sets_the_number_of_visits(frequency: str, visits: int) -> None:
    assert start(year_cast(), frequency=frequency).visits.count() == visits


def test_the_office_can_sell_the_first_and_third_tuesday_of_the_month() -> None:
    cast = year_cast()
    rule = Rule(TUESDAY, time(9), frozenset({1}), nth=1)
    plan = start(cast, rule=rule)

    assert [v.occurrence_on for v in plan.visits.order_by("occurrence_on")][:3] == [
        date(2026, 3, 3),
        date(2026, 4, 7),
        date(2026, 5, 5),
    ]


def test_a_preferred_cleaner_comes_and_another_one_only_when_they_cannot() -> None:
    cast = year_cast()
    away = TUESDAY + 2 * WEEK
    make_absence(cleaner=cast.chidi, start=at("00:00", on=away), end=at("23:00", on=away))
    plan = start(cast, preferred=[cast.chidi.pk])

    assert names_of(plan.visits.order_by("occurrence_on"))[:4] == [["Chidi"], ["Chidi"], ["Ana"], ["Chidi"]]


def test_whoever_can_come_most_often_comes_every_time() -> None:
    cast = year_cast()
    for cleaner in (cast.ana, cast.ben):
        make_exception(cleaner=cleaner, on=TUESDAY + 5 * WEEK)
    plan = start(cast)

    assert names_of(plan.visits.all()) == [["Chidi"]] * 52


def test_dates_for_which_nobody_is_free_become_visits_that_need_a_decision() -> None:
    cast = year_cast()
    for cleaner in cast.cleaners:
        make_exception(cleaner=cleaner, on=TUESDAY + WEEK)
    started = start_plan(order=order_for(plan_quote(cast)), by=VISITOR, now=NOW)

    assert started.to_decide == [TUESDAY + WEEK]
    assert Visit.objects.filter(cleaners_missing=1).get().occurrence_on == TUESDAY + WEEK
    assert Visit.objects.count() == 52


def test_a_team_comes_complete_or_not_at_all() -> None:
    cast = year_cast()
    make_exception(cleaner=cast.ben, on=TUESDAY + WEEK)
    plan = start(cast, service=cast.deep)

    assert names_of([visit_on(plan, TUESDAY), visit_on(plan, TUESDAY + WEEK)]) == [["Ana", "Ben"], []]
    assert visit_on(plan, TUESDAY + WEEK).cleaners_missing == 2


def test_decisions_taken_before_the_sale_are_kept_with_it() -> None:
    cast = year_cast()
    moved_to = at("13:00", on=TUESDAY + WEEK + timedelta(days=1))
    plan = start(cast, decisions={TUESDAY + WEEK: Change(moved_to), TUESDAY + 2 * WEEK: Change()})

    assert visit_on(plan, TUESDAY + WEEK).starts_at == moved_to
    assert visit_on(plan, TUESDAY + 2 * WEEK).state == VisitState.SKIPPED
    assert names_of([visit_on(plan, TUESDAY + 2 * WEEK)]) == [[]]
    assert plan.exceptions.count() == 2


@pytest.mark.parametrize(
    ("shift", "held"), [(HolidayShift.BEFORE, date(2026, 3, 9)), (HolidayShift.AFTER, date(2026, 3, 11))]
)
def test_a_holiday_moves_its_visit_and_no_other(shift: HolidayShift, held: date) -> None:
    cast = year_cast()
    make_holiday(branch=cast.branch, on=date(2026, 3, 10))
    plan = start(cast, holiday_shift=shift)

    assert visit_on(plan, date(2026, 3, 10)).starts_at == at("09:00", on=held)
    assert visit_on(plan, date(2026, 3, 17)).starts_at == at("09:00", on=date(2026, 3, 17))


def test_a_visit_left_out_for_a_holiday_can_be_seen_and_restored() -> None:
    cast = year_cast()
    make_holiday(branch=cast.branch, on=date(2026, 3, 10))
    plan = start(cast, holiday_shift=HolidayShift.SKIP)

    assert visit_on(plan, date(2026, 3, 10)).state == VisitState.SKIPPED
    assert plan.exceptions.get().kind == PlanException.Kind.HOLIDAY


def test_a_slot_held_for_the_quote_becomes_the_first_visit() -> None:
    cast = year_cast()
    quote = plan_quote(cast)
    for cleaner in (cast.ben, cast.chidi):
        make_absence(cleaner=cleaner, start=at("08:00", on=TUESDAY), end=at("17:00", on=TUESDAY))
    hold = make_hold(quote=quote, start=TUESDAYS_AT_NINE, cleaners=[cast.ana])
    started = start_plan(order=order_for(quote, hold=hold.code), by=VISITOR, now=NOW)

    assert names_of([Visit.objects.get(code=started.booked.visit)]) == [["Ana"]]
    assert Hold.objects.get().state == Hold.State.BOOKED
    assert not Commitment.objects.filter(kind="hold", active=True).exists()


def test_without_a_free_first_visit_nothing_is_sold_at_all() -> None:
    cast = year_cast()
    for cleaner in cast.cleaners:
        make_absence(cleaner=cleaner, start=at("08:00", on=TUESDAY), end=at("17:00", on=TUESDAY))
    quote = plan_quote(cast)

    with pytest.raises(SlotTaken), transaction.atomic():
        start_plan(order=order_for(quote, email="new@example.com"), by=VISITOR, now=NOW)

    assert not Plan.objects.exists()
    assert not Visit.objects.exists()
    assert not Commitment.objects.filter(kind="visit").exists()
    assert not Customer.objects.filter(email="new@example.com").exists()
    assert not OutboxMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_failure_at_the_very_end_leaves_nothing_behind() -> None:
    cast = year_cast()
    # The journal, written when all visits are seated, cannot hold this person's number.
    nobody = Actor(kind=ActorKind.USER, label="Nobody", user_id=2**70)

    with pytest.raises(DataError):
        start_plan(order=order_for(plan_quote(cast)), by=nobody, now=NOW)

    assert not Plan.objects.exists()
    assert not Visit.objects.exists()
    assert not Assignment.objects.exists()
    assert not Commitment.objects.exists()
    assert not Entry.objects.exists()


def test_a_date_of_a_plan_has_one_visit_whoever_writes() -> None:
    plan = start(year_cast())
    first, second = plan.visits.order_by("occurrence_on")[:2]
    with pytest.raises(IntegrityError, match="one_visit_per_plan_date"), transaction.atomic():
        Visit.objects.filter(pk=second.pk).update(occurrence_on=first.occurrence_on)


def test_a_quote_starts_one_plan() -> None:
    cast = year_cast()
    quote = plan_quote(cast)
    start_plan(order=order_for(quote), by=VISITOR, now=NOW)

    with pytest.raises(QuoteAlreadyBooked):
        start_plan(order=order_for(quote), by=VISITOR, now=NOW)

    assert Plan.objects.count() == 1


def test_a_single_clean_is_no_plan() -> None:
    cast = year_cast()
    with pytest.raises(NotRecurring):
        start_plan(order=order_for(plan_quote(cast, frequency="once")), by=VISITOR, now=NOW)


def test_a_rule_that_does_not_fall_on_the_first_visit_is_refused() -> None:
    cast = year_cast()
    wednesdays = Rule(TUESDAY, time(9), frozenset({2}))
    with pytest.raises(TimeNotOffered):
        start(cast, rule=wednesdays)


def test_the_first_visit_cannot_be_decided_away() -> None:
    with pytest.raises(FirstVisitLeftOut):
        start(year_cast(), decisions={TUESDAY: Change()})


def test_the_sale_is_one_journal_entry_and_one_message() -> None:
    plan = start(year_cast())

    assert Entry.objects.get(subject=plan.code).event == "booking.plan.started"
    assert [message.template for message in OutboxMessage.objects.all()] == ["plan_started"]


def test_the_same_request_sent_again_gets_the_same_answer() -> None:
    cast = year_cast()
    quote = plan_quote(cast)
    answers = [
        book_plan_once(key="k", fingerprint="f", order=order_for(quote).booking, by=VISITOR, now=NOW) for _ in range(2)
    ]

    assert answers[0] == answers[1]
    assert answers[0]["plan"] == str(Plan.objects.get().code)
    assert answers[0]["visit"]["start"] == "2026-03-03T09:00:00-05:00"
    with pytest.raises(KeyUsedForAnotherRequest):
        book_plan_once(key="k", fingerprint="g", order=order_for(quote).booking, by=VISITOR, now=NOW)


def test_a_plan_takes_no_time_that_is_taken_already() -> None:
    cast = year_cast()
    make_visit(
        premises=cast.flat,
        price_list=cast.price_list,
        service=cast.regular,
        start=at("10:00", on=TUESDAY + WEEK),
        cleaners=[cast.ana],
    )
    commit(
        cleaner=cast.ben,
        during=Range(at("08:00", on=TUESDAY + 2 * WEEK), at("09:30", on=TUESDAY + 2 * WEEK)),
        kind=Commitment.Kind.TRAINING,
        reference=uuid4(),
    )
    plan = start(cast, preferred=[cast.ana.pk, cast.ben.pk])

    assert names_of(plan.visits.order_by("occurrence_on"))[:3] == [["Ana"], ["Ben"], ["Ana"]]

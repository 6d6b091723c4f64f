"""A cleaner is away: the absence, and three ways out."""

from datetime import timedelta

import pytest
from tests.cast import NOW, TODAY, Cast, at
from tests.dispatch.days import EAST, QUICK, TOMORROW, WEST, crossed_day, visit_in

from midway.booking.actions import Seating, settle_day
from midway.booking.invariants import findings
from midway.booking.models import Booking
from midway.core.actor import SYSTEM
from midway.core.routing.verify import violations
from midway.core.visit_states import VisitState
from midway.crew.calendar import SlotTaken
from midway.crew.models import Absence
from midway.dispatch.actions import DayGoneBy, call_in_sick, publish_best, publish_plan
from midway.dispatch.day import read_day
from midway.dispatch.models import DayPlan
from midway.dispatch.records import plan_from_facts
from midway.messaging.models import OutboxMessage


def test_the_absence_is_recorded_and_three_ways_are_ranked(cast: Cast) -> None:
    visits = crossed_day(cast)

    call = call_in_sick(cleaner=cast.ana, on=TOMORROW, budget=QUICK, by=SYSTEM, now=NOW)

    assert Absence.objects.get().reason == Absence.Reason.SICK
    assert {visit.pk for visit in call.visits} == {visits[0].pk, visits[1].pk}
    assert [plan.rank for plan in call.plans] == [1, 2, 3]
    assert {plan.way for plan in call.plans} == {"cover", "spread", "best"}
    problem = read_day(cast.branch, TOMORROW, now=NOW).problem
    for plan in call.plans:
        found = plan_from_facts(plan.found["after"])
        assert violations(problem, found) == []
        assert str(cast.ana.code) not in {route.crew for route in found.routes if route.stops}


def test_the_quietest_way_touches_nobody_else(cast: Cast) -> None:
    crossed_day(cast)

    call = call_in_sick(cleaner=cast.ana, on=TOMORROW, budget=QUICK, by=SYSTEM, now=NOW)

    quiet = next(plan for plan in call.plans if plan.way == "cover")
    assert quiet.found["effect"]["others_moved"] == []
    assert quiet.found["effect"]["customers_moved"] == []


def test_the_best_way_published_serves_the_day(cast: Cast) -> None:
    visits = crossed_day(cast)
    call = call_in_sick(cleaner=cast.ana, on=TOMORROW, budget=QUICK, by=SYSTEM, now=NOW)

    published = publish_best(call, by=SYSTEM, now=NOW)

    assert published is not None
    assert published.state == DayPlan.State.PUBLISHED
    assert all(visit.assignments.filter(active=True).exists() for visit in visits)
    assert DayPlan.objects.filter(state=DayPlan.State.REPLACED).count() == 2
    assert [f.name for f in findings(now=NOW) if not f.holds] == []


def test_any_of_the_ways_can_be_published(cast: Cast) -> None:
    crossed_day(cast)
    call = call_in_sick(cleaner=cast.ana, on=TOMORROW, budget=QUICK, by=SYSTEM, now=NOW)

    assert publish_plan(plan=call.plans[2].code, by=SYSTEM, now=NOW)[0].rank == 3


def test_what_the_cleaner_has_begun_they_finish(cast: Cast) -> None:
    now = at("10:00")
    begun = visit_in(cast, WEST, "09:00", cast.ana, on=TODAY, state=VisitState.IN_PROGRESS)
    later = visit_in(cast, EAST, "14:00", cast.ana, on=TODAY)

    call = call_in_sick(cleaner=cast.ana, on=TODAY, budget=QUICK, by=SYSTEM, now=now)

    assert call.absence.during.lower == at("11:00")
    assert [visit.pk for visit in call.visits] == [later.pk]
    publish_best(call, by=SYSTEM, now=now)
    assert begun.assignments.get(active=True).cleaner == cast.ana
    assert later.assignments.get(active=True).cleaner != cast.ana


@pytest.mark.parametrize("has_worked", [False, True])
def test_who_is_between_visits_is_away_from_now_on(cast: Cast, has_worked: bool) -> None:
    now = at("12:30")
    if has_worked:
        visit_in(cast, WEST, "09:00", cast.ana, on=TODAY, state=VisitState.DONE)
    later = visit_in(cast, EAST, "14:00", cast.ana, on=TODAY)

    call = call_in_sick(cleaner=cast.ana, on=TODAY, budget=QUICK, by=SYSTEM, now=now)

    assert call.absence.during.lower == now
    assert [visit.pk for visit in call.visits] == [later.pk]


def test_at_a_visit_past_midnight_it_is_said_that_one_has_begun(cast: Cast) -> None:
    visit_in(cast, WEST, "23:00", cast.ana, on=TODAY, state=VisitState.IN_PROGRESS)

    with pytest.raises(SlotTaken):
        call_in_sick(cleaner=cast.ana, on=TODAY, budget=QUICK, by=SYSTEM, now=at("23:30"))


def test_whoever_is_away_already_is_not_called_in_twice(cast: Cast) -> None:
    call_in_sick(cleaner=cast.ana, on=TOMORROW, budget=QUICK, by=SYSTEM, now=NOW)

    with pytest.raises(SlotTaken):
        call_in_sick(cleaner=cast.ana, on=TOMORROW, budget=QUICK, by=SYSTEM, now=NOW)


def test_a_day_gone_by_is_refused(cast: Cast) -> None:
    with pytest.raises(DayGoneBy):
        call_in_sick(cleaner=cast.ana, on=TODAY - timedelta(days=1), budget=QUICK, by=SYSTEM, now=NOW)


def test_customers_count_as_moved_where_publishing_tells_them_another_time(cast: Cast) -> None:
    # Nobody keeps a promise by being a few minutes early or late where the promises of one cleaner overlap.
    visit_in(cast, WEST, "08:00", cast.ana)
    visit_in(cast, WEST, "10:00", cast.ana)
    visit_in(cast, WEST, "08:10", cast.ben)
    visit_in(cast, WEST, "10:10", cast.chidi)
    call = call_in_sick(cleaner=cast.ana, on=TOMORROW, budget=QUICK, by=SYSTEM, now=NOW)

    for plan in call.plans:
        told = {change["visit"] for change in plan.found["changes"] if change["is_promise_moved"]}
        assert set(plan.found["effect"]["customers_moved"]) == told
    numbers = [len(plan.found["effect"]["customers_moved"]) for plan in call.plans]
    left = [len(plan.found["effect"]["unserved"]) for plan in call.plans]
    assert list(zip(left, numbers, strict=True)) == sorted(zip(left, numbers, strict=True))
    assert any(numbers)


def test_who_is_told_by_text_message_hears_before_the_time_they_expected_us(cast: Cast) -> None:
    dawn = at("06:10", on=TOMORROW)
    early = visit_in(cast, WEST, "07:30", cast.ana)
    late = visit_in(cast, EAST, "14:00", cast.ana)
    for visit in (early, late):
        visit.customer.channel, visit.customer.phone = "sms", "+14105550120"
        visit.customer.save()
        Booking.objects.filter(visits=visit).update(contact_phone="+14105550120")
    start = at("09:00", on=TOMORROW)
    seatings = [
        Seating(visit=v.code, revision=v.revision, start=s, cleaners=[cast.ben.pk], busy_until=s + v.duration)
        for v, s in ((early, start), (late, at("15:00", on=TOMORROW)))
    ]

    settle_day(seatings=seatings, by=SYSTEM, now=dawn)

    leaves = dict(OutboxMessage.objects.filter(channel="sms").values_list("subject_code", "next_try_at"))
    assert leaves == {early.code: dawn, late.code: at("08:00", on=TOMORROW)}

"""What happens to a day while a plan of it is being worked out."""

import pytest
from tests.cast import NOW, Cast
from tests.dispatch.days import QUICK, TOMORROW, WEST, Meanwhile, crossed_day, visit_in

from midway.core.actor import SYSTEM
from midway.dispatch.actions import (
    DayChangedMeanwhile,
    What,
    call_in_sick,
    discard_plan,
    propose_day,
    publish_plan,
    report_trouble,
)
from midway.dispatch.actions.call_in_sick import work_out_ways
from midway.dispatch.actions.propose_day import work_out
from midway.dispatch.actions.report_trouble import work_out_trouble
from midway.dispatch.models import DayPlan


def discard_all() -> None:
    for plan in DayPlan.objects.filter(state=DayPlan.State.WORKING):
        discard_plan(plan=plan.code, by=SYSTEM, now=NOW)


def test_a_way_out_that_knows_nothing_of_a_booking_is_not_published(cast: Cast) -> None:
    crossed_day(cast)
    budget = Meanwhile(steps=QUICK.steps, deed=lambda: visit_in(cast, WEST, "12:00", cast.chidi))
    call = call_in_sick(cleaner=cast.ana, on=TOMORROW, budget=budget, by=SYSTEM, now=NOW)

    for plan in call.plans:
        with pytest.raises(DayChangedMeanwhile):
            publish_plan(plan=plan.code, by=SYSTEM, now=NOW)


def test_a_way_out_of_a_trouble_that_knows_nothing_of_a_booking_is_not_published(cast: Cast) -> None:
    crossed_day(cast)
    budget = Meanwhile(steps=QUICK.steps, deed=lambda: visit_in(cast, WEST, "12:00", cast.chidi))
    what = What(percent=50)
    upheaval = report_trouble(branch=cast.branch, on=TOMORROW, what=what, budget=budget, by=SYSTEM, now=NOW)

    with pytest.raises(DayChangedMeanwhile):
        publish_plan(plan=upheaval.plans[0].code, by=SYSTEM, now=NOW)


def test_a_plan_laid_aside_while_it_is_worked_out_stays_laid_aside(cast: Cast) -> None:
    crossed_day(cast)

    plan = propose_day(branch=cast.branch, on=TOMORROW, budget=Meanwhile(steps=5, deed=discard_all), by=SYSTEM, now=NOW)

    assert plan.state == DayPlan.State.DISCARDED
    assert not DayPlan.objects.filter(state=DayPlan.State.PROPOSED).exists()


def test_ways_out_laid_aside_while_they_are_worked_out_stay_laid_aside(cast: Cast) -> None:
    crossed_day(cast)

    budget = Meanwhile(steps=5, deed=discard_all)
    call = call_in_sick(cleaner=cast.ana, on=TOMORROW, budget=budget, by=SYSTEM, now=NOW)

    assert [plan.state for plan in call.plans] == [DayPlan.State.DISCARDED]
    assert not DayPlan.objects.filter(state=DayPlan.State.PROPOSED).exists()


def test_what_is_worked_out_already_is_not_searched_again(cast: Cast) -> None:
    crossed_day(cast)
    again = Meanwhile(steps=5)
    plan = propose_day(branch=cast.branch, on=TOMORROW, budget=QUICK, by=SYSTEM, now=NOW)
    work_out(plan=plan.code, budget=again, by=SYSTEM, now=NOW)
    call = call_in_sick(cleaner=cast.ana, on=TOMORROW, budget=QUICK, by=SYSTEM, now=NOW)
    ways = work_out_ways(absence=call.absence.code, budget=again, by=SYSTEM, now=NOW)
    upheaval = report_trouble(
        branch=cast.branch, on=TOMORROW, what=What(percent=50), budget=QUICK, by=SYSTEM, now=NOW
    )  # fmt: skip
    more = work_out_trouble(plan=upheaval.plans[0].code, budget=again, now=NOW)

    assert again.happened == []
    assert [way.code for way in ways] == [plan.code for plan in call.plans]
    assert [way.code for way in more] == [plan.code for plan in upheaval.plans]

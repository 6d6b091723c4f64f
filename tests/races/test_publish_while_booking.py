"""A plan is published at the moment at which customers book the same cleaners: all of it holds, or nothing of it."""

from datetime import timedelta

import pytest
from tests.cast import NOW, Cast, make_cast
from tests.dispatch.days import QUICK, TOMORROW, crossed_day, proposed
from tests.races.crowd import all_at_once, days_with_wrong_bits, errors_other_than, overlapping_pairs
from tests.races.test_away_while_being_booked import waited_for_by
from tests.races.test_one_slot_many_buyers import order, quotes

from midway.booking.actions import BookedVisit, book_visit
from midway.booking.invariants import findings
from midway.booking.models import Quote, Visit
from midway.core.actor import SYSTEM, VISITOR
from midway.crew.calendar import SlotTaken
from midway.dispatch.actions import DayChangedMeanwhile, PlanNotProposed, call_in_sick, publish_plan
from midway.dispatch.models import DayPlan
from midway.journal.models import Entry

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def moved(visits: list[Visit]) -> int:
    return Visit.objects.filter(pk__in=[visit.pk for visit in visits], revision__gt=0).count()


def all_is_well() -> bool:
    return (
        overlapping_pairs() == days_with_wrong_bits() == 0
        and [found.name for found in findings(now=NOW) if not found.holds] == []
    )


def test_a_booking_that_commits_first_makes_the_plan_wait_for_a_fresh_one(cast: Cast) -> None:
    visits = crossed_day(cast)
    plan = proposed(cast)
    (quote,) = quotes(cast, 1)
    start = Visit.objects.get(pk=visits[0].pk).starts_at

    with waited_for_by(lambda: publish_plan(plan=plan.code, by=SYSTEM, now=NOW)) as came_of_it:
        for hours in (0, 2, 4):
            book_visit(order=order(quote, start + timedelta(hours=hours)), by=VISITOR, now=NOW)
            (quote,) = quotes(cast, 1)

    (outcome,) = came_of_it
    assert isinstance(outcome, DayChangedMeanwhile) or moved(visits) > 0
    if isinstance(outcome, DayChangedMeanwhile):
        assert moved(visits) == 0
        assert DayPlan.objects.get(pk=plan.pk).state == DayPlan.State.PROPOSED
    assert all_is_well()


def test_a_plan_that_commits_first_leaves_the_booking_what_is_free(cast: Cast) -> None:
    visits = crossed_day(cast)
    plan = proposed(cast)
    (quote,) = quotes(cast, 1)
    start = visits[0].starts_at

    with waited_for_by(lambda: book_visit(order=order(quote, start), by=VISITOR, now=NOW)) as came_of_it:
        publish_plan(plan=plan.code, by=SYSTEM, now=NOW)

    (outcome,) = came_of_it
    assert isinstance(outcome, BookedVisit | SlotTaken), outcome
    assert moved(visits) > 0
    assert all_is_well()


def test_many_buyers_and_a_plan_at_once_over_and_over(cast: Cast) -> None:
    for round_ in range(3):
        on = TOMORROW + timedelta(days=round_)
        visits = crossed_day(cast, on)
        plan = proposed(cast, on)
        starts = [visits[0].starts_at + timedelta(minutes=30 * n) for n in range(8)]

        def deed(item: tuple[Quote, int] | None, plan: DayPlan = plan, starts: list[object] = starts) -> object:  # type: ignore[assignment]
            if item is None:
                return publish_plan(plan=plan.code, by=SYSTEM, now=NOW)
            quote, number = item
            return book_visit(order=order(quote, starts[number], buyer=number), by=VISITOR, now=NOW)  # type: ignore[arg-type]

        outcomes = all_at_once(deed, [None, *zip(quotes(cast, len(starts)), range(len(starts)), strict=True)])

        assert errors_other_than(outcomes, SlotTaken, DayChangedMeanwhile) == []
        was_published = outcomes[0].error is None
        assert (moved(visits) > 0) is was_published
        assert all_is_well()


def test_one_plan_published_by_many_at_once_is_published_once(cast: Cast) -> None:
    for round_ in range(2):
        plan = proposed(cast, TOMORROW + timedelta(days=round_))  # nothing to settle: nothing else holds them apart

        outcomes = all_at_once(lambda code: publish_plan(plan=code, by=SYSTEM, now=NOW), [plan.code] * 8)

        assert errors_other_than(outcomes, PlanNotProposed) == []
        assert Entry.objects.filter(event="dispatch.plan.published", subject=plan.code).count() == 1


def test_of_three_ways_out_published_at_once_one_is_the_day(cast: Cast) -> None:
    visits = crossed_day(cast)
    call = call_in_sick(cleaner=cast.ana, on=TOMORROW, budget=QUICK, by=SYSTEM, now=NOW)

    outcomes = all_at_once(
        lambda code: publish_plan(plan=code, by=SYSTEM, now=NOW), [plan.code for plan in call.plans] * 2
    )

    assert errors_other_than(outcomes, PlanNotProposed, DayChangedMeanwhile) == []
    assert [outcome.error for outcome in outcomes].count(None) == 1
    assert DayPlan.objects.filter(state=DayPlan.State.PUBLISHED).count() == 1
    assert DayPlan.objects.filter(state=DayPlan.State.REPLACED).count() == 2
    assert all(visit.assignments.filter(active=True).exists() for visit in visits)
    assert all_is_well()

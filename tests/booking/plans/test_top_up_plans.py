"""The nightly top-up: every plan reaches 52 weeks, and never silently misses one."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import transaction
from tests.booking.plans.stage import TUESDAY, names_of, order_for, plan_quote, start, visit_on, year_cast
from tests.cast import NOW, TODAY, at, make_exception, make_holiday
from tests.statements import counted_statements

from midway.booking.actions import skip_occurrence, start_plan, top_up_plans
from midway.booking.actions.agree_on_price import OwnPrice, agree_on_price
from midway.booking.actions.top_up_plans import _top_up
from midway.booking.invariants import broken_invariants
from midway.booking.models import Plan, Visit
from midway.core.actor import SYSTEM, VISITOR
from midway.crew.actions import extend_calendars
from midway.journal.models import Entry
from midway.messaging.models import OutboxMessage

pytestmark = pytest.mark.django_db

WEEK, DAY = timedelta(days=7), timedelta(days=1)


def test_each_week_brings_one_more_visit_by_the_usual_cleaner() -> None:
    cast = year_cast()
    plan = start(cast, preferred=[cast.chidi.pk])
    plan.preferred.clear()

    assert top_up_plans(now=NOW) == 0
    assert [top_up_plans(now=NOW + n * DAY) for n in range(1, 8)] == [0, 1, 0, 0, 0, 0, 0]
    assert names_of([visit_on(plan, TUESDAY + 52 * WEEK)]) == [["Chidi"]]


def test_a_second_run_changes_nothing() -> None:
    cast = year_cast()
    start(cast)
    later = NOW + 3 * WEEK

    assert top_up_plans(now=later) == 3
    entries = Entry.objects.count()
    assert top_up_plans(now=later) == 0
    assert Entry.objects.count() == entries


def test_weeks_missed_by_the_job_are_caught_up() -> None:
    plan = start(year_cast())
    top_up_plans(now=NOW + 2 * WEEK)

    days = [v.occurrence_on for v in plan.visits.order_by("occurrence_on")]
    assert days == [TUESDAY + n * WEEK for n in range(54)]


def test_parity_is_the_anchors_however_visits_were_moved() -> None:
    plan = start(year_cast(), frequency="biweekly")
    last = plan.visits.order_by("-occurrence_on")[0]
    Visit.objects.filter(pk=last.pk).update(during=(last.starts_at - 3 * DAY, last.ends_at - 3 * DAY))
    top_up_plans(now=NOW + 3 * WEEK)

    assert plan.visits.order_by("-occurrence_on")[0].occurrence_on == TUESDAY + 54 * WEEK


def test_a_new_date_for_which_nobody_is_free_needs_a_decision() -> None:
    cast = year_cast()
    plan = start(cast)
    for cleaner in cast.cleaners:
        make_exception(cleaner=cleaner, on=TUESDAY + 52 * WEEK)
    top_up_plans(now=NOW + 2 * DAY)

    assert visit_on(plan, TUESDAY + 52 * WEEK).cleaners_missing == 1


def test_a_new_date_on_a_holiday_follows_the_holiday_rule() -> None:
    cast = year_cast()
    plan = start(cast)
    make_holiday(branch=cast.branch, on=TUESDAY + 52 * WEEK)
    top_up_plans(now=NOW + 2 * DAY)

    assert visit_on(plan, TUESDAY + 52 * WEEK).starts_at.date() == TUESDAY + 52 * WEEK + DAY


def test_a_plan_with_an_end_gets_nothing_after_it_and_ends_by_itself() -> None:
    plan = start(year_cast())
    Plan.objects.filter(pk=plan.pk).update(until_on=TUESDAY + 51 * WEEK)

    assert top_up_plans(now=NOW + 4 * WEEK) == 0
    Plan.objects.filter(pk=plan.pk).update(until_on=TUESDAY)
    top_up_plans(now=NOW + 4 * WEEK)
    plan.refresh_from_db()
    assert plan.state == Plan.State.ENDED


def test_an_open_pause_gets_nothing_and_one_with_an_end_is_over_on_its_day() -> None:
    cast = year_cast()
    open_end, ends = start(cast), start_plan(order=order_for(plan_quote(cast)), by=VISITOR, now=NOW)
    Plan.objects.filter(pk=open_end.pk).update(state="paused", paused_on=TUESDAY)
    Plan.objects.filter(code=ends.plan).update(state="paused", paused_on=TUESDAY, resumes_on=date(2026, 3, 9))

    assert top_up_plans(now=NOW + WEEK) == 1
    assert set(Plan.objects.values_list("state", flat=True)) == {"paused", "active"}


def test_many_at_once_get_whom_they_would_get_one_after_the_other() -> None:
    cast = year_cast()
    wishes: list[dict[str, Any]] = [
        {"preferred": [cast.ben.pk]}, {}, {"frequency": "biweekly"}, {"start": at("11:00", on=TUESDAY)}, {},
    ]  # fmt: skip
    plans = []
    for n, wish in enumerate(wishes):
        quote = plan_quote(cast, frequency=wish.pop("frequency", "weekly"))
        order = order_for(quote, **{"start": at("09:00", on=TUESDAY + n // 3 * DAY), **wish})
        plans.append(Plan.objects.get(code=start_plan(order=order, by=VISITOR, now=NOW).plan))
    skip_occurrence(visit=visit_on(plans[1], TUESDAY + 5 * WEEK).code, by=SYSTEM, now=NOW)
    make_holiday(branch=cast.branch, on=TUESDAY + 53 * WEEK)
    make_exception(cleaner=cast.ana, on=TUESDAY + 52 * WEEK)
    agreed = OwnPrice(cast.regular, 7000, TODAY, "A promise", ends_on=TUESDAY + 60 * WEEK, with_plans=True)
    agree_on_price(customer=plans[0].customer, agreed=agreed, by=SYSTEM, now=NOW)

    def topped_up(at_once: int) -> list[tuple[Any, ...]]:
        made = top_up_plans(now=NOW + 3 * WEEK, at_once=at_once)
        found = Visit.objects.filter(occurrence_on__gte=TUESDAY + 52 * WEEK).order_by("plan_id", "occurrence_on")
        columns = found.values_list("plan_id", "occurrence_on", "during", "state", "price_cents", "lines")
        assert broken_invariants(now=NOW + 3 * WEEK) == []
        return [(made, *row, who) for row, who in zip(columns, names_of(found), strict=True)]

    with transaction.atomic():
        one_by_one = topped_up(1)
        transaction.set_rollback(True)
    assert len(one_by_one) > 12
    assert topped_up(100) == one_by_one


def test_the_number_of_queries_does_not_grow_with_the_plans() -> None:
    cast = year_cast()
    for n in range(4):
        order = order_for(plan_quote(cast), start=at("09:00", on=TUESDAY + n % 2 * DAY))
        start_plan(order=order, by=VISITOR, now=NOW)
    counts = []
    for plans in (1, 3):
        to = TUESDAY + 52 * WEEK + 2 * DAY
        behind = Plan.objects.filter(filled_until_on__lt=to).order_by("id")[:plans]
        with counted_statements() as count:
            _top_up([plan.pk for plan in behind], to=to, now=NOW)
        counts += count
    # Each plan has its entry in the journal.
    assert counts[1] - counts[0] == 2


def test_nobody_is_written_to_because_of_it() -> None:
    start(year_cast())
    before = OutboxMessage.objects.count()
    top_up_plans(now=NOW + WEEK)

    assert OutboxMessage.objects.count() == before


def test_calendars_are_written_far_enough_for_it() -> None:
    cast = year_cast()
    start(cast)
    for week in range(1, 60, 20):
        extend_calendars(now=NOW + week * WEEK)
        top_up_plans(now=NOW + week * WEEK)

    assert not Visit.objects.filter(cleaners_missing__gt=0).exists()
    assert Visit.objects.count() == 52 + 41

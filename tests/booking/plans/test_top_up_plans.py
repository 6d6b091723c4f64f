"""The nightly top-up: every plan reaches 52 weeks, and never silently misses one."""

from datetime import date, timedelta

import pytest
from tests.booking.plans.stage import TUESDAY, names_of, order_for, plan_quote, start, visit_on, year_cast
from tests.cast import NOW, make_exception, make_holiday

from midway.booking.actions import start_plan, top_up_plans
from midway.booking.models import Plan, Visit
from midway.core.actor import VISITOR
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

"""This and future: the plan hands over to its successor and no visit is lost or doubled."""

from dataclasses import replace
from datetime import date, time, timedelta

import pytest
from tests.booking.plans.stage import TUESDAY, clock, names_of, start, visit_on, year_cast
from tests.cast import NOW, at, by_user, make_absence, make_exception, make_holiday

from midway.booking.actions import (
    PlanChange,
    cancel_visit,
    change_plan_from,
    change_whole_plan,
    move_occurrence,
    override_price,
    pause_plan,
    skip_occurrence,
    top_up_plans,
)
from midway.booking.actions.plan_visits import PlanEnded, PlanPaused
from midway.booking.actions.reschedule_visit import ChangeTooLate
from midway.booking.models import Plan, Visit
from midway.core.actor import SYSTEM, VISITOR
from midway.core.recurrence import HolidayShift
from midway.core.visit_states import VisitState
from midway.crew.models import Commitment
from midway.messaging.models import OutboxMessage

pytestmark = pytest.mark.django_db

WEEK, DAY = timedelta(days=7), timedelta(days=1)
NEXT = TUESDAY + WEEK
FROM = TUESDAY + 4 * WEEK


def on_fridays(plan: Plan) -> PlanChange:
    return PlanChange(rule=replace(plan.rule, weekdays=frozenset({4}), clock=time(13)))


def change(plan: Plan, wanted: PlanChange, *, from_on: date = FROM) -> Plan:
    return change_plan_from(plan=plan.code, from_on=from_on, change=wanted, by=SYSTEM, now=NOW).plan


def dates(plan: Plan) -> list[date | None]:
    return list(plan.visits.order_by("occurrence_on").values_list("occurrence_on", flat=True))


def test_visits_move_to_the_new_day_and_keep_their_codes() -> None:
    plan = start(year_cast())
    codes = list(plan.visits.order_by("occurrence_on").values_list("code", flat=True))
    successor = change(plan, on_fridays(plan))

    assert dates(plan) == [TUESDAY + n * WEEK for n in range(4)]
    assert dates(successor) == [TUESDAY + 3 * DAY + n * WEEK for n in range(4, 52)]
    assert list(successor.visits.order_by("occurrence_on").values_list("code", flat=True)) == codes[4:]
    assert {clock(v.starts_at) for v in successor.visits.all()} == {time(13)}
    assert names_of(successor.visits.all()) == [["Ana"]] * 48


def test_the_old_plan_ends_and_the_successor_shares_its_lineage() -> None:
    plan = start(year_cast())
    successor = change(plan, on_fridays(plan))
    plan.refresh_from_db()

    assert (plan.state, plan.until_on) == ("ended", FROM - DAY)
    assert (successor.state, successor.lineage) == ("active", plan.lineage)
    assert OutboxMessage.objects.filter(template="plan_changed").count() == 1


def test_no_cleaner_keeps_the_time_that_was_given_up() -> None:
    plan = start(year_cast())
    change(plan, on_fridays(plan))

    active = Commitment.objects.filter(kind="visit", active=True)
    assert active.count() == 52
    assert set(active.values_list("reference", flat=True)) == set(Visit.objects.values_list("code", flat=True))


def test_the_top_up_goes_on_with_the_successor_alone() -> None:
    plan = start(year_cast())
    successor = change(plan, on_fridays(plan))
    top_up_plans(now=NOW + 3 * WEEK)

    assert len(dates(plan)) == 4
    assert dates(successor) == [TUESDAY + 3 * DAY + n * WEEK for n in range(4, 55)]


def test_a_skip_and_a_move_agreed_before_still_hold_after() -> None:
    plan = start(year_cast())
    skip_occurrence(visit=visit_on(plan, FROM + WEEK).code, by=VISITOR, now=NOW)
    to = at("11:00", on=FROM + 2 * WEEK + DAY)
    move_occurrence(plan=plan.code, original_on=FROM + 2 * WEEK, to=to, by=VISITOR, now=NOW)
    successor = change(plan, on_fridays(plan))

    assert visit_on(successor, FROM + WEEK + 3 * DAY).state == VisitState.SKIPPED
    assert visit_on(successor, FROM + 2 * WEEK + 3 * DAY).starts_at == to
    assert successor.exceptions.count() == 2
    assert not plan.exceptions.exists()


def test_a_week_called_off_by_the_customer_stays_called_off() -> None:
    plan = start(year_cast())
    cancel_visit(visit=visit_on(plan, FROM + WEEK).code, reason="Away", by=VISITOR, now=NOW)
    successor = change(plan, on_fridays(plan))

    assert visit_on(successor, FROM + WEEK + 3 * DAY).state == VisitState.CANCELLED
    assert len(dates(successor)) == 48


def test_a_visit_brought_forward_and_done_counts_for_its_week() -> None:
    plan = start(year_cast())
    early = at("09:00", on=TUESDAY - DAY)
    done = visit_on(plan, FROM)
    Visit.objects.filter(pk=done.pk).update(during=(early, early + done.duration), state=VisitState.DONE)
    successor = change(plan, on_fridays(plan))

    assert visit_on(successor, FROM + 3 * DAY).starts_at == early
    assert len(dates(successor)) == 48


def test_fewer_visits_call_off_the_ones_between_without_a_fee() -> None:
    plan = start(year_cast())
    successor = change(plan, PlanChange(rule=replace(plan.rule, every=2)))

    assert dates(successor) == [FROM + 2 * n * WEEK for n in range(24)]
    dropped = plan.visits.filter(occurrence_on__gte=FROM)
    assert {(v.state, v.cancellation.fee_cents) for v in dropped} == {("cancelled", 0)}


def test_more_visits_are_added_and_have_cleaners() -> None:
    plan = start(year_cast(), frequency="biweekly")
    successor = change(plan, PlanChange(rule=replace(plan.rule, every=1)))

    assert dates(successor) == [FROM + n * WEEK for n in range(48)]
    assert not successor.visits.filter(cleaners_missing__gt=0).exists()


def test_a_fortnightly_plan_keeps_its_weeks_when_its_day_changes() -> None:
    plan = start(year_cast(), frequency="biweekly")
    successor = change(plan, on_fridays(plan))

    assert dates(successor)[:2] == [FROM + 3 * DAY, FROM + 2 * WEEK + 3 * DAY]


def test_a_new_price_leaves_times_and_cleaners_alone() -> None:
    cast = year_cast()
    plan = start(cast)
    make_exception(cleaner=cast.ana, on=FROM + WEEK)
    before = dict(Commitment.objects.filter(active=True).values_list("pk", "reference"))
    successor = change(plan, PlanChange(price_cents=15000))

    assert set(successor.visits.values_list("price_cents", flat=True)) == {15000}
    assert 15000 not in plan.visits.values_list("price_cents", flat=True)
    assert dict(Commitment.objects.filter(active=True).values_list("pk", "reference")) == before


def test_a_visit_with_a_price_of_its_own_keeps_its_distance_and_its_working_says_so() -> None:
    plan = start(year_cast())
    own = visit_on(plan, FROM + WEEK)
    override_price(visit=own.code, price_cents=9900, reason="Moving boxes about", by=SYSTEM, now=NOW)
    change(plan, PlanChange(price_cents=plan.price_cents + 500))

    own.refresh_from_db()
    assert own.price_cents == 10_400
    assert sum(line["amount_cents"] for line in own.working) == 10_400


def test_a_longer_visit_takes_the_longer_time() -> None:
    plan = start(year_cast())
    successor = change(plan, PlanChange(duration_minutes=240))

    assert {visit.duration for visit in successor.visits.all()} == {timedelta(hours=4)}
    ranges = Commitment.objects.filter(reference__in=successor.visits.values("code"), active=True)
    assert {row.during.upper - row.during.lower for row in ranges} == {timedelta(hours=4)}


def test_other_cleaners_can_be_asked_for_from_a_day_on() -> None:
    cast = year_cast()
    plan = start(cast)
    successor = change(plan, PlanChange(preferred=[cast.chidi.pk]))

    assert names_of(plan.visits.all()) == [["Ana"]] * 4
    assert names_of(successor.visits.all()) == [["Chidi"]] * 48


def test_dates_for_which_nobody_is_free_need_a_decision() -> None:
    cast = year_cast()
    plan = start(cast)
    friday = FROM + 3 * DAY
    for cleaner in cast.cleaners:
        make_absence(cleaner=cleaner, start=at("08:00", on=friday), end=at("17:00", on=friday))
    changed = change_plan_from(plan=plan.code, from_on=FROM, change=on_fridays(plan), by=SYSTEM, now=NOW)

    assert changed.to_decide == [friday]
    assert visit_on(changed.plan, friday).cleaners_missing == 1


def test_a_date_left_out_for_a_holiday_is_judged_anew_on_its_new_day() -> None:
    cast = year_cast()
    make_holiday(branch=cast.branch, on=FROM)
    make_holiday(branch=cast.branch, on=FROM + WEEK + 3 * DAY)
    plan = start(cast, holiday_shift=HolidayShift.SKIP)
    successor = change(plan, on_fridays(plan))

    assert visit_on(successor, FROM + 3 * DAY).state == VisitState.SCHEDULED
    assert visit_on(successor, FROM + WEEK + 3 * DAY).state == VisitState.SKIPPED


def test_twice_in_a_row_loses_nothing() -> None:
    plan = start(year_cast())
    second = change(plan, on_fridays(plan))
    third = change(second, PlanChange(rule=replace(second.rule, weekdays=frozenset({0}))), from_on=FROM + 4 * WEEK)

    weeks = [day.isocalendar()[:2] for day in dates(plan) + dates(second) + dates(third) if day]
    assert len(weeks) == len(set(weeks)) == 52
    assert {p.lineage for p in (second, third)} == {plan.lineage}


def test_the_whole_series_changes_from_its_next_date_on() -> None:
    plan = start(year_cast())
    changed = change_whole_plan(plan=plan.code, change=on_fridays(plan), by=SYSTEM, now=NOW)

    assert dates(plan) == []
    assert dates(changed.plan)[0] == TUESDAY + 3 * DAY


def test_a_customer_changes_from_the_first_visit_outside_the_notice() -> None:
    cast = year_cast()
    plan = start(cast)
    with pytest.raises(ChangeTooLate):
        change_plan_from(plan=plan.code, from_on=TUESDAY, change=on_fridays(plan), by=VISITOR, now=NOW)
    changed = change_whole_plan(plan=plan.code, change=on_fridays(plan), by=VISITOR, now=NOW)

    assert dates(plan) == [TUESDAY]
    assert dates(changed.plan)[0] == NEXT + 3 * DAY


def test_a_paused_or_ended_plan_is_not_changed() -> None:
    cast = year_cast()
    plan = start(cast)
    wanted = on_fridays(plan)
    change(plan, wanted)
    with pytest.raises(PlanEnded):
        change(plan, wanted)
    other = start(cast)
    pause_plan(plan=other.code, from_on=NEXT, by=by_user(cast.dan), now=NOW)
    with pytest.raises(PlanPaused):
        change(other, wanted)

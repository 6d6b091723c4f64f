"""A plan rests, goes on, or ends; what was agreed for single dates is not forgotten."""

from datetime import timedelta

import pytest
from tests.booking.plans.stage import TUESDAY, names_of, start, visit_on, year_cast
from tests.cast import NOW, at, make_absence

from midway.booking.actions import end_plan, move_occurrence, pause_plan, resume_plan, skip_occurrence, top_up_plans
from midway.booking.actions.plan_visits import PlanEnded, PlanNotFound, PlanNotPaused, PlanPaused
from midway.booking.actions.reschedule_visit import ChangeTooLate
from midway.booking.models import Cancellation, Plan
from midway.core.actor import SYSTEM, VISITOR
from midway.core.visit_states import VisitState
from midway.crew.models import Commitment
from midway.journal.models import Entry
from midway.messaging.models import OutboxMessage

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)
NEXT = TUESDAY + WEEK
UUID_OF_NOTHING = "00000000-0000-0000-0000-000000000000"


def states(plan: Plan) -> list[str]:
    return list(plan.visits.order_by("occurrence_on").values_list("state", flat=True))


def taken(plan: Plan) -> int:
    return Commitment.objects.filter(reference__in=plan.visits.values("code"), active=True).count()


def test_a_pause_leaves_out_its_dates_and_frees_their_cleaners() -> None:
    plan = start(year_cast())
    pause_plan(plan=plan.code, from_on=NEXT, resumes_on=NEXT + 3 * WEEK, by=VISITOR, now=NOW)

    assert states(plan)[:5] == ["scheduled", "skipped", "skipped", "skipped", "scheduled"]
    assert taken(plan) == 49
    assert OutboxMessage.objects.filter(template="plan_paused").count() == 1


def test_after_an_open_pause_the_plan_goes_on_to_the_horizon() -> None:
    plan = start(year_cast())
    pause_plan(plan=plan.code, from_on=NEXT, by=VISITOR, now=NOW)
    assert taken(plan) == 1
    later = NOW + 5 * WEEK
    top_up_plans(now=later)
    resume_plan(plan=plan.code, from_on=later.date(), by=VISITOR, now=later)

    assert states(plan) == ["scheduled"] + ["skipped"] * 4 + ["scheduled"] * 52
    assert names_of(plan.visits.filter(state="scheduled")) == [["Ana"]] * 53
    plan.refresh_from_db()
    assert (plan.state, plan.paused_on, plan.resumes_on) == ("active", None, None)


def test_resuming_later_keeps_the_pause_until_then_and_the_job_ends_it() -> None:
    plan = start(year_cast())
    pause_plan(plan=plan.code, from_on=NEXT, by=VISITOR, now=NOW)
    resume_plan(plan=plan.code, from_on=NEXT + 2 * WEEK, by=VISITOR, now=NOW)
    plan.refresh_from_db()

    assert (plan.state, plan.resumes_on) == ("paused", NEXT + 2 * WEEK)
    assert states(plan)[:5] == ["scheduled", "skipped", "skipped", "scheduled", "scheduled"]
    top_up_plans(now=NOW + 4 * WEEK)
    plan.refresh_from_db()
    assert plan.state == "active"


def test_a_date_skipped_on_purpose_stays_skipped_and_a_moved_one_moved() -> None:
    plan = start(year_cast())
    skip_occurrence(visit=visit_on(plan, NEXT).code, by=VISITOR, now=NOW)
    to = at("13:00", on=NEXT + WEEK)
    move_occurrence(plan=plan.code, original_on=NEXT + WEEK, to=to, by=VISITOR, now=NOW)
    pause_plan(plan=plan.code, from_on=NEXT, by=VISITOR, now=NOW)
    resume_plan(plan=plan.code, from_on=NEXT, by=VISITOR, now=NOW)

    assert visit_on(plan, NEXT).state == VisitState.SKIPPED
    assert visit_on(plan, NEXT + WEEK).state == VisitState.SCHEDULED
    assert visit_on(plan, NEXT + WEEK).starts_at == to


def test_a_date_whose_time_was_sold_meanwhile_needs_a_decision() -> None:
    cast = year_cast()
    plan = start(cast)
    pause_plan(plan=plan.code, from_on=NEXT, by=VISITOR, now=NOW)
    for cleaner in cast.cleaners:
        make_absence(cleaner=cleaner, start=at("08:00", on=NEXT), end=at("17:00", on=NEXT))
    resume_plan(plan=plan.code, from_on=NEXT, by=VISITOR, now=NOW)

    assert visit_on(plan, NEXT).cleaners_missing == 1
    assert Entry.objects.get(event="booking.plan.resumed").facts["to_decide"] == 1


def test_ending_calls_off_what_is_to_come_and_keeps_what_is_before() -> None:
    plan = start(year_cast())
    end_plan(plan=plan.code, from_on=NEXT + WEEK, reason="Moving away", by=VISITOR, now=NOW)
    top_up_plans(now=NOW + 3 * WEEK)

    assert states(plan) == ["scheduled"] * 2 + ["cancelled"] * 50
    assert Cancellation.objects.filter(reason="Moving away", fee_cents=0).count() == 50
    assert taken(plan) == 2
    assert OutboxMessage.objects.filter(template="plan_ended").count() == 1


def test_a_paused_plan_can_end() -> None:
    plan = start(year_cast())
    pause_plan(plan=plan.code, from_on=NEXT, by=VISITOR, now=NOW)
    end_plan(plan=plan.code, from_on=NEXT, by=VISITOR, now=NOW)
    plan.refresh_from_db()

    assert plan.state == "ended"


def test_a_customer_cannot_pause_or_end_over_a_visit_within_the_notice() -> None:
    plan = start(year_cast())
    for deed in (pause_plan, end_plan):
        with pytest.raises(ChangeTooLate):
            deed(plan=plan.code, from_on=TUESDAY, by=VISITOR, now=NOW)
    assert pause_plan(plan=plan.code, from_on=TUESDAY, by=SYSTEM, now=NOW).state == "paused"


def test_what_does_not_fit_the_plans_state_is_refused() -> None:
    plan = start(year_cast())
    with pytest.raises(PlanNotPaused):
        resume_plan(plan=plan.code, from_on=NEXT, by=VISITOR, now=NOW)
    pause_plan(plan=plan.code, from_on=NEXT, by=VISITOR, now=NOW)
    with pytest.raises(PlanPaused):
        pause_plan(plan=plan.code, from_on=NEXT, by=VISITOR, now=NOW)
    end_plan(plan=plan.code, from_on=NEXT, by=VISITOR, now=NOW)
    with pytest.raises(PlanEnded):
        resume_plan(plan=plan.code, from_on=NEXT, by=VISITOR, now=NOW)
    with pytest.raises(PlanNotFound):
        end_plan(plan=UUID_OF_NOTHING, from_on=NEXT, by=VISITOR, now=NOW)  # type: ignore[arg-type]

"""One date of a plan: skipped, moved, restored; every other date stays where it is."""

from datetime import timedelta

import pytest
from django.db import transaction
from tests.booking.plans.stage import TUESDAY, names_of, start, visit_on, year_cast
from tests.cast import NOW, TODAY, at, by_user, make_absence, make_holiday, make_visit

from midway.booking.actions import (
    end_plan,
    move_occurrence,
    pause_plan,
    preview_skip,
    publish_policy,
    reschedule_visit,
    restore_occurrence,
    skip_occurrence,
    top_up_plans,
)
from midway.booking.actions.change_occurrence import NotOfAPlan
from midway.booking.actions.plan_visits import PlanEnded, PlanPaused
from midway.booking.actions.reschedule_visit import ChangeTooLate
from midway.booking.actions.visit_lock import VisitNotChangeable, VisitNotFound
from midway.booking.models import PlanException, Visit
from midway.core.actor import SYSTEM, VISITOR
from midway.core.policy import PolicyTerms
from midway.core.recurrence import HolidayShift
from midway.core.visit_states import VisitState
from midway.crew.calendar import SlotTaken
from midway.crew.models import Commitment
from midway.journal.models import Entry
from midway.messaging.models import OutboxMessage

pytestmark = pytest.mark.django_db

WEEK, DAY = timedelta(days=7), timedelta(days=1)
NEXT = TUESDAY + WEEK


def test_skipping_frees_the_cleaner_and_changes_no_other_date() -> None:
    plan = start(year_cast())
    others = {v.pk: v.starts_at for v in plan.visits.exclude(occurrence_on=NEXT)}
    skipped = skip_occurrence(visit=visit_on(plan, NEXT).code, reason="Away", by=VISITOR, now=NOW)

    assert skipped.state == VisitState.SKIPPED
    assert not Commitment.objects.filter(reference=skipped.code, active=True).exists()
    assert plan.exceptions.get().kind == PlanException.Kind.SKIPPED
    assert {v.pk: v.starts_at for v in plan.visits.exclude(occurrence_on=NEXT)} == others
    assert Entry.objects.get(event="booking.visit.skipped").subject == skipped.code
    assert OutboxMessage.objects.filter(template="visit_skipped").count() == 1


def test_a_skipped_date_stays_skipped_whatever_the_nightly_job_does() -> None:
    plan = start(year_cast())
    skip_occurrence(visit=visit_on(plan, NEXT).code, by=VISITOR, now=NOW)
    top_up_plans(now=NOW + 2 * WEEK)

    assert visit_on(plan, NEXT).state == VisitState.SKIPPED


def test_a_skipped_date_can_be_restored_with_its_cleaner() -> None:
    plan = start(year_cast())
    code = visit_on(plan, NEXT).code
    skip_occurrence(visit=code, by=VISITOR, now=NOW)
    restore_occurrence(visit=code, by=VISITOR, now=NOW)

    restored = visit_on(plan, NEXT)
    assert (restored.state, restored.cleaners_missing, restored.code) == (VisitState.SCHEDULED, 0, code)
    assert names_of([restored]) == [["Ana"]]
    assert not plan.exceptions.exists()


def test_a_moved_visit_keeps_standing_for_its_date() -> None:
    plan = start(year_cast())
    to = at("13:00", on=NEXT + 2 * DAY)
    moved = move_occurrence(plan=plan.code, original_on=NEXT, to=to, by=VISITOR, now=NOW)

    assert (moved.starts_at, moved.occurrence_on) == (to, NEXT)
    assert plan.exceptions.get().moved_to_at == to
    assert visit_on(plan, NEXT + WEEK).starts_at == at("09:00", on=NEXT + WEEK)


def test_moving_by_the_visits_own_code_is_kept_the_same_way_and_moving_back_forgets_it() -> None:
    plan = start(year_cast())
    code = visit_on(plan, NEXT).code
    reschedule_visit(visit=code, to=at("13:00", on=NEXT), by=VISITOR, now=NOW)
    assert plan.exceptions.get().kind == PlanException.Kind.MOVED

    reschedule_visit(visit=code, to=at("09:00", on=NEXT), by=VISITOR, now=NOW)
    assert not plan.exceptions.exists()


def test_a_moved_visit_can_be_restored_to_the_plans_own_time() -> None:
    plan = start(year_cast())
    moved = move_occurrence(plan=plan.code, original_on=NEXT, to=at("13:00", on=NEXT + DAY), by=VISITOR, now=NOW)
    restore_occurrence(visit=moved.code, by=VISITOR, now=NOW)

    assert visit_on(plan, NEXT).starts_at == at("09:00", on=NEXT)
    assert not plan.exceptions.exists()


def test_a_moved_visit_that_is_skipped_is_restored_to_its_date() -> None:
    plan = start(year_cast())
    moved = move_occurrence(plan=plan.code, original_on=NEXT, to=at("13:00", on=NEXT + DAY), by=VISITOR, now=NOW)
    skip_occurrence(visit=moved.code, by=VISITOR, now=NOW)
    restore_occurrence(visit=moved.code, by=VISITOR, now=NOW)

    assert visit_on(plan, NEXT).starts_at == at("09:00", on=NEXT)


def test_restoring_a_date_whose_time_was_sold_is_refused_and_changes_nothing() -> None:
    cast = year_cast()
    plan = start(cast)
    code = visit_on(plan, NEXT).code
    skip_occurrence(visit=code, by=VISITOR, now=NOW)
    for cleaner in cast.cleaners:
        make_absence(cleaner=cleaner, start=at("08:00", on=NEXT), end=at("17:00", on=NEXT))

    with pytest.raises(SlotTaken), transaction.atomic():
        restore_occurrence(visit=code, by=VISITOR, now=NOW)
    assert visit_on(plan, NEXT).state == VisitState.SKIPPED
    assert plan.exceptions.exists()

    restore_occurrence(visit=code, by=by_user(cast.dan), now=NOW, leave_open=True)
    assert visit_on(plan, NEXT).cleaners_missing == 1


def test_a_holiday_left_out_can_be_restored_to_be_decided() -> None:
    cast = year_cast()
    make_holiday(branch=cast.branch, on=NEXT)
    plan = start(cast, holiday_shift=HolidayShift.SKIP)
    restore_occurrence(visit=visit_on(plan, NEXT).code, by=SYSTEM, now=NOW, leave_open=True)

    restored = visit_on(plan, NEXT)
    assert (restored.starts_at, restored.cleaners_missing) == (at("09:00", on=NEXT), 1)


def test_a_customer_is_bound_by_the_notice_and_the_office_is_not() -> None:
    cast = year_cast()
    plan = start(cast)
    code = visit_on(plan, TUESDAY).code

    with pytest.raises(ChangeTooLate):
        skip_occurrence(visit=code, by=VISITOR, now=NOW)
    assert skip_occurrence(visit=code, by=by_user(cast.dan), now=NOW).state == VisitState.SKIPPED


def test_how_late_a_date_may_be_skipped_the_policy_says_and_not_the_notice_for_booking() -> None:
    cast = year_cast()
    plan = start(cast)
    terms = PolicyTerms(skip_notice_minutes=12 * 60, booking_notice_minutes=24 * 60)
    publish_policy(branch=cast.branch, service=None, terms=terms, effective_on=TODAY, by=SYSTEM, now=NOW)
    visit = visit_on(plan, NEXT)
    until = preview_skip(visit=visit, now=NOW).free_until
    assert until == visit.starts_at - timedelta(hours=12)

    with pytest.raises(ChangeTooLate):
        skip_occurrence(visit=visit.code, by=VISITOR, now=until + timedelta(minutes=1))
    assert skip_occurrence(visit=visit.code, by=VISITOR, now=until).state == VisitState.SKIPPED


def test_a_customer_brings_a_date_back_while_there_is_time_and_the_office_later() -> None:
    cast = year_cast()
    plan = start(cast)
    terms = PolicyTerms(notice_minutes=48 * 60, skip_notice_minutes=0)
    publish_policy(branch=cast.branch, service=None, terms=terms, effective_on=TODAY, by=SYSTEM, now=NOW)
    cast.branch.notice_minutes = 24 * 60
    cast.branch.save(update_fields=["notice_minutes"])
    skipped = skip_occurrence(visit=visit_on(plan, NEXT).code, by=VISITOR, now=NOW)
    late = skipped.starts_at - timedelta(hours=24)
    with pytest.raises(ChangeTooLate):
        restore_occurrence(visit=skipped.code, by=VISITOR, now=late)
    restore_occurrence(visit=skipped.code, by=VISITOR, now=late - timedelta(minutes=1))

    moved = reschedule_visit(visit=skipped.code, to=skipped.starts_at - DAY, by=SYSTEM, now=NOW)
    too_late_to_move = moved.starts_at - timedelta(hours=47)
    with pytest.raises(ChangeTooLate):
        restore_occurrence(visit=moved.code, by=VISITOR, now=too_late_to_move)
    assert visit_on(plan, NEXT).starts_at == moved.starts_at
    restore_occurrence(visit=moved.code, by=by_user(cast.dan), now=too_late_to_move)


def test_only_what_was_skipped_or_moved_can_be_restored() -> None:
    plan = start(year_cast())
    with pytest.raises(VisitNotChangeable):
        restore_occurrence(visit=visit_on(plan, NEXT).code, by=SYSTEM, now=NOW)


def test_what_has_begun_cannot_be_skipped() -> None:
    plan = start(year_cast())
    Visit.objects.filter(plan=plan, occurrence_on=NEXT).update(state=VisitState.IN_PROGRESS)
    with pytest.raises(VisitNotChangeable):
        skip_occurrence(visit=visit_on(plan, NEXT).code, by=SYSTEM, now=NOW)


def test_a_date_gone_by_can_be_neither_skipped_nor_restored() -> None:
    plan = start(year_cast())
    code = visit_on(plan, NEXT).code
    with pytest.raises(VisitNotChangeable):
        skip_occurrence(visit=code, by=SYSTEM, now=NOW + 2 * WEEK)
    skip_occurrence(visit=code, by=SYSTEM, now=NOW)
    with pytest.raises(VisitNotChangeable):
        restore_occurrence(visit=code, by=SYSTEM, now=NOW + 2 * WEEK)


def test_a_date_of_a_paused_or_ended_plan_is_not_restored() -> None:
    plan = start(year_cast())
    skipped = skip_occurrence(visit=visit_on(plan, NEXT).code, by=SYSTEM, now=NOW)
    pause_plan(plan=plan.code, from_on=NEXT, by=SYSTEM, now=NOW)
    with pytest.raises(PlanPaused):
        restore_occurrence(visit=skipped.code, by=SYSTEM, now=NOW)

    end_plan(plan=plan.code, from_on=NEXT, by=SYSTEM, now=NOW)
    with pytest.raises(PlanEnded):
        restore_occurrence(visit=skipped.code, by=SYSTEM, now=NOW)


def test_a_single_visit_has_no_date_to_skip() -> None:
    cast = year_cast()
    visit = make_visit(premises=cast.flat, price_list=cast.price_list, service=cast.regular, start=at("09:00", on=NEXT))
    with pytest.raises(NotOfAPlan):
        skip_occurrence(visit=visit.code, by=SYSTEM, now=NOW)


def test_a_date_that_is_none_of_the_plans_is_not_found() -> None:
    plan = start(year_cast())
    with pytest.raises(VisitNotFound):
        move_occurrence(plan=plan.code, original_on=NEXT + DAY, to=at("13:00", on=NEXT), by=SYSTEM, now=NOW)

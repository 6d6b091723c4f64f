"""A visit runs late, a van breaks down, snow falls: what happened, and three ways out."""

from datetime import date, datetime, timedelta

import pytest
from tests.cast import NOW, TODAY, Cast, at, make_visit
from tests.dispatch.days import EAST, QUICK, TOMORROW, WEST, crossed_day, proposed, visit_in

from midway.booking.invariants import findings
from midway.booking.models import Visit
from midway.core.actor import SYSTEM
from midway.core.routing.verify import violations
from midway.core.visit_states import VisitState
from midway.dispatch.actions import (
    BackBefore,
    DayChangedMeanwhile,
    DayGoneBy,
    Upheaval,
    VisitIsOver,
    What,
    end_trouble,
    publish_plan,
    report_trouble,
)
from midway.dispatch.actions.report_trouble import publish_best_way
from midway.dispatch.day import read_day
from midway.dispatch.models import DayPlan, Trouble
from midway.dispatch.records import plan_from_facts
from midway.dispatch.ways_out import bumped_last_time
from midway.journal.models import Entry
from midway.messaging.models import OutboxMessage


def reported(cast: Cast, what: What, on: date = TODAY, now: datetime = NOW) -> Upheaval:
    return report_trouble(branch=cast.branch, on=on, what=what, budget=QUICK, by=SYSTEM, now=now)


def late_day(cast: Cast) -> tuple[Visit, Visit]:
    """Ana is at a home until eleven and expected at the next a quarter past."""
    begun = visit_in(cast, WEST, "09:00", cast.ana, on=TODAY, state=VisitState.IN_PROGRESS)
    return begun, visit_in(cast, WEST, "11:15", cast.ana, on=TODAY)


def test_a_visit_that_runs_late_has_three_allowed_ways_out(cast: Cast) -> None:
    begun, _after = late_day(cast)
    now = at("10:30")

    found = reported(cast, What(visit=begun, minutes=60), now=now)

    assert found.trouble.kind == Trouble.Kind.LATE
    assert [plan.rank for plan in found.plans] == [1, 2, 3]
    assert {plan.way for plan in found.plans} == {"cover", "spread", "best"}
    problem = read_day(cast.branch, TODAY, now=now).problem
    assert problem.visit_by_code[str(begun.code)].minutes == 180
    for plan in found.plans:
        assert violations(problem, plan_from_facts(plan.found["after"])) == []


def test_published_the_next_customer_is_told_before_the_first_time(cast: Cast) -> None:
    for cleaner in (cast.ben, cast.chidi):
        visit_in(cast, EAST, "09:00", cleaner, on=TODAY, minutes=480)
    begun, after = late_day(cast)
    now = at("10:30")

    publish_best_way(reported(cast, What(visit=begun, minutes=60), now=now), by=SYSTEM, now=now)

    was = after.starts_at
    after.refresh_from_db()
    assert after.starts_at >= at("12:00")
    (message,) = OutboxMessage.objects.filter(subject_code=after.code)
    assert message.created_at < was
    begun.refresh_from_db()
    assert begun.starts_at == at("09:00")
    assert [f.name for f in findings(now=now) if not f.holds] == []


def test_a_van_that_stands_still_hands_its_morning_on(cast: Cast) -> None:
    visits = crossed_day(cast)

    found = reported(cast, What(cleaner=cast.ana, until=at("13:00", on=TOMORROW)), on=TOMORROW)
    published = publish_best_way(found, by=SYSTEM, now=NOW)

    assert published.state == DayPlan.State.PUBLISHED
    assert all(route["leave"] >= 13 * 60 for route in published.routes if route["crew"] == str(cast.ana.code))
    assert all(visit.assignments.filter(active=True).exists() for visit in visits)
    assert [f.name for f in findings(now=NOW) if not f.holds] == []


def test_snow_slows_every_later_plan_of_the_day_too(cast: Cast) -> None:
    crossed_day(cast)
    dry = read_day(cast.branch, TOMORROW, now=NOW).plan_so_far().drive_minutes

    found = reported(cast, What(percent=100), on=TOMORROW)

    assert read_day(cast.branch, TOMORROW, now=NOW).plan_so_far().drive_minutes == 2 * dry
    assert proposed(cast).found["before"]["drive_minutes"] == 2 * dry
    end_trouble(trouble=found.trouble.code, by=SYSTEM, now=NOW)
    assert read_day(cast.branch, TOMORROW, now=NOW).plan_so_far().drive_minutes == dry


def test_a_plan_from_before_the_snow_is_not_published(cast: Cast) -> None:
    crossed_day(cast)
    reported(cast, What(percent=50), on=TOMORROW)
    plan = proposed(cast)
    Trouble.objects.create(
        branch=cast.branch, on=TOMORROW, kind="snow", percent=80, at=NOW, by_label="somebody"
    )  # fmt: skip

    with pytest.raises(DayChangedMeanwhile):
        publish_plan(plan=plan.code, by=SYSTEM, now=NOW)


def test_earlier_proposals_give_way(cast: Cast) -> None:
    crossed_day(cast)
    earlier = proposed(cast)

    reported(cast, What(percent=50), on=TOMORROW)

    earlier.refresh_from_db()
    assert earlier.state == DayPlan.State.REPLACED


def test_what_makes_no_sense_is_refused(cast: Cast) -> None:
    done = visit_in(cast, WEST, "08:00", cast.ana, on=TODAY, minutes=45, state=VisitState.DONE)

    with pytest.raises(VisitIsOver):
        reported(cast, What(visit=done, minutes=30))
    with pytest.raises(BackBefore):
        reported(cast, What(cleaner=cast.ana, until=NOW - timedelta(hours=1)))
    with pytest.raises(DayGoneBy):
        reported(cast, What(percent=20), on=TODAY - timedelta(days=1))
    assert not Trouble.objects.exists()


def test_a_trouble_ends_once(cast: Cast) -> None:
    found = reported(cast, What(percent=50), on=TOMORROW)

    for minutes in (0, 5):
        ended = end_trouble(trouble=found.trouble.code, by=SYSTEM, now=NOW + timedelta(minutes=minutes))

    assert ended.over_at == NOW
    assert Entry.objects.filter(event="dispatch.trouble.ended").count() == 1


def test_who_was_told_another_time_last_time_is_known(cast: Cast) -> None:
    moved, kept = visit_in(cast, WEST, "09:00", cast.ana), visit_in(cast, EAST, "09:00", cast.ben)
    plan = proposed(cast)
    plan.result = {**plan.found, "changes": [_told(moved), {**_told(kept), "is_promise_moved": False}]}
    plan.save()
    publish_plan(plan=plan.code, by=SYSTEM, now=NOW)
    later = TOMORROW + timedelta(days=1)
    again, other = (
        make_visit(premises=v.premises, price_list=cast.price_list, service=cast.regular, start=at("10:00", on=later))
        for v in (moved, kept)
    )

    day = read_day(cast.branch, later, now=NOW)

    assert bumped_last_time(day.visits, day) == {str(again.code)}
    assert str(other.code) in day.visits


def test_a_proposal_never_published_bumped_nobody(cast: Cast) -> None:
    moved = visit_in(cast, WEST, "09:00", cast.ana)
    plan = proposed(cast)
    plan.result = {**plan.found, "changes": [_told(moved)]}
    plan.state, plan.decided_at = DayPlan.State.REPLACED, NOW
    plan.save()
    later = TOMORROW + timedelta(days=1)
    make_visit(premises=moved.premises, price_list=cast.price_list, service=cast.regular, start=at("10:00", on=later))

    day = read_day(cast.branch, later, now=NOW)

    assert bumped_last_time(day.visits, day) == frozenset()


def test_whose_last_visit_we_called_off_was_bumped(cast: Cast) -> None:
    gone = visit_in(cast, WEST, "10:00", on=TODAY, state=VisitState.BUMPED)
    next_one = make_visit(
        premises=gone.premises, price_list=cast.price_list, service=cast.regular, start=at("10:00", on=TOMORROW)
    )

    day = read_day(cast.branch, TOMORROW, now=NOW)

    assert bumped_last_time(day.visits, day) == {str(next_one.code)}


def _told(visit: Visit) -> dict[str, object]:
    return {"visit": str(visit.code), "is_promise_moved": True}

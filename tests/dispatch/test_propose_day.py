"""Working out a plan for a day."""

from datetime import timedelta

import pytest
from tests.cast import NOW, TODAY, Cast, at, make_absence, make_exception, make_visit
from tests.dispatch.days import EAST, QUICK, TOMORROW, WEST, crossed_day, proposed, visit_in

from midway.core.actor import SYSTEM
from midway.core.routing.verify import violations
from midway.core.visit_states import VisitState
from midway.crew.models import Commitment
from midway.dispatch.actions import DayGoneBy, pin_visit, propose_day
from midway.dispatch.day import read_day
from midway.dispatch.models import DayPlan
from midway.dispatch.records import plan_from_facts


def test_a_proposal_drives_less_and_changes_nothing_yet(cast: Cast) -> None:
    visits = crossed_day(cast)

    plan = proposed(cast)

    assert plan.state == DayPlan.State.PROPOSED
    assert plan.found["after"]["drive_minutes"] < plan.found["before"]["drive_minutes"]
    assert len(plan.found["changes"]) >= 2
    for visit in visits:
        visit.refresh_from_db()
        assert visit.revision == 0


def test_the_same_seed_and_steps_make_the_same_plan(cast: Cast) -> None:
    crossed_day(cast)

    assert proposed(cast).found["after"] == proposed(cast).found["after"]


def test_a_later_proposal_takes_the_place_of_the_earlier(cast: Cast) -> None:
    first = proposed(cast)

    proposed(cast)

    first.refresh_from_db()
    assert first.state == DayPlan.State.REPLACED


def test_a_day_gone_by_is_refused(cast: Cast) -> None:
    with pytest.raises(DayGoneBy):
        propose_day(branch=cast.branch, on=TODAY - timedelta(days=1), by=SYSTEM, now=NOW)


def test_who_is_away_or_off_is_not_planned(cast: Cast) -> None:
    crossed_day(cast)
    make_exception(cleaner=cast.chidi, on=TOMORROW)
    away = make_absence(cleaner=cast.ana, start=at("16:00", on=TOMORROW), end=at("17:00", on=TOMORROW))

    problem = read_day(cast.branch, TOMORROW, now=NOW).problem

    assert {crew.code for crew in problem.crews} == {str(cast.ana.code), str(cast.ben.code)}
    assert problem.crew_by_code[str(cast.ana.code)].closes == 16 * 60
    assert away.cleaner == cast.ana


def test_an_hour_of_training_in_the_middle_stays_where_it_is(cast: Cast) -> None:
    from psycopg.types.range import Range
    from tests.cast import commit

    span = Range(at("12:00", on=TOMORROW), at("13:00", on=TOMORROW))
    commit(cleaner=cast.ana, during=span, kind=Commitment.Kind.TRAINING)

    day = read_day(cast.branch, TOMORROW, now=NOW)

    (block,) = day.problem.visits
    assert block.pin is not None
    assert (block.pin.start, block.minutes) == (720, 60)


def test_a_visit_without_coordinates_lies_in_its_postcode(cast: Cast) -> None:
    cast.flat.latitude = cast.flat.longitude = None
    cast.flat.save()
    make_visit(premises=cast.flat, price_list=cast.price_list, service=cast.regular, start=at("09:00", on=TOMORROW))
    here = visit_in(cast, -76.6252, "12:00")

    problem = read_day(cast.branch, TOMORROW, now=NOW).problem

    assert len({stop.place for stop in problem.visits}) == 1
    assert str(here.code) in problem.visit_by_code


def test_a_skill_few_have_is_asked_for(cast: Cast) -> None:
    visit = visit_in(cast, EAST, "09:00", service=cast.deep, team_size=2)

    plan = plan_from_facts(proposed(cast).found["after"])

    assert set(plan.crews_by_visit[str(visit.code)]) == {str(cast.ana.code), str(cast.ben.code)}


def test_a_visit_no_one_can_do_is_listed_with_the_reason(cast: Cast) -> None:
    make_exception(cleaner=cast.ben, on=TOMORROW)
    visit = visit_in(cast, EAST, "09:00", service=cast.deep, team_size=2)

    (left,) = proposed(cast).found["leftovers"]

    assert (left["visit"], left["reason"]) == (str(visit.code), "skill")


def test_a_pinned_visit_stays(cast: Cast) -> None:
    visits = crossed_day(cast)
    for visit in visits[:2]:
        pin_visit(visit=visit.code, by=SYSTEM, now=NOW)

    plan = plan_from_facts(proposed(cast).found["after"])

    for visit, start in zip(visits[:2], (540, 840), strict=True):
        assert plan.crews_by_visit[str(visit.code)] == (str(cast.ana.code),)
        assert any(s.start == start for s in plan.route_by_crew[str(cast.ana.code)].stops if s.visit == str(visit.code))


def test_what_has_begun_stays_and_its_crew_goes_on_from_there(cast: Cast) -> None:
    now = at("10:00")
    begun = visit_in(cast, WEST, "09:00", cast.ana, on=TODAY, state=VisitState.IN_PROGRESS)
    visit_in(cast, WEST, "13:00", cast.ben, on=TODAY)

    day = read_day(cast.branch, TODAY, now=now)
    plan = propose_day(branch=cast.branch, on=TODAY, budget=QUICK, by=SYSTEM, now=now).found

    stop = day.problem.visit_by_code[str(begun.code)]
    assert stop.pin is not None
    assert stop.pin.is_started
    assert violations(day.problem, plan_from_facts(plan["after"])) == []
    assert str(begun.code) not in {change["visit"] for change in plan["changes"]}


def test_an_empty_day_is_an_empty_plan(cast: Cast) -> None:
    plan = proposed(cast)

    assert plan.routes == []
    assert plan.found["after"]["cost"] == 0

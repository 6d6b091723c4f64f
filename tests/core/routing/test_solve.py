"""What the solver promises, whatever the day looks like."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.routing.days import crew, line_of, made_up_day, visit

from midway.core.routing.problem import Break, Item, Pin, Plan, Problem, Weights
from midway.core.routing.solve import Progress, iterations, solve
from midway.core.routing.verify import Kind, score, violations

days = st.builds(made_up_day, st.integers(0, 10_000), st.integers(1, 10), st.integers(2, 4))


def planned(problem: Problem, steps: int = 60, seed: int = 1, start: Plan | None = None) -> Plan:
    return solve(problem, seed=seed, deadline=iterations(steps), start=start)


@settings(max_examples=40)
@given(problem=days, seed=st.integers(0, 1000))
def test_a_plan_is_allowed_and_costs_what_an_independent_scorer_says(problem: Problem, seed: int) -> None:
    plan = planned(problem, seed=seed)
    wrong = [v for v in violations(problem, plan) if v.kind not in forced(problem)]
    assert [v.words for v in wrong] == []
    scored = score(problem, plan)
    assert plan.terms == pytest.approx(scored, abs=1e-6)
    assert plan.cost == pytest.approx(sum(scored.values()), abs=1e-6)


def forced(problem: Problem) -> set[Kind]:
    """What a pin may force on a plan: the pinned visit alone can make a crew's break or day impossible."""
    return {Kind.BREAK, Kind.AFTER_SHIFT, Kind.PIN_TIME} if any(v.pin for v in problem.visits) else set()


@settings(max_examples=15)
@given(problem=days, seed=st.integers(0, 1000))
def test_the_same_seed_and_iterations_give_the_same_plan(problem: Problem, seed: int) -> None:
    assert planned(problem, seed=seed) == planned(problem, seed=seed)


@settings(max_examples=15)
@given(problem=days, seed=st.integers(0, 1000))
def test_more_time_never_costs_more_when_it_goes_on_from_the_plan(problem: Problem, seed: int) -> None:
    first = planned(problem, steps=10, seed=seed)
    assert planned(problem, steps=40, seed=seed, start=first).cost <= first.cost + 1e-6


@settings(max_examples=15)
@given(problem=days)
def test_the_best_plan_seen_never_gets_dearer(problem: Problem) -> None:
    seen: list[Progress] = []
    solve(problem, seed=1, deadline=iterations(50), on_progress=seen.append)
    assert [p.cost for p in seen] == sorted((p.cost for p in seen), reverse=True)
    assert seen[-1].share == 1


@settings(max_examples=25)
@given(problem=days, seed=st.integers(0, 1000))
def test_what_is_pinned_never_moves(problem: Problem, seed: int) -> None:
    plan = planned(problem, seed=seed)
    for pinned in (v for v in problem.visits if v.pin is not None):
        assert pinned.pin is not None
        assert plan.crews_by_visit[pinned.code] == pinned.pin.crews
        stops = plan.route_by_crew[pinned.pin.crews[0]].stops
        assert [stop.start for stop in stops if stop.visit == pinned.code] == [pinned.pin.start]


def test_a_day_without_visits_is_a_plan_without_stops() -> None:
    plan = planned(Problem(crews=[crew("a", 0)], visits=[], travel_minutes=[[0]]))
    assert plan.cost == 0
    assert plan.routes[0].stops == ()


def test_a_day_without_crews_leaves_everything_out() -> None:
    plan = planned(Problem(crews=[], visits=[visit("v", 0)], travel_minutes=[[0]]))
    assert [u.visit for u in plan.unserved] == ["v"]


def test_the_customer_gets_whom_she_knows_unless_it_is_far() -> None:
    problem = Problem(
        crews=[crew("near", 0), crew("known", 2)],
        visits=[visit("v", 1, preferred_crews=frozenset({"known"}))],
        travel_minutes=line_of(3),
    )
    assert planned(problem).crews_by_visit["v"] == ("known",)
    far = replace(problem, travel_minutes=[[0, 5, 99], [5, 0, 99], [99, 99, 0]])
    assert planned(far).crews_by_visit["v"] == ("near",)


def test_two_crews_meet_at_one_moment() -> None:
    problem = Problem(
        crews=[crew("a", 0), crew("b", 3)],
        visits=[visit("v", 1, crews_needed=2, opens=600, closes=700), visit("w", 2)],
        travel_minutes=line_of(4),
    )
    plan = planned(problem)
    assert violations(problem, plan) == []
    assert sorted(plan.crews_by_visit["v"]) == ["a", "b"]


def test_one_crew_carries_the_key_to_both_homes() -> None:
    visits = [visit("v", 0, items=frozenset({"k"})), visit("w", 3, items=frozenset({"k"}))]
    crews = [crew("a", 0), crew("b", 3)]
    problem = Problem(crews=crews, visits=visits, travel_minutes=line_of(4), items=(Item(code="k"),))
    plan = planned(problem)
    assert len({plan.crews_by_visit["v"], plan.crews_by_visit["w"]}) == 1
    without = replace(problem, visits=[replace(v, items=frozenset()) for v in visits])
    assert len(set(planned(without).crews_by_visit.values())) == 2


def test_an_optional_visit_is_done_when_it_is_worth_the_way() -> None:
    def served(worth: float) -> bool:
        visits = [visit("v", 1, worth=worth)]
        return not planned(Problem(crews=[crew("a", 0)], visits=visits, travel_minutes=line_of(2))).unserved

    assert (served(25), served(15)) == (True, False)


def test_a_promised_time_is_kept_unless_that_costs_more() -> None:
    visits = [visit("v", 1, announced=720.0)]
    problem = Problem(crews=[crew("a", 0)], visits=visits, travel_minutes=line_of(2))
    assert abs(planned(problem).routes[0].stops[0].start - 720) <= problem.weights.promise_grace
    pinned = visit("w", 1, pin=Pin(crews=("a",), start=710.0))
    moved = planned(replace(problem, visits=[*visits, pinned]))
    assert moved.terms["promise"] > 0


def test_lunch_by_law_is_taken_however_late_somebody_becomes() -> None:
    lunch = Break(minutes=30, opens=700, closes=710, is_law=True)
    problem = Problem(
        crews=[crew("a", 0, breaks=(lunch,))],
        visits=[visit("v", 0, opens=690, closes=690, minutes=30), visit("w", 0, opens=720, closes=720)],
        travel_minutes=[[0]],
        weights=Weights(late_minute=50),
    )
    plan = planned(problem)
    assert violations(problem, plan) == []
    assert plan.unserved or plan.terms["late"] > 0 or plan.routes[0].breaks


def test_whoever_worked_more_the_last_weeks_gets_less() -> None:
    from midway.core.routing.problem import Balance

    tired = crew("tired", 0, balance=Balance(work_minutes=300))
    problem = Problem(
        crews=[tired, crew("rested", 0)],
        visits=[visit("v", 1)],
        travel_minutes=line_of(2),
        weights=Weights(fair_work=5),
    )
    assert planned(problem).crews_by_visit["v"] == ("rested",)

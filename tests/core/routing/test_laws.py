"""What holds for every day and every seed: mistakes are found, limits are limits, more time never costs."""

import random
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.routing.days import made_up_day
from tests.core.routing.seeded import SPOILS

from midway.core.routing.problem import Break, Crew, Plan, Problem
from midway.core.routing.rules import Around, RestRules, under_rules
from midway.core.routing.solve import Progress, iterations, solve
from midway.core.routing.verify import Kind, violations

days = st.builds(made_up_day, st.integers(0, 100_000), st.integers(1, 12), st.integers(2, 4))
seeds = st.integers(0, 1000)
RULES = RestRules()


def planned(problem: Problem, steps: int = 30, seed: int = 1, start: Plan | None = None) -> Plan:
    return solve(problem, seed=seed, deadline=iterations(steps), start=start)


def spoil(problem: Problem, seed: int) -> list[str]:
    """Will spoil the day's plan in every way there is, see each found, and say in which ways that was."""
    plan = planned(problem, seed=seed)
    if violations(problem, plan):  # two pins that contradict each other
        return []
    dice, done = random.Random(seed), []
    for kind, spoils in SPOILS:
        spoilt = spoils(problem, plan, dice)
        if spoilt:
            found = [violation for violation in violations(*spoilt) if violation.kind is kind]
            assert found, f"{spoils.__name__} was not found"
            assert all(violation.words.endswith(".") for violation in found)
            done.append(spoils.__name__)
    return done


@settings(max_examples=60)
@given(problem=days, seed=seeds)
def test_every_mistake_put_into_an_allowed_plan_is_found(problem: Problem, seed: int) -> None:
    spoil(problem, seed)


def test_there_is_a_way_to_make_every_kind_of_mistake() -> None:
    assert {kind for kind, _ in SPOILS} == set(Kind)
    done = {name for seed in range(12) for name in spoil(made_up_day(seed, 10, 4), seed)}
    assert done == {spoils.__name__ for _, spoils in SPOILS}


def lawful_day(problem: Problem, ended: float, begins: float) -> Problem:
    """The day with every crew under the rules, some after a late night, and more work than fits."""
    around = [Around(), Around(ended_before=ended), Around(begins_after=begins)]
    crews: list[Crew] = [under_rules(crew, RULES, around[n % 3]) for n, crew in enumerate(problem.crews)]
    visits = [replace(visit, pin=None, minutes=1.6 * visit.minutes) for visit in problem.visits]
    return replace(problem, crews=crews, visits=visits)


@settings(max_examples=40)
@given(problem=days, seed=seeds, ended=st.integers(-480, 0), begins=st.integers(1620, 1980))
def test_lunch_rest_and_the_longest_day_are_never_given_up(
    problem: Problem, seed: int, ended: float, begins: float
) -> None:
    lawful = lawful_day(problem, ended, begins)
    plan = planned(lawful, steps=60, seed=seed)
    for number, route in enumerate(plan.routes):
        if route.stops:
            crew = lawful.crews[number]
            assert route.leave >= crew.opens - 1e-6
            assert route.back <= crew.opens + RULES.day_minutes + 1e-6
            assert number % 3 != 1 or route.leave - ended >= RULES.rest_minutes - 1e-6
            assert number % 3 != 2 or begins - route.back >= RULES.rest_minutes - 1e-6
            taken = {pause.number: pause.end - pause.start for pause in route.breaks}
            for order, rule in enumerate(crew.due_breaks):
                assert not is_due(rule, route.back) or taken[order] == pytest.approx(rule.minutes)


def is_due(rule: Break, back: float) -> bool:
    return rule.is_law and back > rule.closes + 0.01


@settings(max_examples=25)
@given(problem=days, seed=seeds)
def test_the_same_seed_and_budget_give_the_same_plan_also_beside_another_search(problem: Problem, seed: int) -> None:
    first = planned(problem, seed=seed)
    planned(replace(problem, visits=problem.visits[:-1]), seed=seed + 1)
    assert planned(problem, seed=seed) == first


@settings(max_examples=20)
@given(problem=days, seed=seeds, steps=st.lists(st.integers(1, 60), min_size=2, max_size=4))
def test_going_on_never_costs_more_however_often_it_is_interrupted(
    problem: Problem, seed: int, steps: list[int]
) -> None:
    plan, costs = None, []
    for number, count in enumerate(steps):
        plan = planned(problem, steps=count, seed=seed + number, start=plan)
        costs.append(plan.cost)
    assert all(later <= sooner + 1e-6 for sooner, later in pairwise(costs))


@settings(max_examples=20)
@given(problem=days, seed=seeds)
def test_a_search_only_ever_shows_better_plans_and_gives_the_last_it_showed(problem: Problem, seed: int) -> None:
    seen: list[Progress] = []
    plan = solve(problem, seed=seed, deadline=iterations(60), on_progress=seen.append)
    shown = [progress.cost for progress in seen]
    assert all(later <= sooner for sooner, later in pairwise(shown))
    assert plan.cost <= shown[-1] + 1e-6


@pytest.mark.slow
@settings(max_examples=400)
@given(problem=days, seed=seeds)
def test_mistakes_are_found_on_far_more_days(problem: Problem, seed: int) -> None:
    spoil(problem, seed)


@pytest.mark.slow
@settings(max_examples=400)
@given(problem=days, seed=seeds)
def test_settled_visits_stay_on_far_more_days(problem: Problem, seed: int) -> None:
    plan = planned(problem, steps=100, seed=seed)
    for visit in (v for v in problem.visits if v.pin is not None):
        assert visit.pin is not None
        assert plan.crews_by_visit[visit.code] == visit.pin.crews
        starts = [s.start for r in plan.routes for s in r.stops if s.visit == visit.code]
        assert starts == [visit.pin.start] * len(visit.pin.crews)


@pytest.mark.slow
@settings(max_examples=200)
@given(problem=days, seed=seeds, ended=st.integers(-480, 0), begins=st.integers(1620, 1980))
def test_the_law_holds_on_far_more_days(problem: Problem, seed: int, ended: float, begins: float) -> None:
    lawful = lawful_day(problem, ended, begins)
    hard = {Kind.BREAK, Kind.BEFORE_SHIFT, Kind.AFTER_SHIFT}
    assert [v.words for v in violations(lawful, planned(lawful, steps=150, seed=seed)) if v.kind in hard] == []

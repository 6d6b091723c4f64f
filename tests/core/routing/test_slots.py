"""Every answer about slots is the one that trying every position of every route gives."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.routing.days import made_up_day

from midway.core.routing.problem import Plan, Problem, Route, Visit
from midway.core.routing.slots import PlannedDay, RankedSlot, SlotIndex, Wish
from midway.core.routing.solve import iterations, solve
from midway.core.routing.timed import timed_plan

WINDOWS = [(480.0, 600.0), (600.0, 720.0), (780.0, 900.0), (480.0, 960.0)]
COSTLY = ("overtime", "late", "promise", "breaks")


def planned(problem: Problem) -> Plan:
    return solve(problem, seed=1, deadline=iterations(15))


def priced(problem: Problem, orders: dict[str, list[str]], crew: str, starts: dict[str, float]) -> float:
    """What one crew's times cost in that order."""
    alone = replace(problem, crews=[c for c in problem.crews if c.code == crew])
    plan = timed_plan(alone, {crew: orders[crew]}, starts=starts)
    moved = any(
        abs(stop.start - starts[stop.visit]) > 0.01
        for stop in plan.route_by_crew[crew].stops
        if (visit := problem.visit_by_code[stop.visit]).pin is not None or visit.crews_needed > 1
    )
    return sum(plan.terms[term] for term in COSTLY) + 1e6 * moved


def tried(day: PlannedDay, place: int, wish: Wish) -> dict[int, float]:
    """The least added driving for each window, by putting the visit at every position there is."""
    orders = {route.crew: [stop.visit for stop in route.stops] for route in day.plan.routes}
    starts = {stop.visit: stop.start for route in day.plan.routes for stop in route.stops}
    best: dict[int, float] = {}
    for window, (opens, closes) in enumerate(wish.windows):
        new = Visit(code="new", place=place, opens=opens, closes=closes, minutes=wish.minutes, skills=wish.skills)
        problem = replace(day.problem, visits=[*day.problem.visits, new])
        for crew in problem.crews:
            if not wish.skills <= crew.skills or priced(problem, orders, crew.code, starts) > 1e-6:
                continue
            before = timed_plan(problem, {crew.code: orders[crew.code]}, starts=starts).drive_minutes
            for position in range(len(orders[crew.code]) + 1):
                order = [*orders[crew.code]]
                order.insert(position, "new")
                if priced(problem, {crew.code: order}, crew.code, starts) <= 1e-4:
                    added = timed_plan(problem, {crew.code: order}, starts=starts).drive_minutes - before
                    best[window] = min(best.get(window, 1e9), added)
    return best


@settings(max_examples=15)
@given(seed=st.integers(0, 5000), minutes=st.sampled_from([45.0, 80.0]), skilled=st.booleans())
def test_every_answer_is_what_trying_everything_finds(seed: int, minutes: float, skilled: bool) -> None:
    problem = made_up_day(seed, visits=6, crews=3)
    place = len(problem.travel_minutes) - 1
    matrix = np.asarray(problem.travel_minutes)
    day = PlannedDay(3, problem, planned(problem))
    skills = frozenset({"carpets"} if skilled else set())
    wish = Wish(minutes, WINDOWS, matrix[:, place], matrix[place], skills=skills)
    found = {slot.window: slot.added_minutes for slot in SlotIndex([day]).ranked(wish)}
    assert found == pytest.approx(tried(day, place, wish), abs=1e-6)


def test_slots_come_cheapest_first_and_name_who_would_come() -> None:
    days = []
    for number in range(4):
        problem = made_up_day(number, visits=6, crews=3)
        days.append(PlannedDay(number, problem, planned(problem)))
    matrix = np.asarray(days[0].problem.travel_minutes)
    slots = SlotIndex(days).ranked(Wish(45.0, WINDOWS, matrix[:, 9], matrix[9]))
    assert slots == sorted(slots, key=lambda slot: slot.added_minutes)
    assert {slot.day for slot in slots} == {0, 1, 2, 3}
    assert all(isinstance(slot, RankedSlot) and slot.crew in {"c0", "c1", "c2"} for slot in slots)


def test_a_day_nobody_works_has_no_slots() -> None:
    problem = replace(made_up_day(1), crews=[], visits=[])
    plan = Plan(routes=(Route(crew="gone"),))
    index = SlotIndex([PlannedDay(0, problem, plan)])
    assert index.ranked(Wish(60.0, WINDOWS, np.zeros(13), np.zeros(13))) == []

"""When somebody is sick: what has begun stays, and three ways out differ in how much they touch."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.core.routing.days import crew, line_of, made_up_day, visit

from midway.core.routing.problem import Plan, Problem
from midway.core.routing.replan import (
    Way,
    alternatives,
    effect_of,
    from_here,
    with_late_visit,
    with_snow,
    with_van_down,
    without_crew,
)
from midway.core.routing.solve import iterations, solve
from midway.core.routing.verify import violations


def planned(problem: Problem, steps: int = 40) -> Plan:
    return solve(problem, seed=1, deadline=iterations(steps))


DAY = Problem(
    crews=[crew("a", 0), crew("b", 4), crew("c", 8)],
    visits=[visit(f"v{n}", n, minutes=60) for n in range(9)],
    travel_minutes=line_of(9),
)


@settings(max_examples=12)
@given(seed=st.integers(0, 5000), now=st.integers(470, 900))
def test_what_has_begun_stays_where_it_is(seed: int, now: int) -> None:
    problem = replace(made_up_day(seed), items=())
    problem = replace(problem, visits=[replace(v, items=frozenset()) for v in problem.visits])
    before = planned(problem)
    sick = max(before.routes, key=lambda r: len(r.stops)).crew
    left = without_crew(from_here(problem, before, now=now), sick, now=now)
    after = solve(left, seed=1, deadline=iterations(30), start=before)
    was = {(route.crew, stop.visit): stop.start for route in before.routes for stop in route.stops}
    now_is = {(route.crew, stop.visit): stop.start for route in after.routes for stop in route.stops}
    for (who, code), start in was.items():
        if start < now:
            assert abs(now_is[who, code] - start) < 1e-6
        if start >= now and who == sick:
            assert (who, code) not in now_is
    assert all(start >= now - 1e-6 for key, start in now_is.items() if key not in was)


def test_three_ways_out_touch_more_and_more() -> None:
    before = planned(DAY)
    left = without_crew(from_here(DAY, before, now=400), "b", now=400)
    found = {each.way: each for each in alternatives(left, before, seed=1, deadline=lambda: iterations(80))}
    assert set(found) == set(Way)
    assert found[Way.COVER].effect.others_moved == ()
    assert len(found[Way.SPREAD].effect.others_moved) <= len(found[Way.BEST].effect.others_moved) + 1
    for each in found.values():
        assert violations(left, each.plan) == []
        assert "b" not in each.plan.route_by_crew


def test_the_effect_names_who_is_bumped_again() -> None:
    before = planned(DAY)
    shut = replace(
        DAY, visits=[replace(v, forbidden_crews=frozenset("abc")) if v.code == "v3" else v for v in DAY.visits]
    )
    effect = effect_of(shut, before, planned(shut), frozenset({"v3", "v4"}))
    assert (effect.unserved, effect.bumped_again) == (("v3",), ("v3",))


def test_snow_and_late_visits_make_the_day_longer() -> None:
    before = planned(DAY)
    snow = with_snow(from_here(DAY, before, now=400), drive_factor=2)
    assert snow.crews[0].drive_factor == 2
    late = with_late_visit(DAY, "v3", minutes_more=45)
    assert late.visit_by_code["v3"].minutes_for("a") == 105
    assert violations(snow, solve(snow, seed=1, deadline=iterations(40), start=before)) == []


def test_a_van_that_breaks_down_drives_again_later() -> None:
    before = planned(DAY)
    route = before.route_by_crew["a"]
    early = with_van_down(from_here(DAY, before, now=400), "a", until=700)
    assert early.crew_by_code["a"].opens == 700
    begun = route.stops[0]
    under_way = from_here(DAY, before, now=begun.start + 1)
    waits = with_van_down(under_way, "a", until=begun.end + 100)
    after = solve(waits, seed=1, deadline=iterations(40), start=before)
    assert after.route_by_crew["a"].stops[0].end == begun.end + 100
    assert violations(waits, after) == []

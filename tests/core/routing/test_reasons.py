"""A visit that is left out comes with a reason and the cheapest way to serve it."""

from dataclasses import replace

from tests.core.routing.days import crew, line_of, visit

from midway.core.routing.problem import Plan, Problem, Visit
from midway.core.routing.reasons import cheapest_way, explained
from midway.core.routing.solve import iterations, solve


def left_out(*visits: Visit) -> tuple[Problem, Plan]:
    problem = Problem(crews=[crew("a", 0)], visits=visits, travel_minutes=line_of(9))
    return problem, explained(problem, solve(problem, seed=1, deadline=iterations(20)))


def reason(*visits: Visit) -> str:
    (unserved,) = left_out(*visits)[1].unserved
    return unserved.reason


def test_each_reason_is_said() -> None:
    assert "can do: carpets" in reason(visit("v", 1, skills=frozenset({"carpets"})))
    assert reason(visit("v", 1, required_crews=frozenset({"z"}))) == "Only z may come, and cannot today."
    assert "welcome" in reason(visit("v", 1, forbidden_crews=frozenset({"a"})))
    assert "needs 2 crews" in reason(visit("v", 1, crews_needed=2))
    assert "in its window" in reason(visit("v", 8, opens=400, closes=410))
    assert "worth" in reason(visit("v", 8, worth=5))
    both = [visit(code, 1, opens=540, closes=540, minutes=300) for code in "vw"]
    assert "needed for other visits" in reason(*both)


def test_the_cheapest_way_breaks_nothing_if_there_is_one() -> None:
    problem, plan = left_out(visit("v", 8, worth=5), visit("w", 3))
    way = cheapest_way(problem, plan, "v")
    assert way is not None
    assert (way.crew, way.breaks) == ("a", ())
    assert way.added_cost > 0


def test_the_cheapest_way_says_what_it_breaks() -> None:
    both = [visit(code, 1, opens=540, closes=540, minutes=300) for code in "vw"]
    problem, plan = left_out(*both)
    way = cheapest_way(problem, plan, plan.unserved[0].visit)
    assert way is not None
    assert any("too long after" in words for words in way.breaks)


def test_nobody_to_send_and_nothing_to_offer() -> None:
    problem, plan = left_out(visit("v", 1, skills=frozenset({"carpets"})), visit("w", 1, crews_needed=2))
    assert cheapest_way(problem, plan, "v") is None
    assert cheapest_way(problem, plan, "w") is None
    assert replace(plan).unserved

"""The verifier finds every kind of mistake when it is put into a good plan."""

from dataclasses import replace

import pytest
from tests.core.routing.days import LUNCH, crew, line_of, visit

from midway.core.routing.problem import Item, Pin, Plan, Problem, Route, Stop, TakenBreak, Unserved
from midway.core.routing.verify import Kind, score, violations

LAWFUL = replace(LUNCH, is_law=True)
PROBLEM = Problem(
    crews=[crew("a", 0, breaks=(LAWFUL,), skills=frozenset({"carpets"})), crew("b", 4, breaks=(LAWFUL,))],
    visits=[
        visit("pinned", 1, pin=Pin(crews=("a",), start=540.0)),
        visit("pair", 2, crews_needed=2, opens=700, closes=800, minutes=60),
        visit("carpet", 2, skills=frozenset({"carpets"}), opens=850),
        visit("keyed", 3, items=frozenset({"key"}), opens=500, closes=600),
        visit("choosy", 3, forbidden_crews=frozenset({"a"}), opens=840),
    ],
    travel_minutes=line_of(5),
    items=(Item(code="key", held_by="b"),),
)


def stop(code: str, start: float, minutes: float = 90, arrive: float | None = None) -> Stop:
    return Stop(visit=code, arrive=start if arrive is None else arrive, start=start, end=start + minutes)


ROUTE_A = Route(
    crew="a",
    stops=(stop("pinned", 540), stop("pair", 750, 60, 740), stop("carpet", 850, 90, 810)),
    breaks=(TakenBreak(number=0, start=812, end=842),),
    leave=530,
    back=960,
    drive_minutes=40,
)
ROUTE_B = Route(
    crew="b",
    stops=(stop("keyed", 510), stop("pair", 750, 60, 740), stop("choosy", 850, 90, 820)),
    breaks=(TakenBreak(number=0, start=660, end=690),),
    leave=500,
    back=950,
    drive_minutes=40,
)
GOOD = Plan(routes=(ROUTE_A, ROUTE_B))


def kinds(plan: Plan, problem: Problem = PROBLEM) -> set[Kind]:
    return {found.kind for found in violations(problem, plan)}


def with_a(**changes: object) -> Plan:
    return replace(GOOD, routes=(replace(ROUTE_A, **changes), ROUTE_B))  # type: ignore[arg-type]


def with_b(**changes: object) -> Plan:
    return replace(GOOD, routes=(ROUTE_A, replace(ROUTE_B, **changes)))  # type: ignore[arg-type]


def test_a_good_plan_has_nothing_wrong() -> None:
    assert violations(PROBLEM, GOOD) == []
    assert score(PROBLEM, GOOD)["drive"] == 80


A, B = ROUTE_A.stops, ROUTE_B.stops
MISTAKES: list[tuple[Kind, Plan]] = [
    (Kind.UNKNOWN, replace(GOOD, routes=(*GOOD.routes, Route(crew="z")))),
    (Kind.UNKNOWN, with_a(stops=(*A, stop("nobody", 950)))),
    (Kind.UNKNOWN, replace(GOOD, unserved=(Unserved(visit="nobody", is_required=True),))),
    (Kind.UNKNOWN, replace(GOOD, routes=(*GOOD.routes, ROUTE_B))),
    (Kind.TWICE, with_a(stops=(A[0], A[1], A[1], A[2]))),
    (Kind.MISSING, with_b(stops=B[:2])),
    (Kind.MISSING, replace(GOOD, unserved=(Unserved(visit="carpet", is_required=True),))),
    (Kind.NOT_ALLOWED, with_a(stops=(*A[:2], stop("choosy", 850, 90, 820)))),
    (Kind.SKILL, with_b(stops=(*B[:2], stop("carpet", 850, 90, 810)))),
    (Kind.TOO_EARLY, with_b(stops=(stop("keyed", 495), *B[1:]))),
    (Kind.TOO_LATE, with_b(stops=(stop("keyed", 661), *B[1:]))),
    (Kind.DRIVE, with_a(stops=(A[0], stop("pair", 750, 60, 630), A[2]))),
    (Kind.DRIVE, with_b(back=945)),
    (Kind.DRIVE, with_b(leave=505)),
    (Kind.SERVICE, with_a(stops=(*A[:2], stop("carpet", 850, 80, 810)))),
    (Kind.PIN_TIME, with_a(stops=(stop("pinned", 541), *A[1:]))),
    (Kind.PIN_CREW, with_b(stops=(stop("pinned", 540), *B[1:]))),
    (Kind.PIN_CREW, with_a(stops=A[1:])),
    (Kind.CREWS, with_b(stops=(B[0], B[2]))),
    (Kind.TOGETHER, with_b(stops=(B[0], stop("pair", 755, 60, 740), B[2]))),
    (Kind.BREAK, with_a(breaks=())),
    (Kind.BREAK, with_a(breaks=(TakenBreak(number=0, start=845, end=875),))),
    (Kind.BREAK, with_a(breaks=(TakenBreak(number=0, start=700, end=720),))),
    (Kind.BREAK, with_a(breaks=(TakenBreak(number=0, start=770, end=800),))),
    (Kind.BREAK, with_a(breaks=(TakenBreak(number=1, start=812, end=842),))),
    (Kind.BREAK, with_b(breaks=(TakenBreak(number=0, start=712, end=742),))),
    (Kind.BEFORE_SHIFT, with_a(leave=470)),
    (Kind.AFTER_SHIFT, with_a(back=1300)),
    (Kind.ITEM, replace(GOOD, routes=(replace(ROUTE_A, stops=(stop("keyed", 510),)), replace(ROUTE_B, stops=B[1:])))),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "plan"), MISTAKES, ids=[f"{kind}-{n}" for n, (kind, _) in enumerate(MISTAKES)])
def test_every_mistake_is_found_and_explained(kind: Kind, plan: Plan) -> None:
    found = [violation for violation in violations(PROBLEM, plan) if violation.kind is kind]
    assert found
    assert all(violation.words.endswith(".") for violation in found)


def test_there_is_a_mistake_of_every_kind() -> None:
    assert {kind for kind, _ in MISTAKES} == set(Kind)


def test_what_counts_as_a_price_is_no_violation() -> None:
    late = with_b(stops=(stop("keyed", 610), stop("pair", 750, 60, 740), stop("choosy", 850, 90, 820)), leave=500)
    assert kinds(replace(late, routes=(late.routes[0], replace(late.routes[1], breaks=(
        TakenBreak(number=0, start=700, end=730),))))) == set()  # fmt: skip
    assert score(PROBLEM, late)["late"] == pytest.approx(50)

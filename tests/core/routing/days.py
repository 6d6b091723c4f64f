"""Small made-up days for the tests of planning."""

import math
import random
from dataclasses import replace

from midway.core.routing.problem import Balance, Break, Crew, Item, Pin, Plan, Problem, Visit, Weights

LUNCH = Break(minutes=30, opens=660, closes=840)


def crew(code: str, place: int, **changes: object) -> Crew:
    """A crew that works from eight to half past four with lunch."""
    made = Crew(code=code, start_place=place, end_place=place, opens=480, closes=990, breaks=(LUNCH,))
    return replace(made, **changes)  # type: ignore[arg-type]


def visit(code: str, place: int, **changes: object) -> Visit:
    """A visit of an hour and a half, any time from eight to four."""
    return replace(Visit(code=code, place=place, opens=480, closes=960, minutes=90), **changes)  # type: ignore[arg-type]


def line_of(places: int, minutes_apart: float = 10) -> list[list[float]]:
    """Places along a road."""
    return [[abs(a - b) * minutes_apart for b in range(places)] for a in range(places)]


def made_up_day(seed: int, visits: int = 9, crews: int = 3) -> Problem:
    """A day with a bit of everything that a day can have."""
    dice = random.Random(seed)
    points = [(dice.uniform(0, 12), dice.uniform(0, 12)) for _ in range(visits + crews + 1)]
    codes = [f"c{n}" for n in range(crews)]
    staff = [
        crew(
            code,
            visits + (n if dice.random() < 0.5 else crews),
            skills=frozenset({"carpets"} if dice.random() < 0.6 else set()),
            drive_factor=dice.uniform(0.9, 1.2),
            breaks=(replace(LUNCH, is_law=dice.random() < 0.3),) if dice.random() < 0.8 else (),
            balance=Balance(work_minutes=dice.uniform(-120, 120), weekend_days=dice.choice((0, 1))),
        )
        for n, code in enumerate(codes)
    ]
    wanted = [_visit(f"v{n}", n, codes, dice) for n in range(visits)]
    if dice.random() < 0.7:
        wanted[0] = visit("v0", 0, pin=Pin(crews=(dice.choice(codes),), start=600.0, is_started=dice.random() < 0.5))
    return Problem(
        crews=staff,
        visits=wanted,
        travel_minutes=[[3 * math.dist(a, b) for b in points] for a in points],
        weights=Weights(fair_work=dice.choice((0.0, 2.0)), fair_drive=dice.choice((0.0, 1.0)), fair_weekend=3),
        items=(Item(code="key", kept_at=None), Item(code="steamer", held_by="c0")),
        is_weekend=dice.random() < 0.5,
    )


def plans(days: int, steps: int) -> list[Plan]:
    """The plans of the first made-up days."""
    from midway.core.routing.solve import iterations, solve

    return [solve(made_up_day(seed, 8, 3), seed=seed, deadline=iterations(steps)) for seed in range(days)]


def _visit(code: str, place: int, codes: list[str], dice: random.Random) -> Visit:
    opens, closes = dice.choice(((480, 720), (780, 960), (600, 720), (480, 960)))
    return visit(
        code,
        place,
        opens=opens,
        closes=closes,
        minutes=dice.uniform(40, 110),
        minutes_by_crew={codes[0]: dice.uniform(30, 80)},
        crews_needed=2 if dice.random() < 0.12 else 1,
        skills=frozenset({"carpets"} if dice.random() < 0.15 else set()),
        forbidden_crews=frozenset(dice.sample(codes, 1) if dice.random() < 0.15 else []),
        required_crews=frozenset(dice.sample(codes, 2) if dice.random() < 0.1 else []),
        preferred_crews=frozenset(dice.sample(codes, 1) if dice.random() < 0.6 else []),
        planned_crews=frozenset(dice.sample(codes, 1) if dice.random() < 0.3 else []),
        announced=dice.uniform(opens, closes) if dice.random() < 0.4 else None,
        worth=dice.uniform(40, 120) if dice.random() < 0.2 else None,
        priority=dice.choice((1.0, 2.0)),
        items=frozenset(dice.sample(["key", "steamer"], 1) if dice.random() < 0.15 else []),
    )

"""Made-up cleaning days, the same for the same seed: a city of 25 km, crews and visits as a company has them."""

import math
import random
from collections.abc import Sequence
from dataclasses import replace

from midway.core.routing.problem import Break, Crew, Pin, Problem, Visit, Weights

KM_FACTOR, KM_PER_MINUTE = 1.35, 0.5
WINDOWS = {"am": (480, 720, 30), "pm": (780, 960, 20), "open": (480, 960, 20)}
SKILLS = ("windows", "carpets", "move-out")


def cleaning_day(seed: int, visits: int, crews: int, *, weights: Weights | None = None) -> Problem:
    """Will make up a day at about nine tenths of what the crews can do."""
    return city_day(seed, visits, crews, weights=weights)[0]


def city_day(
    seed: int, visits: int, crews: int, *, weights: Weights | None = None, city: int | None = None
) -> tuple[Problem, list[tuple[float, float]]]:
    """The day and where its places are; days of one `city` have the same suburbs and crews."""
    dice = random.Random((seed if city is None else city) * 1000 + crews)
    suburbs = [(0.0, 0.0)] + [_around(0, 0, 12.5 * dice.uniform(0.5, 0.9), dice) for _ in range(6)]
    places: list[tuple[float, float]] = []

    def place() -> int:
        centre = dice.choice(suburbs)
        places.append((centre[0] + dice.gauss(0, 2.2), centre[1] + dice.gauss(0, 2.2)))
        return len(places) - 1

    depot = place()
    sizes = [dice.choices((1, 2, 3), (15, 60, 25))[0] for _ in range(crews)]
    staff = [_crew(number, depot if dice.random() > 0.6 else place(), dice) for number in range(crews)]
    dice.seed(seed * 1000 + visits)
    wanted = [_visit(number, place(), staff, sizes, dice) for number in range(visits)]
    wanted = _pinned(wanted, staff, dice)
    problem = Problem(
        crews=staff,
        visits=wanted,
        travel_minutes=travel(places),
        weights=weights or Weights(unfamiliar_crew=20),
        late_at_most=240,
    )
    return problem, places


def travel(places: Sequence[tuple[float, float]]) -> list[list[float]]:
    """Minutes between all places."""
    return [[math.dist(a, b) * KM_FACTOR / KM_PER_MINUTE for b in places] for a in places]


def _around(x: float, y: float, far: float, dice: random.Random) -> tuple[float, float]:
    angle = dice.uniform(0, 2 * math.pi)
    return x + far * math.cos(angle), y + far * math.sin(angle)


def _crew(number: int, home: int, dice: random.Random) -> Crew:
    opens = dice.choice((450, 480, 480, 510))
    skills = frozenset(skill for skill in SKILLS if dice.random() < 0.6)
    return Crew(
        code=f"c{number:02d}",
        start_place=home,
        end_place=home,
        opens=opens,
        closes=opens + 510,
        overtime_at_most=300,
        breaks=(Break(minutes=30, opens=660, closes=840),),
        skills=skills,
        drive_factor=1 / dice.uniform(0.9, 1.15),
    )


def _visit(number: int, place: int, staff: Sequence[Crew], sizes: Sequence[int], dice: random.Random) -> Visit:
    work = dice.uniform(90, 240)
    opens, closes = _window(dice)
    skills = frozenset([dice.choice(SKILLS)] if dice.random() < 0.25 else [])
    able = [crew.code for crew in staff if skills <= crew.skills] or [crew.code for crew in staff]
    preferred = frozenset([dice.choice(able)] if dice.random() < 0.72 else [])
    others = [crew.code for crew in staff if crew.code not in preferred]
    forbidden = frozenset(dice.sample(others, min(2, len(others)))) if dice.random() < 0.05 else frozenset()
    draw = dice.random()
    return Visit(
        code=f"v{number:03d}",
        place=place,
        opens=opens,
        closes=closes,
        minutes=work / 2,
        minutes_by_crew={crew.code: work / size for crew, size in zip(staff, sizes, strict=True)},
        skills=skills,
        preferred_crews=preferred,
        forbidden_crews=forbidden,
        worth=dice.uniform(40, 120) if draw < 0.08 else None,
        crews_needed=2 if 0.08 <= draw < 0.095 else 1,
    )


def _window(dice: random.Random) -> tuple[float, float]:
    kind = dice.choices(("am", "pm", "two hours", "open"), (30, 20, 30, 20))[0]
    if kind == "two hours":
        opens = dice.choice(range(480, 841, 30))
        return opens, opens + 120
    return WINDOWS[kind][:2]


def _pinned(visits: list[Visit], staff: Sequence[Crew], dice: random.Random) -> list[Visit]:
    """One visit in twenty is settled, at most one for a crew; those of two crews get their minute."""
    free = list(staff)
    dice.shuffle(free)
    settled = []
    for visit in visits:
        if visit.crews_needed > 1:
            moment = 60.0 * round(dice.uniform(visit.opens, visit.closes) / 60)
            moment = min(max(moment, visit.opens), visit.closes)
            settled.append(replace(visit, opens=moment, closes=moment, minutes_by_crew={}, minutes=visit.minutes))
        elif visit.worth is None and dice.random() < 0.05 and free:
            crew = free.pop()
            moment = dice.choice((600.0, 630.0, 870.0))
            settled.append(replace(visit, skills=frozenset(), pin=Pin(crews=(crew.code,), start=moment)))
        else:
            settled.append(visit)
    return settled

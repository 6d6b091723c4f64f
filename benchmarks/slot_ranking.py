"""`python -m benchmarks.slot_ranking`: what a question about slots costs for 60 cleaners and 30 days, what it saves.

The saving is added driving when new customers take the best slot instead of a random free one; they are free on two
weekdays of two weeks, and published days stay as they are.
"""

import argparse
import random
import statistics
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from benchmarks.cleaning_world import KM_FACTOR, KM_PER_MINUTE, city_day
from benchmarks.stand import machine
from midway.core.routing.slots import PlannedDay, SlotIndex, Wish
from midway.core.routing.solve import iterations, solve

RESULTS = Path(__file__).resolve().parent / "results"
WINDOWS = [(480.0 + 60 * n, 540.0 + 60 * n) for n in range(9)]
HALF_DAYS = [(480.0, 600.0), (600.0, 720.0), (780.0, 870.0), (870.0, 960.0)]


def main() -> int:
    """Will measure and keep the result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.slot_ranking", description=__doc__)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--visits", type=int, default=230)
    parser.add_argument("--crews", type=int, default=60)
    parser.add_argument("--iterations", type=int, default=2000, help="how long each day is planned [2000]")
    parser.add_argument("--questions", type=int, default=120)
    chosen = parser.parse_args()
    days, spots = planned_days(chosen.days, chosen.visits, chosen.crews, chosen.iterations)
    at = datetime.now(tz=UTC)
    result = {"at": at.isoformat(timespec="seconds"), "machine": machine(), **measured(days, spots, chosen.questions)}
    (RESULTS / f"{at:%Y-%m-%d}-slot-ranking.json").write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")
    print(orjson.dumps(result, option=orjson.OPT_INDENT_2).decode())
    return 0


Spots = list[tuple[float, float]]


def planned_days(count: int, visits: int, crews: int, steps: int) -> tuple[list[PlannedDay], Spots]:
    """Published days of one city, and where all their places are."""
    days: list[PlannedDay] = []
    spots: Spots = []
    for number in range(count):
        problem, places = city_day(1000 + number, visits, crews, city=7)
        plan = solve(problem, seed=1, deadline=iterations(steps))
        days.append(PlannedDay(number, problem, plan, range(len(spots), len(spots) + len(places))))
        spots += places
    return days, spots


def measured(days: list[PlannedDay], spots: Spots, questions: int) -> dict[str, Any]:
    """CPU of building and asking, and the driving added by the best and by a random slot."""
    began = time.process_time()
    index = SlotIndex(days)
    building = time.process_time() - began
    dice = random.Random(1)
    took, best, by_chance = [], [], []
    for _ in range(questions):
        wish = _wish(spots, dice, WINDOWS)
        began = time.process_time()
        index.ranked(wish)
        took.append(1000 * (time.process_time() - began))
        free = {number for number in range(14) if number % 7 in dice.sample(range(5), 2)}
        slots = [slot for slot in index.ranked(replace(wish, windows=HALF_DAYS)) if slot.day in free]
        if slots:
            best.append(slots[0].added_minutes)
            by_chance.append(dice.choice(slots).added_minutes)
    return {
        "questions": questions,
        "build_cpu_seconds": round(building, 3),
        "ask_cpu_ms_median": round(statistics.median(took), 2),
        "ask_cpu_ms_p95": round(sorted(took)[int(0.95 * len(took))], 2),
        "best_added_minutes": round(statistics.mean(best), 2),
        "random_added_minutes": round(statistics.mean(by_chance), 2),
        "ratio": round(statistics.mean(best) / statistics.mean(by_chance), 3),
    }


def _wish(spots: Spots, dice: random.Random, windows: list[tuple[float, float]]) -> Wish:
    """A new customer who lives near another."""
    near = dice.choice(spots)
    home = near[0] + dice.gauss(0, 1), near[1] + dice.gauss(0, 1)
    way = np.hypot(*(np.array(spots) - home).T) * KM_FACTOR / KM_PER_MINUTE
    return Wish(dice.uniform(50, 100), windows, way, way)


if __name__ == "__main__":
    sys.exit(main())

"""What the search remembers of a visit's places is what looking again would find, and never too good to be true."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
# In plain Python, every time the search asks who does a visit for least, each place on each route is tried as well.
TRYING = """
import sys
sys.modules["numba"] = None
from midway.core.routing import choosing, inserting
from midway.core.routing.columns import COST, FREE_STAMP
from midway.core.routing.undo import copy_of
from dataclasses import replace
from midway.core.routing.solve import iterations, solve
from tests.core.routing.days import made_up_day

searched, asked, missed = choosing.choose, [], []

def tried(day, state, scratch, task):
    least = float("inf")
    for crew in range(len(state.length)):
        if choosing.may_take(day, state, crew, task):
            for position in range(1, state.length[crew] + 2):
                trial = copy_of(state)
                inserting.put(day, trial, crew, position, task)
                inserting.price(day, trial, scratch, crew)
                least = min(least, trial.sums[crew, COST] - state.sums[crew, COST])
    return least

def cheapest(day, state, scratch, task, limit, chance):
    choosing.mark_all(state)
    return choosing.cheapest(day, state, scratch, task, limit, 0.0, chance)[2]

def choose(day, state, scratch, task, limit, blink, chance):
    remembered = cheapest(day, state, scratch, task, limit, chance)
    forgotten = copy_of(state)
    forgotten.known[task, :, FREE_STAMP] = -1
    assert abs(remembered - cheapest(day, forgotten, scratch, task, limit, chance)) < 1e-6, (task, remembered)
    least = min(tried(day, state, scratch, task), limit)
    assert remembered > least - 1e-6, (task, remembered, least)
    asked.append(task)
    if remembered > least + 1e-6:
        missed.append(task)  # something paid early that would have paid off later: see `timing.follow`
    return searched(day, state, scratch, task, limit, blink, chance)

inserting.choose = choose
for seed in range({days}):
    day = made_up_day(seed, 8, 3)
    uphill = [[m * (1.3 if a < b else 1) for b, m in enumerate(row)] for a, row in enumerate(day.travel_minutes)]
    solve(replace(day, travel_minutes=uphill), seed=seed, deadline=iterations({steps}))
assert len(missed) <= 0.03 * len(asked), (len(missed), len(asked))
print(len(asked))
"""


def questions(days: int, steps: int) -> int:
    """How many were asked, all of them answered rightly."""
    done = subprocess.run(
        [sys.executable, "-c", TRYING.format(days=days, steps=steps)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT / "src"), str(ROOT)))},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return int(done.stdout)


def test_the_cheapest_place_is_found_whatever_was_remembered() -> None:
    assert questions(3, 6) > 100


@pytest.mark.slow
def test_the_cheapest_place_is_found_on_many_days() -> None:
    assert questions(20, 40) > 5_000

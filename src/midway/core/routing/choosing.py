"""Who does a task for least? Mostly somebody who comes near, or whom the customer knows."""

from typing import Any

from midway.core.routing.arrays import Day, State
from midway.core.routing.chance import share
from midway.core.routing.columns import (
    FREE_COST,
    FREE_PLACE,
    FREE_STAMP,
    PAID_COST,
    PAID_PLACE,
)
from midway.core.routing.compiled import NOBODY, NONE, compiled, inlined
from midway.core.routing.places import best_free, best_paid, may_take

Array = Any
REACH = 30
"""How many visits, from near to far, make a crew one that comes near."""
EVERYBODY = 0.1
"""How often all crews are asked all the same."""


@inlined
def mark_near(day: Day, state: State, task: int) -> None:
    """Will mark the crews that come near, or cost less than others."""
    crews = len(state.length)
    state.nearby[crews] += 1
    for rank in range(1, min(len(state.where), REACH + 1)):
        crew = state.where[day.near[task, rank]]
        if crew >= 0:
            state.nearby[crew] = state.nearby[crews]
    for column in range(day.familiar.shape[1]):
        if day.familiar[task, column] >= 0:
            state.nearby[day.familiar[task, column]] = state.nearby[crews]


@inlined
def mark_all(state: State) -> None:
    """Will mark every crew."""
    crews = len(state.length)
    state.nearby[crews] += 1
    for crew in range(crews):
        state.nearby[crew] = state.nearby[crews]


@inlined
def most_promising(state: State, task: int, limit: float, count: int) -> int:
    """The crew against which least is known, of the `count` whose dearer places nobody has looked at; or -1.

    Asking it first makes what all others must beat low, which spares most of the dearer questions.
    """
    least, found = limit, NOBODY
    for number in range(count):
        crew = state.asked[number]
        if state.known[task, crew, PAID_PLACE] == 0.0 and state.known[task, crew, PAID_COST] < least:
            least, found = state.known[task, crew, PAID_COST], crew
    return found


@inlined
def pay(
    day: Day, state: State, scratch: Array, task: int, count: int, found: tuple[int, int, float], blink: float,
    chance: Array,
) -> tuple[int, int, float]:  # fmt: skip
    """Will look at the dearer places of the `count` crews that are still to be asked; gives the best with `found`."""
    crew, position, best = found
    who = most_promising(state, task, best, count)
    while who >= 0:
        best_paid(day, state, scratch, who, task, best)
        if state.known[task, who, PAID_PLACE] > 0.0 and (blink == 0.0 or share(chance) >= blink):
            crew, position, best = who, int(state.known[task, who, PAID_PLACE]), state.known[task, who, PAID_COST]
        who = most_promising(state, task, best, count)
    return crew, position, best


@compiled
def choose(
    day: Day, state: State, scratch: Array, task: int, limit: float, blink: float, chance: Array
) -> tuple[int, int, float]:
    """The crew and position that cost least below `limit`, and what they cost; crew -1 when there is none.

    Mostly of the crews that come near, if for one of them it costs nothing but driving and who comes. A better place
    is overlooked with the probability `blink`.
    """
    is_wide = blink == 0.0 or share(chance) < EVERYBODY
    while True:
        if is_wide:
            mark_all(state)
        else:
            mark_near(day, state, task)
        crew, position, cost = cheapest(day, state, scratch, task, limit, blink, chance)
        if is_wide or (crew >= 0 and state.known[task, crew, FREE_COST] <= cost):
            return crew, position, cost
        is_wide = True


@compiled
def cheapest(
    day: Day, state: State, scratch: Array, task: int, limit: float, blink: float, chance: Array
) -> tuple[int, int, float]:
    """The same of the crews that are marked or have nothing to do yet.

    What is known comes first, because its price spares most of the dearer questions.
    """
    best, crew, position, count = limit, NOBODY, NONE, NONE
    known, crews = state.known, len(state.length)
    for who in range(crews):
        if state.nearby[who] != state.nearby[crews] and state.length[who]:
            continue
        if not may_take(day, state, who, task):
            continue
        if known[task, who, FREE_STAMP] != state.stamp[who]:
            best_free(day, state, who, task)
        if known[task, who, FREE_COST] < best and (blink == 0.0 or share(chance) >= blink):
            best, crew, position = known[task, who, FREE_COST], who, int(known[task, who, FREE_PLACE])
        if known[task, who, PAID_COST] >= best:
            continue
        if known[task, who, PAID_PLACE] == 0.0:
            state.asked[count] = who
            count += 1
        elif blink == 0.0 or share(chance) >= blink:
            best, crew, position = known[task, who, PAID_COST], who, int(known[task, who, PAID_PLACE])
    return pay(day, state, scratch, task, count, (crew, position, best), blink, chance)

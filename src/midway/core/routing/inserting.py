"""Tasks onto routes and off them, one by one or for several crews at once."""

from typing import Any

from midway.core.routing.arrays import NEVER, Day, State
from midway.core.routing.chance import below
from midway.core.routing.choosing import choose
from midway.core.routing.columns import (
    ANNOUNCED,
    COST,
    FIRST,
    FREE_STAMP,
    GROUP_COST,
    HELD,
    HOLDER,
    KNOWN_FOR,
    LEFT_OUT,
    SIZE,
    WINDOW,
    WINDOW_END,
)
from midway.core.routing.compiled import NOBODY, compiled
from midway.core.routing.timing import late, moved, price
from midway.core.routing.undo import touch

Array = Any
BLINK = 0.01
GRID = 15
"""Minutes between the starts tried for a visit of several crews."""


@compiled
def put(day: Day, state: State, crew: int, position: int, task: int) -> None:
    """Will put a task before `position` of a route; `price` must follow."""
    for place in range(state.length[crew] + 2, position, -1):
        state.route[crew, place] = state.route[crew, place - 1]
    state.route[crew, position] = task
    state.length[crew] += 1
    state.where[task] = crew
    for number in range(day.item.shape[1]):
        item = day.item[task, number]
        if item >= 0:
            state.items[item, HOLDER] = crew
            state.items[item, HELD] += 1


@compiled
def take(day: Day, state: State, task: int) -> int:
    """Will take a task off its route and say whose it was; `price` must follow."""
    crew, kept = state.where[task], 1
    for place in range(1, state.length[crew] + 2):
        node = state.route[crew, place]
        if node != task:
            state.route[crew, kept] = node
            kept += 1
    state.length[crew] -= 1
    state.where[task] = -1
    for number in range(day.item.shape[1]):
        item = day.item[task, number]
        if item >= 0:
            state.items[item, HELD] -= 1
            if state.items[item, HELD] == 0:
                state.items[item, HOLDER] = -1
    return crew


@compiled
def insert_single(
    day: Day, state: State, scratch: Array, task: int, chance: Array, saved: State, touched: Array
) -> bool:
    """Will put a visit of one crew where it costs least, if that is less than leaving it out."""
    crew, position, _ = choose(day, state, scratch, task, day.task[task, LEFT_OUT], BLINK, chance)
    if crew < 0:
        return False
    touch(state, saved, touched, crew)
    put(day, state, crew, position, task)
    price(day, state, scratch, crew)
    return True


@compiled
def insert_group(
    day: Day, state: State, scratch: Array, lead: int, chance: Array, saved: State, touched: Array
) -> bool:
    """Will find a common start and the crews for a visit of several, if that is cheaper than leaving it out."""
    size, best, best_start = day.group[lead, SIZE], day.task[lead, LEFT_OUT], NEVER
    opens, closes = day.task[lead, WINDOW], day.task[lead, WINDOW_END]
    steps = int((closes - opens) / GRID) + 1
    for attempt in range(min(steps + 1, 8)):
        start = opens + GRID * (attempt if steps < 8 else below(chance, steps))
        if attempt == min(steps + 1, 8) - 1 and day.task[lead, ANNOUNCED] < NEVER:
            start = min(max(day.task[lead, ANNOUNCED], opens), closes)
        if start > closes:
            continue
        fix_start(day, state, lead, start)
        fixed = state.window[lead, GROUP_COST]
        cost = _together(day, state, scratch, lead, best - fixed, fixed, chance)
        if cost < best:
            best, best_start = cost, start
    if best_start >= NEVER:
        state.window[lead, GROUP_COST] = 0.0
        return False
    fix_start(day, state, lead, best_start)
    for task in range(lead, lead + size):
        crew, position, _ = choose(day, state, scratch, task, best, 0.0, chance)
        if crew < 0:
            _give_up(day, state, scratch, lead, saved, touched)
            return False
        touch(state, saved, touched, crew)
        put(day, state, crew, position, task)
        price(day, state, scratch, crew)
    return True


@compiled
def _give_up(day: Day, state: State, scratch: Array, lead: int, saved: State, touched: Array) -> None:
    for task in range(lead, lead + day.group[lead, SIZE]):
        if state.where[task] >= 0:
            crew = state.where[task]
            touch(state, saved, touched, crew)
            take(day, state, task)
            price(day, state, scratch, crew)
    state.window[lead, GROUP_COST] = 0.0


@compiled
def _together(day: Day, state: State, scratch: Array, lead: int, limit: float, fixed: float, chance: Array) -> float:
    """What the cheapest crews cost for the start just fixed; they are marked on the tasks only while counting."""
    total = fixed
    for task in range(lead, lead + day.group[lead, SIZE]):
        crew, _, cost = choose(day, state, scratch, task, limit, 0.0, chance)
        if crew < 0:
            total = NEVER
            break
        total += cost
        state.where[task] = crew
    for task in range(lead, lead + day.group[lead, SIZE]):
        state.where[task] = -1
    return total


@compiled
def fix_start(day: Day, state: State, lead: int, start: float) -> None:
    """Will settle the common start of a visit of several crews."""
    for task in range(lead, lead + day.group[lead, SIZE]):
        for column in range(4):
            state.window[task, column] = start
        if state.window[task, KNOWN_FOR] != start:
            state.window[task, KNOWN_FOR] = start
            for crew in range(len(state.length)):
                state.known[task, crew, FREE_STAMP] = NOBODY
    cost = 0.0
    if day.task[lead, ANNOUNCED] < NEVER:
        cost = moved(day, start - day.task[lead, ANNOUNCED])
    state.window[lead, GROUP_COST] = cost + day.group[lead, SIZE] * late(day, state, lead, start)


@compiled
def total(day: Day, state: State) -> float:
    """What the whole plan costs."""
    cost = 0.0
    for crew in range(len(state.length)):
        cost += state.sums[crew, COST]
    for task in range(len(state.where)):
        if day.group[task, FIRST] == task:
            cost += day.task[task, LEFT_OUT] if state.where[task] < 0 else state.window[task, GROUP_COST]
    return cost

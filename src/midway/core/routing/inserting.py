"""Where does a task fit best? Every position of every crew, most of them judged in constant time."""

from typing import Any

from midway.core.routing.arrays import NEVER, Day, State
from midway.core.routing.chance import below, share
from midway.core.routing.compiled import NOBODY, NONE, compiled, inlined
from midway.core.routing.timing import EPSILON, excess, fairness, follow, late, moved, price
from midway.core.routing.undo import touch

Array = Any
BLINK = 0.01
GRID = 15
"""Minutes between the starts tried for a visit of several crews."""


@inlined
def may_take(day: Day, state: State, crew: int, task: int) -> bool:
    """Whether the crew may do the task, its times aside."""
    if day.allowed[task, crew] == 0 or state.length[crew] + 2 >= state.route.shape[1]:
        return False
    for number in range(day.item.shape[1]):
        item = day.item[task, number]
        if item >= 0 and state.holder[item] >= 0 and state.holder[item] != crew:
            return False
    if day.size[task] > 1:
        for other in range(day.first[task], day.first[task] + day.size[task]):
            if other != task and state.where[other] == crew:
                return False
    return True


@inlined
def flat_price(day: Day, state: State, crew: int, task: int) -> float:
    """What the crew's coming costs wherever it comes on its route, driving aside."""
    flat = day.extra[task, crew]
    if state.length[crew] == 0:
        flat += day.used[crew]
    if day.prices[7] > 0.0:
        worked, driven = state.worked[crew], state.driven[crew]
        flat += fairness(day, crew, worked + day.minutes[task, crew], driven) - fairness(day, crew, worked, driven)
    return flat


@inlined
def detour(day: Day, state: State, crew: int, position: int, task: int) -> float:
    """The minutes of driving that a task adds before `position`."""
    before, after = state.route[crew, position - 1], state.route[crew, position]
    extra = day.drive[before, task] + day.drive[task, after]
    if state.length[crew]:
        extra -= day.drive[before, after]
    return extra * day.factor[crew]


@inlined
def drive_price(day: Day, state: State, crew: int, added: float) -> float:
    """What added driving costs, its fairness included."""
    if day.prices[8] > 0.0:
        driven, worked = state.driven[crew], state.worked[crew]
        fair = fairness(day, crew, worked, driven + added) - fairness(day, crew, worked, driven)
        return added * day.prices[0] + fair
    return added * day.prices[0]


@compiled
def best_on(day: Day, state: State, scratch: Array, crew: int, task: int, limit: float) -> tuple[float, int]:
    """The cheapest position on one route below `limit`, as (added cost, position); (`limit`, 0) when there is none."""
    best, found = limit, NONE
    flat = flat_price(day, state, crew, task)
    if flat >= best:
        return flat, 0
    is_clean = state.soft[crew] == 0.0
    factor = day.factor[crew]
    for position in range(1, state.length[crew] + 2):
        added = flat + drive_price(day, state, crew, detour(day, state, crew, position, task))
        if added >= best:
            continue
        if is_clean:
            before, after = state.route[crew, position - 1], state.route[crew, position]
            there, on = day.drive[before, task] * factor, day.drive[task, after] * factor
            beyond = excess(day, state, crew, position, task, there, on)
            if beyond <= EPSILON:
                best, found = added, position
                continue
            # Every minute too late costs at least so much, unless one fixed price buys all of them.
            if added + min(beyond * day.prices[10], day.prices[11]) >= best:
                continue
        soft = follow(day, state, scratch, crew, position, task, best - added + state.soft[crew])
        if added + soft - state.soft[crew] < best:
            best, found = added + soft - state.soft[crew], position
    return best, found


@inlined
def recall(day: Day, state: State, scratch: Array, crew: int, task: int, limit: float) -> float:
    """What the cheapest position costs, looked for only when the route has changed since; its place is in `state`."""
    is_known = state.known_stamp[task, crew] == state.stamp[crew]
    if is_known and (state.known_place[task, crew] > 0 or state.known_cost[task, crew] >= limit):
        return state.known_cost[task, crew]
    cost, place = best_on(day, state, scratch, crew, task, limit)
    state.known_stamp[task, crew] = state.stamp[crew]
    state.known_cost[task, crew], state.known_place[task, crew] = cost, place
    return cost


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
            state.holder[item] = crew
            state.held[item] += 1


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
            state.held[item] -= 1
            if state.held[item] == 0:
                state.holder[item] = -1
    return crew


@compiled
def insert_single(
    day: Day, state: State, scratch: Array, task: int, chance: Array, saved: State, touched: Array
) -> bool:
    """Will put a visit of one crew where it costs least, if that is less than leaving it out."""
    best, crew = day.left_out[task], NOBODY
    for turn in range(2):
        for candidate in range(len(state.length)):
            is_known = state.known_stamp[task, candidate] == state.stamp[candidate]
            if is_known == (turn == 1) or not may_take(day, state, candidate, task):
                continue
            cost = recall(day, state, scratch, candidate, task, best)
            if cost < best and share(chance) >= BLINK:
                best, crew = cost, candidate
    if crew < 0:
        return False
    touch(state, saved, touched, crew)
    put(day, state, crew, state.known_place[task, crew], task)
    price(day, state, scratch, crew)
    return True


@compiled
def insert_group(
    day: Day, state: State, scratch: Array, lead: int, chance: Array, saved: State, touched: Array
) -> bool:
    """Will find a common start and the crews for a visit of several, if that is cheaper than leaving it out."""
    size, best, best_start = day.size[lead], day.left_out[lead], NEVER
    opens, closes = day.window[lead, 0], day.window[lead, 1]
    steps = int((closes - opens) / GRID) + 1
    for attempt in range(min(steps + 1, 8)):
        start = opens + GRID * (attempt if steps < 8 else below(chance, steps))
        if attempt == min(steps + 1, 8) - 1 and day.announced[lead] < NEVER:
            start = min(max(day.announced[lead], opens), closes)
        if start > closes:
            continue
        fix_start(day, state, lead, start)
        fixed = state.group_cost[lead]
        cost = _together(day, state, scratch, lead, best - fixed, fixed)
        if cost < best:
            best, best_start = cost, start
    if best_start >= NEVER:
        state.group_cost[lead] = 0.0
        return False
    fix_start(day, state, lead, best_start)
    for task in range(lead, lead + size):
        crew, position, _ = _cheapest(day, state, scratch, task, best)
        if crew < 0:
            _give_up(day, state, scratch, lead, saved, touched)
            return False
        touch(state, saved, touched, crew)
        put(day, state, crew, position, task)
        price(day, state, scratch, crew)
    return True


@compiled
def _give_up(day: Day, state: State, scratch: Array, lead: int, saved: State, touched: Array) -> None:
    for task in range(lead, lead + day.size[lead]):
        if state.where[task] >= 0:
            crew = state.where[task]
            touch(state, saved, touched, crew)
            take(day, state, task)
            price(day, state, scratch, crew)
    state.group_cost[lead] = 0.0


@compiled
def _together(day: Day, state: State, scratch: Array, lead: int, limit: float, fixed: float) -> float:
    """What the cheapest crews cost for the start just fixed; they are marked on the tasks only while counting."""
    total = fixed
    for task in range(lead, lead + day.size[lead]):
        crew, _, cost = _cheapest(day, state, scratch, task, limit)
        if crew < 0:
            total = NEVER
            break
        total += cost
        state.where[task] = crew
    for task in range(lead, lead + day.size[lead]):
        state.where[task] = -1
    return total


@compiled
def _cheapest(day: Day, state: State, scratch: Array, task: int, limit: float) -> tuple[int, int, float]:
    best, crew, position = limit, NOBODY, NONE
    for candidate in range(len(state.length)):
        if may_take(day, state, candidate, task):
            cost, place = best_on(day, state, scratch, candidate, task, best)
            if place and cost < best:
                best, crew, position = cost, candidate, place
    return crew, position, best


@compiled
def fix_start(day: Day, state: State, lead: int, start: float) -> None:
    """Will settle the common start of a visit of several crews."""
    for task in range(lead, lead + day.size[lead]):
        for column in range(4):
            state.window[task, column] = start
    cost = 0.0
    if day.announced[lead] < NEVER:
        cost = moved(day, start - day.announced[lead])
    state.group_cost[lead] = cost + day.size[lead] * late(day, state, lead, start)


@compiled
def total(day: Day, state: State) -> float:
    """What the whole plan costs."""
    cost = 0.0
    for crew in range(len(state.cost)):
        cost += state.cost[crew]
    for task in range(len(state.where)):
        if day.first[task] == task:
            cost += day.left_out[task] if state.where[task] < 0 else state.group_cost[task]
    return cost

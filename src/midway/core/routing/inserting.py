"""Where does a task fit best? Every position of every crew, most of them judged in constant time."""

from typing import Any

from midway.core.routing.arrays import NEVER, Day, State
from midway.core.routing.chance import below, share
from midway.core.routing.columns import (
    ALLOWED,
    ANNOUNCED,
    COST,
    DRIVEN,
    EXTRA,
    FACTOR,
    FIRST,
    FREE_COST,
    FREE_PLACE,
    FREE_STAMP,
    GROUP_COST,
    HELD,
    HOLDER,
    LEFT_OUT,
    MINUTES,
    OPENS,
    PAID_COST,
    PAID_PLACE,
    PRICE_DRIVE,
    PRICE_FAIR_DRIVE,
    PRICE_FAIR_WORK,
    PRICE_FIXED,
    PRICE_MINUTE,
    SIZE,
    SOFT,
    USED,
    WINDOW,
    WINDOW_END,
    WORKED,
)
from midway.core.routing.compiled import NOBODY, NONE, compiled, inlined
from midway.core.routing.timing import EPSILON, excess, fairness, follow, late, least_at_end, least_paid, moved, price
from midway.core.routing.undo import touch

Array = Any
BLINK = 0.01
GRID = 15
"""Minutes between the starts tried for a visit of several crews."""


@inlined
def may_take(day: Day, state: State, crew: int, task: int) -> bool:
    """Whether the crew may do the task, its times aside."""
    if day.pair[task, crew, ALLOWED] == 0 or state.length[crew] + 2 >= state.route.shape[1]:
        return False
    for number in range(day.item.shape[1]):
        item = day.item[task, number]
        if item >= 0 and state.items[item, HOLDER] >= 0 and state.items[item, HOLDER] != crew:
            return False
    if day.group[task, SIZE] > 1:
        for other in range(day.group[task, FIRST], day.group[task, FIRST] + day.group[task, SIZE]):
            if other != task and state.where[other] == crew:
                return False
    return True


@inlined
def flat_price(day: Day, state: State, crew: int, task: int) -> float:
    """What the crew's coming costs wherever it comes on its route, driving aside."""
    flat = day.pair[task, crew, EXTRA]
    if state.length[crew] == 0:
        flat += day.crew[crew, USED]
    if day.prices[PRICE_FAIR_WORK] > 0.0:
        worked, driven = state.sums[crew, WORKED], state.sums[crew, DRIVEN]
        more = worked + day.pair[task, crew, MINUTES]
        flat += fairness(day, crew, more, driven) - fairness(day, crew, worked, driven)
    return flat


@inlined
def detour(day: Day, state: State, crew: int, position: int, task: int) -> float:
    """The minutes of driving that a task adds before `position`."""
    before, after = state.route[crew, position - 1], state.route[crew, position]
    extra = day.drive[before, task] + day.drive[task, after]
    if state.length[crew]:
        extra -= day.drive[before, after]
    return extra * day.crew[crew, FACTOR]


@inlined
def drive_price(day: Day, state: State, crew: int, added: float) -> float:
    """What added driving costs, its fairness included."""
    if day.prices[PRICE_FAIR_DRIVE] > 0.0:
        driven, worked = state.sums[crew, DRIVEN], state.sums[crew, WORKED]
        fair = fairness(day, crew, worked, driven + added) - fairness(day, crew, worked, driven)
        return added * day.prices[PRICE_DRIVE] + fair
    return added * day.prices[PRICE_DRIVE]


@inlined
def best_free(day: Day, state: State, crew: int, task: int) -> None:
    """Will find and note the cheapest position on a route that costs nothing but driving and who comes."""
    best, found, least, shortest = NEVER, NONE, NEVER, NEVER
    factor = day.crew[crew, FACTOR]
    flat = flat_price(day, state, crew, task)
    is_clean = state.sums[crew, SOFT] == 0.0
    for position in range(1, state.length[crew] + 2):
        more = detour(day, state, crew, position, task)
        added = flat + drive_price(day, state, crew, more)
        least, shortest = min(least, added), min(shortest, more)
        if is_clean and added < best:
            before, after = state.route[crew, position - 1], state.route[crew, position]
            there, on = day.drive[before, task] * factor, day.drive[task, after] * factor
            if excess(day, state, crew, position, task, there, on) <= EPSILON:
                best, found = added, position
    known = state.known
    known[task, crew, FREE_STAMP] = state.stamp[crew]
    known[task, crew, FREE_COST], known[task, crew, FREE_PLACE] = best, found
    # Nothing on this route can cost less than its shortest detour, and what that makes of the end of the day.
    end = busy_until(day, state, crew, task) + shortest
    least += max(0.0, least_at_end(day, crew, end, end) - state.sums[crew, SOFT])
    known[task, crew, PAID_COST], known[task, crew, PAID_PLACE] = least, NONE


@inlined
def busy_until(day: Day, state: State, crew: int, task: int) -> float:
    """When all driving and work of a day are done at the soonest, with a task more, its detour aside."""
    done = state.sums[crew, DRIVEN] + state.sums[crew, WORKED] + day.pair[task, crew, MINUTES]
    return day.crew[crew, OPENS] + done


@inlined
def best_paid(day: Day, state: State, scratch: Array, crew: int, task: int, limit: float) -> None:
    """Will find and note the cheapest position below `limit` at which lateness, overtime and the like are paid for."""
    best, found = limit, NONE
    flat, factor, soft_now = flat_price(day, state, crew, task), day.crew[crew, FACTOR], state.sums[crew, SOFT]
    busy = busy_until(day, state, crew, task)
    for position in range(1, state.length[crew] + 2):
        more = detour(day, state, crew, position, task)
        added = flat + drive_price(day, state, crew, more)
        if added >= best or added + least_at_end(day, crew, busy + more, busy + more) - soft_now >= best:
            continue
        if soft_now == 0.0:
            before, after = state.route[crew, position - 1], state.route[crew, position]
            there, on = day.drive[before, task] * factor, day.drive[task, after] * factor
            beyond = excess(day, state, crew, position, task, there, on)
            # Every minute too late costs at least so much, unless one fixed price buys all of them.
            if beyond <= EPSILON or added + min(beyond * day.prices[PRICE_MINUTE], day.prices[PRICE_FIXED]) >= best:
                continue
        if added + least_paid(day, state, crew, position, task) - soft_now >= best:
            continue
        soft = follow(day, state, scratch, crew, position, task, best - added + soft_now) - soft_now
        if added + soft < best:
            best, found = added + soft, position
    state.known[task, crew, PAID_COST], state.known[task, crew, PAID_PLACE] = best, found


@inlined
def most_promising(day: Day, state: State, task: int, limit: float) -> int:
    """The crew of which least is known to be against it, of those whose dearer places nobody has looked at; or -1.

    Asking it first makes what all others must beat low, which spares most of the dearer questions.
    """
    least, found = limit, NOBODY
    for crew in range(len(state.length)):
        is_open = state.known[task, crew, PAID_PLACE] == 0.0 and state.known[task, crew, PAID_COST] < least
        if is_open and may_take(day, state, crew, task):
            least, found = state.known[task, crew, PAID_COST], crew
    return found


@compiled
def choose(
    day: Day, state: State, scratch: Array, task: int, limit: float, blink: float, chance: Array
) -> tuple[int, int, float]:
    """The crew and position that cost least below `limit`, and what they cost; crew -1 when there is none.

    What is free of other costs comes first, because its price spares most of the dearer questions. A better place is
    overlooked with the probability `blink`.
    """
    best, crew, position = limit, NOBODY, NONE
    known = state.known
    for candidate in range(len(state.length)):
        if may_take(day, state, candidate, task):
            if known[task, candidate, FREE_STAMP] != state.stamp[candidate]:
                best_free(day, state, candidate, task)
            if known[task, candidate, FREE_COST] < best and (blink == 0.0 or share(chance) >= blink):
                best, crew = known[task, candidate, FREE_COST], candidate
                position = int(known[task, candidate, FREE_PLACE])
    for candidate in range(len(state.length)):
        is_found = known[task, candidate, PAID_PLACE] > 0.0 and known[task, candidate, PAID_COST] < best
        if is_found and may_take(day, state, candidate, task) and (blink == 0.0 or share(chance) >= blink):
            best, crew = known[task, candidate, PAID_COST], candidate
            position = int(known[task, candidate, PAID_PLACE])
    candidate = most_promising(day, state, task, best)
    while candidate >= 0:
        best_paid(day, state, scratch, candidate, task, best)
        is_found = known[task, candidate, PAID_PLACE] > 0.0
        if is_found and (blink == 0.0 or share(chance) >= blink):
            best, crew = known[task, candidate, PAID_COST], candidate
            position = int(known[task, candidate, PAID_PLACE])
        candidate = most_promising(day, state, task, best)
    return crew, position, best


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

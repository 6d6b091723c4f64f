"""What a task would cost on one route: at every position, most of them judged in constant time."""

from typing import Any

from midway.core.routing.arrays import NEVER, Day, State
from midway.core.routing.columns import (
    ALLOWED,
    DRIVEN,
    EXTRA,
    FACTOR,
    FIRST,
    FREE_COST,
    FREE_PLACE,
    FREE_STAMP,
    HOLDER,
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
    WORKED,
)
from midway.core.routing.compiled import NONE, inlined
from midway.core.routing.timing import EPSILON, excess, fairness, follow, least_at_end, least_paid

Array = Any


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
    extra = day.toward[task, before] + day.drive[task, after]
    if state.length[crew]:
        extra -= state.leg[crew, position]
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
            there, on = day.toward[task, before] * factor, day.drive[task, after] * factor
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
            there, on = day.toward[task, before] * factor, day.drive[task, after] * factor
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

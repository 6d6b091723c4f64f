"""The search: slack induction by string removals, Christiaens and Vanden Berghe, Transportation Science 54 (2020).

Each step takes a few neighbouring visits out and puts them back one by one at their cheapest position, overlooking
one position in a hundred; a worse plan is accepted as simulated annealing would. What the paper does not have:
visits of several crews go out and in together, and a step may also take out visits at random or a whole day.
"""

import math
from typing import Any

from midway.core.routing.arrays import Day, State
from midway.core.routing.chance import below, share
from midway.core.routing.columns import CHOICE, LEFT_OUT, MINUTES, SIZE, WINDOW, WINDOW_END
from midway.core.routing.compiled import NONE, compiled, entry
from midway.core.routing.inserting import insert_group, insert_single, put, total
from midway.core.routing.ruin import ruin
from midway.core.routing.timing import price
from midway.core.routing.undo import clear, copy_all, copy_rest, copy_some, go_back

Array = Any


@compiled
def begin(
    day: Day, state: State, best: State, scratch: Array, chance: Array, absent: Array, count: int, keys: Array,
    saved: State, touched: Array, orders: Array, lengths: Array,
) -> int:  # fmt: skip
    """Will put each crew's tasks on its route in the order given, and then the absent where they fit best."""
    for crew in range(len(lengths)):
        for number in range(lengths[crew]):
            put(day, state, crew, number + 1, orders[crew, number])
        price(day, state, scratch, crew)
    left = NONE
    for number in range(count):
        if state.where[absent[number]] < 0:
            absent[left] = absent[number]
            left += 1
    left = recreate(day, state, scratch, chance, absent, left, keys, saved, touched)
    copy_all(state, best)
    return left


@compiled
def recreate(
    day: Day, state: State, scratch: Array, chance: Array, absent: Array, count: int, keys: Array,
    saved: State, touched: Array,
) -> int:  # fmt: skip
    """Will put the absent visits back, in one of several orders; those that find no place stay in `absent`."""
    _order(day, chance, absent, count, keys)
    left = NONE
    for number in range(count):
        lead = absent[number]
        if day.group[lead, SIZE] == 1:
            done = insert_single(day, state, scratch, lead, chance, saved, touched)
        else:
            done = insert_group(day, state, scratch, lead, chance, saved, touched)
        if not done:
            absent[left] = lead
            left += 1
    return left


@compiled
def _order(day: Day, chance: Array, absent: Array, count: int, keys: Array) -> None:
    """Will sort by chance, length, distance (both ways), width and place of the window, choice of crews, or price."""
    kind = below(chance, 12)
    for number in range(count):
        keys[number] = _key(day, chance, absent[number], kind)
    for number in range(1, count):
        key, task, at = keys[number], absent[number], number
        while at > 0 and keys[at - 1] > key:
            keys[at], absent[at] = keys[at - 1], absent[at - 1]
            at -= 1
        keys[at], absent[at] = key, task


@compiled
def _key(day: Day, chance: Array, task: int, kind: int) -> float:
    opens, closes = day.task[task, WINDOW], day.task[task, WINDOW_END]
    if kind == 0:
        return -day.pair[task, 0, MINUTES]
    if kind == 1:
        return -day.drive[len(day.group), task]
    if kind == 2:
        return day.drive[len(day.group), task]
    if kind == 3:
        return closes - opens
    if kind == 4:
        return opens
    if kind == 5:
        return -closes
    if kind == 6:
        return day.task[task, CHOICE]
    if kind == 7:
        return -day.task[task, LEFT_OUT]
    return share(chance)


@entry
def anneal(
    day: Day, state: State, best: State, saved: State, scratch: Array, chance: Array, absent: Array, count: int,
    before: Array, touched: Array, keys: Array, orders: Array, lengths: Array, steps: int, size: int,
    hot: float, cold: float,
) -> int:  # fmt: skip
    """Will search for `steps` steps while cooling from `hot` to `cold`; `best` keeps the best plan seen.

    `absent[:count]` are the visits that `state` leaves out; gives their new number.
    With 0 steps, it begins: see `begin`.
    """
    if steps == 0:
        return begin(day, state, best, scratch, chance, absent, count, keys, saved, touched, orders, lengths)
    cost, least = total(day, state), total(day, best)
    for step in range(steps):
        temperature = hot * math.pow(cold / hot, step / steps)
        copy_rest(state, saved)
        clear(touched)
        copy_some(absent, before, count)
        out = ruin(day, state, scratch, chance, absent, count, size, saved, touched)
        out = recreate(day, state, scratch, chance, absent, out, keys, saved, touched)
        found = total(day, state)
        if found < cost - temperature * math.log(1.0 - share(chance)):
            cost, count = found, out
            if cost < least - 1e-9:
                least = cost
                copy_all(state, best)
        else:
            go_back(state, saved, touched)
            copy_some(before, absent, count)
    return count

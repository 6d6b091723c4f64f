"""Taking part of a plan apart: strings of neighbouring visits (SISR), or chance, or a whole crew's day."""

from typing import Any

from midway.core.routing.arrays import Day, State
from midway.core.routing.chance import below, share
from midway.core.routing.columns import FIRST, GROUP_COST, PINNED, SIZE
from midway.core.routing.compiled import compiled
from midway.core.routing.inserting import take
from midway.core.routing.timing import price
from midway.core.routing.undo import touch

Array = Any


@compiled
def remove_visit(
    day: Day, state: State, scratch: Array, task: int, absent: Array, count: int, saved: State, touched: Array
) -> int:
    """Will take a visit off the routes of all its crews and add it to the absent; gives their new number."""
    lead = day.group[task, FIRST]
    for each in range(lead, lead + day.group[lead, SIZE]):
        crew = state.where[each]
        touch(state, saved, touched, crew)
        take(day, state, each)
        touched[crew] = 2
    state.window[lead, GROUP_COST] = 0.0
    absent[count] = lead
    return count + 1


@compiled
def price_touched(day: Day, state: State, scratch: Array, touched: Array) -> None:
    """Will renew the routes that tasks were taken from."""
    for crew in range(len(touched)):
        if touched[crew] == 2:
            touched[crew] = 1
            price(day, state, scratch, crew)


@compiled
def ruin(
    day: Day, state: State, scratch: Array, chance: Array, absent: Array, count: int, size: int,
    saved: State, touched: Array,
) -> int:  # fmt: skip
    """Will take some visits out, mostly strings; `absent[:count]` are out already. Gives their new number."""
    dart = share(chance)
    if dart < 0.85:
        count = _strings(day, state, scratch, chance, absent, count, size, saved, touched)
    elif dart < 0.95:
        for _ in range(1 + below(chance, size)):
            count = _remove_if_free(day, state, scratch, below(chance, len(state.where)), absent, count, saved, touched)
    else:
        count = _whole_day(day, state, scratch, chance, absent, count, saved, touched)
    price_touched(day, state, scratch, touched)
    return count


@compiled
def _remove_if_free(
    day: Day, state: State, scratch: Array, task: int, absent: Array, count: int, saved: State, touched: Array
) -> int:
    if state.where[task] < 0 or day.task[task, PINNED]:
        return count
    return remove_visit(day, state, scratch, task, absent, count, saved, touched)


@compiled
def _whole_day(
    day: Day, state: State, scratch: Array, chance: Array, absent: Array, count: int, saved: State, touched: Array
) -> int:
    crew = below(chance, len(state.length))
    for position in range(state.length[crew], 0, -1):
        task = state.route[crew, position]
        count = _remove_if_free(day, state, scratch, task, absent, count, saved, touched)
    return count


@compiled
def _strings(
    day: Day, state: State, scratch: Array, chance: Array, absent: Array, count: int, size: int,
    saved: State, touched: Array,
) -> int:  # fmt: skip
    """Christiaens and Vanden Berghe (2020), section 5.1: a string from each of some routes near a seed."""
    tasks, crews, served, working = len(state.where), len(state.length), 0, 0
    for crew in range(crews):
        served += state.length[crew]
        working += state.length[crew] > 0
    if served == 0:
        return count
    longest = min(10.0, served / working)
    strings = int(share(chance) * (4.0 * size / (1.0 + longest) - 1.0)) + 1
    seed = below(chance, tasks)
    for rank in range(tasks):
        neighbour = day.near[seed, rank]
        crew = state.where[neighbour]
        if strings == 0:
            break
        if crew >= 0 and touched[crew] == 0:
            most = min(float(state.length[crew]), longest)
            length = int(1.0 + share(chance) * most)
            count = _string(
                day, state, scratch, chance, neighbour, min(length, state.length[crew]), absent, count, saved, touched
            )
            strings -= 1
    return count


@compiled
def _string(
    day: Day, state: State, scratch: Array, chance: Array, task: int, length: int, absent: Array, count: int,
    saved: State, touched: Array,
) -> int:  # fmt: skip
    """Will take `length` tasks that lie together around `task`; now and then sparing some in their middle."""
    crew, at = state.where[task], 1
    while state.route[crew, at] != task:
        at += 1
    whole, spared = length, 0
    if length > 1 and share(chance) < 0.5:
        while whole < state.length[crew] and share(chance) > 0.01:
            whole += 1
            spared += 1
            if share(chance) < 0.5:
                break
    first = max(1, at - below(chance, whole))
    first = min(first, state.length[crew] - whole + 1)
    spared_from = first + (below(chance, whole - spared) if spared else 0)
    touch(state, saved, touched, crew)
    for position in range(first, first + whole):
        if spared and spared_from <= position < spared_from + spared:
            continue
        count = _remove_if_free(day, state, scratch, saved.route[crew, position], absent, count, saved, touched)
    return count

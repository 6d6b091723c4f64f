"""Going back: what a step of the search changes is saved first, route by route."""

from typing import Any

from midway.core.routing.arrays import State
from midway.core.routing.columns import COST, DRIVEN, SOFT, WORKED
from midway.core.routing.compiled import compiled, inlined

Array = Any


def copy_of(state: State) -> State:
    """The same plan, to be changed on its own."""
    return State(*(part.copy() for part in state))


@compiled
def copy_route(source: State, target: State, crew: int) -> None:
    """Will copy all that is known of one route."""
    count = source.length[crew] + 2
    target.length[crew], target.stamp[crew] = source.length[crew], source.stamp[crew]
    target.sums[crew, COST], target.sums[crew, SOFT] = source.sums[crew, COST], source.sums[crew, SOFT]
    target.sums[crew, DRIVEN], target.sums[crew, WORKED] = source.sums[crew, DRIVEN], source.sums[crew, WORKED]
    for position in range(count):
        target.route[crew, position] = source.route[crew, position]
        target.leg[crew, position] = source.leg[crew, position]
        for way in range(source.soonest.shape[2]):
            target.soonest[crew, position, way] = source.soonest[crew, position, way]
            target.latest[crew, position, way] = source.latest[crew, position, way]


@compiled
def copy_rest(source: State, target: State) -> None:
    """Will copy what is not kept by route."""
    for task in range(len(source.where)):
        target.where[task] = source.where[task]
        for column in range(5):
            target.window[task, column] = source.window[task, column]
    for item in range(len(source.items)):
        target.items[item, 0], target.items[item, 1] = source.items[item, 0], source.items[item, 1]


@compiled
def copy_some(source: Array, target: Array, count: int) -> None:
    """Will copy the first `count`."""
    for number in range(count):
        target[number] = source[number]


@compiled
def clear(numbers: Array) -> None:
    """Will set all to 0."""
    for number in range(len(numbers)):
        numbers[number] = 0


@inlined
def touch(state: State, saved: State, touched: Array, crew: int) -> None:
    """Will save a route the first time it is about to change in this step."""
    if touched[crew] == 0:
        touched[crew] = 1
        copy_route(state, saved, crew)


@compiled
def go_back(state: State, saved: State, touched: Array) -> None:
    """Will undo the step."""
    for crew in range(len(touched)):
        if touched[crew]:
            copy_route(saved, state, crew)
    copy_rest(saved, state)


@compiled
def copy_all(source: State, target: State) -> None:
    """Will copy the whole plan."""
    for crew in range(len(source.length)):
        copy_route(source, target, crew)
    copy_rest(source, target)

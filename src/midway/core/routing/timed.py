"""An order of visits by hand, written out as a plan with times and cost: what a dragged visit would mean."""

from collections.abc import Mapping, Sequence

from midway.core.routing.arrays import day_of, empty_state
from midway.core.routing.problem import Plan, Problem
from midway.core.routing.timetable import plan_of


def timed_plan(
    problem: Problem, orders: Mapping[str, Sequence[str]], *, starts: Mapping[str, float] | None = None
) -> Plan:
    """Will give each crew its visits in the order told, at the cheapest times for that order.

    `starts` fixes the common start of visits of several crews; without it, they start as their window opens. Nothing
    is refused: what the plan breaks is for `verify.violations` to say. Raises KeyError for a visit not of the day.
    """
    day, tasks = day_of(problem)
    state = empty_state(day)
    waiting: dict[str, list[int]] = {}
    for task, visit in enumerate(tasks):
        waiting.setdefault(visit.code, []).append(task)
        if visit.pin is not None:
            state.window[task, :4] = visit.pin.start
        elif visit.crews_needed > 1:
            state.window[task, :4] = (starts or {}).get(visit.code, visit.opens)
    for number, crew in enumerate(problem.crews):
        order = [waiting[code].pop() for code in orders.get(crew.code, ())]
        state.route[number, 1 : len(order) + 1] = order
        state.route[number, len(order) + 1] = len(tasks) + len(problem.crews) + number
        state.length[number] = len(order)
        state.where[order] = number
    return plan_of(problem, day, state, tasks, 0)

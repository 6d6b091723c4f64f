"""The day as VROOM can be told it: crews' own times, skills, lunch. It has no price for overtime, so there are two
ways, without and with a free hour of it; no lateness; and what may be left out is never weighed against minutes."""

from datetime import timedelta
from typing import Any

import numpy as np

from benchmarks.days.desk import Orders
from benchmarks.days.told import HOUR, Told
from benchmarks.rivals import stretched

MUST, MAY = 100, 10
SECONDS = 60


def by_the_clock(day: Told, seconds: float, seed: int) -> Orders:
    """Nobody works longer than their shift."""
    return _solved(day, seconds, 0)


def with_overtime(day: Told, seconds: float, seed: int) -> Orders:
    """Everybody may work an hour longer, which VROOM takes to cost nothing."""
    return _solved(day, seconds, HOUR)


def _solved(day: Told, seconds: float, overtime: int) -> Orders:
    def run(limit: float) -> Any:
        return _model(day, overtime).solve(exploration_level=5, nb_threads=1, timeout=timedelta(seconds=limit))

    table = stretched(run, seconds).routes
    orders: Orders = {crew.code: [] for crew in day.problem.crews}
    for crew, rows in table[table["type"] == "job"].groupby("vehicle_id"):
        orders[day.problem.crews[int(crew)].code] = [day.tasks[int(task)].code for task in rows["id"]]
    return orders


def _model(day: Told, overtime: int) -> Any:
    import vroom

    model, skills = vroom.Input(), _skills(day)
    for number, crew in enumerate(day.problem.crews):
        model.set_durations_matrix(profile=crew.code, matrix_input=_whole(day.drives(number)))
        model.set_costs_matrix(profile=crew.code, matrix_input=_whole(day.costs(number)))
        latest = crew.closes + day.overtime(number, overtime)
        window = vroom.TimeWindow(round(crew.opens * SECONDS), round(latest * SECONDS))
        lunch = [_lunch(rule, number) for rule in crew.breaks]
        able = {skill for crews, skill in skills.items() if number in crews}
        model.add_vehicle(
            vroom.Vehicle(
                number, start=day.starts[number], end=day.ends[number], profile=crew.code, skills=able,
                time_window=window, breaks=lunch, type=crew.code,
            )
        )  # fmt: skip
    for task, visit in enumerate(day.tasks):
        opens, closes = day.windows[task]
        work = {crew.code: int(np.ceil(day.minutes[task, n] * SECONDS)) for n, crew in enumerate(day.problem.crews)}
        model.add_job(
            vroom.Job(
                task, location=task, skills={skills[frozenset(day.crews_for(task))]}, service_per_type=work,
                priority=MUST if visit.is_required else MAY,
                time_windows=[vroom.TimeWindow(round(opens * SECONDS), round(closes * SECONDS))],
            )
        )  # fmt: skip
    return model


def _lunch(rule: Any, number: int) -> Any:
    import vroom

    window = vroom.TimeWindow(round(rule.opens * SECONDS), round(rule.closes * SECONDS))
    return vroom.Break(number, time_windows=[window], service=round(rule.minutes * SECONDS))


def _skills(day: Told) -> dict[frozenset[int], int]:
    """One made-up skill for each set of crews that may come somewhere."""
    sets = sorted({tuple(day.crews_for(task)) for task in range(len(day.tasks))})
    return {frozenset(crews): number for number, crews in enumerate(sets, start=1)}


def _whole(minutes: Any) -> Any:
    return np.ceil(minutes * SECONDS - 1e-6).astype(np.uint32)

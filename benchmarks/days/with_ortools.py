"""The day as OR-tools can be told it: nearly everything. Overtime beyond an hour is forbidden instead of dear; lunch is
a must for every crew, where the day only prices it."""

import time
from typing import Any

import numpy as np

from benchmarks.days.desk import Orders, is_fixed
from benchmarks.days.told import Told

TIME, COST = 100, 200


def by_ortools(day: Told, seconds: float, seed: int) -> Orders:
    """Parallel cheapest insertion, then guided local search; the model is built before the clock starts."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    crews = day.problem.crews
    manager = pywrapcp.RoutingIndexManager(len(day.drive), len(crews), list(day.starts), list(day.ends))
    routing = pywrapcp.RoutingModel(manager)
    legs = [routing.RegisterTransitMatrix(_whole(day.legs(crew), TIME)) for crew in range(len(crews))]
    routing.AddDimensionWithVehicleTransits(legs, 2880 * TIME, 2880 * TIME, False, "time")
    for crew in range(len(crews)):
        cost = routing.RegisterTransitMatrix(_whole(day.costs(crew), COST))
        routing.SetArcCostEvaluatorOfVehicle(cost, crew)
    _tasks(day, routing, manager)
    _shifts(day, routing, manager)
    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = routing_enums_pb2.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(int(seconds * 60_000))
    routing.CloseModelWithParameters(parameters)
    until = time.process_time() + seconds
    routing.AddSearchMonitor(routing.solver().CustomLimit(lambda: time.process_time() >= until))
    solution = routing.SolveWithParameters(parameters)
    return {crew.code: _order(day, routing, manager, solution, n) for n, crew in enumerate(crews)}


def _whole(minutes: Any, units: int) -> list[list[int]]:
    found: list[list[int]] = np.ceil(minutes * units - 1e-6).astype(np.int64).tolist()
    return found


def _tasks(day: Told, routing: Any, manager: Any) -> None:
    times = routing.GetDimensionOrDie("time")
    late = round(day.problem.weights.late_minute * COST / TIME)
    for task, visit in enumerate(day.tasks):
        index = manager.NodeToIndex(task)
        opens, closes = (round(edge * TIME) for edge in day.windows[task])
        if is_fixed(visit):
            times.CumulVar(index).SetRange(opens, closes)
        else:
            times.CumulVar(index).SetRange(opens, closes + round(day.problem.late_at_most * TIME))
            times.SetCumulVarSoftUpperBound(index, closes, late)
        routing.AddDisjunction([index], round(day.prices[task] * COST))
        routing.VehicleVar(index).SetValues([-1, *day.crews_for(task)])


def _shifts(day: Told, routing: Any, manager: Any) -> None:
    """From when to when each crew works, what overtime costs, and lunch."""
    times, solver = routing.GetDimensionOrDie("time"), routing.solver()
    over = round(day.problem.weights.overtime_minute * COST / TIME)
    for number, crew in enumerate(day.problem.crews):
        opens, closes = round(crew.opens * TIME), round(crew.closes * TIME)
        times.CumulVar(routing.Start(number)).SetRange(opens, opens)
        times.CumulVar(routing.End(number)).SetRange(opens, closes + round(day.overtime(number) * TIME))
        times.SetCumulVarSoftUpperBound(routing.End(number), closes, over)
        work = [0] * routing.Size()
        for task in range(len(day.tasks)):
            work[manager.NodeToIndex(task)] = int(np.ceil(day.minutes[task, number] * TIME))
        breaks = []
        for rule in crew.breaks:
            edges = (round(minutes * TIME) for minutes in (rule.opens, rule.closes, rule.minutes))
            breaks.append(solver.FixedDurationIntervalVar(*edges, False, f"lunch {number}"))
        times.SetBreakIntervalsOfVehicle(breaks, number, work)


def _order(day: Told, routing: Any, manager: Any, solution: Any, crew: int) -> list[str]:
    order: list[str] = []
    if solution is None:
        return order
    index = solution.Value(routing.NextVar(routing.Start(crew)))
    while not routing.IsEnd(index):
        order.append(day.tasks[manager.IndexToNode(index)].code)
        index = solution.Value(routing.NextVar(index))
    return order

"""Other solvers on the same textbook instances, each in its ordinary configuration: PyVRP, OR-tools, VROOM."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from midway.core.routing.classic import Instance

Routes = list[list[int]]


class CpuStop:
    """A stopping criterion for PyVRP: process CPU seconds from the first call on."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._began = seconds, time.process_time()

    def __call__(self, *_: Any) -> bool:
        return time.process_time() - self._began >= self._seconds


def by_pyvrp(instance: Instance, seconds: float, seed: int) -> Routes:
    """PyVRP through its data object."""
    from pyvrp import Model

    model, stop = Model(), CpuStop(seconds)
    places = range(len(instance.demand))
    spots = [model.add_location(0, n) for n in places]
    depot = model.add_depot(spots[0], tw_early=instance.windows[0][0], tw_late=instance.windows[0][1])
    for n in places[1:]:
        early, late = instance.windows[n]
        model.add_client(
            spots[n], instance.demand[n], service_duration=instance.service[n], tw_early=early, tw_late=late
        )
    model.add_vehicle_type(instance.vehicles, instance.capacity, start_depot=depot, end_depot=depot)
    for a in places:
        for b in places:
            way = instance.distance[a][b]
            model.add_edge(spots[a], spots[b], distance=way, duration=way)
    best = model.solve(stop, seed=seed, collect_stats=False, display=False).best
    # Clients are numbered in the order in which they were added, from 0.
    return [[step.idx + 1 for step in route if step.is_client()] for route in best.routes()]


def by_ortools(instance: Instance, seconds: float, seed: int) -> Routes:
    """OR-tools: parallel cheapest insertion, then guided local search, stopped by CPU."""
    from ortools.constraint_solver import pywrapcp, routing_enums_pb2

    began = time.process_time()
    manager = pywrapcp.RoutingIndexManager(len(instance.demand), instance.vehicles, 0)
    routing = pywrapcp.RoutingModel(manager)
    node = manager.IndexToNode
    arc = routing.RegisterTransitCallback(lambda a, b: instance.distance[node(a)][node(b)])
    routing.SetArcCostEvaluatorOfAllVehicles(arc)
    load = routing.RegisterUnaryTransitCallback(lambda a: instance.demand[node(a)])
    routing.AddDimension(load, 0, instance.capacity, True, "load")
    way = routing.RegisterTransitCallback(lambda a, b: instance.service[node(a)] + instance.distance[node(a)][node(b)])
    horizon = instance.windows[0][1]
    routing.AddDimension(way, horizon, horizon, False, "time")
    times = routing.GetDimensionOrDie("time")
    for place in range(1, len(instance.demand)):
        times.CumulVar(manager.NodeToIndex(place)).SetRange(*instance.windows[place])
    return _searched(routing, manager, routing_enums_pb2, began, seconds)


def _searched(routing: Any, manager: Any, enums: Any, began: float, seconds: float) -> Routes:
    from ortools.constraint_solver import pywrapcp

    parameters = pywrapcp.DefaultRoutingSearchParameters()
    parameters.first_solution_strategy = enums.FirstSolutionStrategy.PARALLEL_CHEAPEST_INSERTION
    parameters.local_search_metaheuristic = enums.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    parameters.time_limit.FromMilliseconds(int(seconds * 20_000))
    routing.AddSearchMonitor(_CpuLimit.of(routing, began + seconds))
    solution = routing.SolveWithParameters(parameters)
    if solution is None:
        return []
    found = []
    for vehicle in range(routing.vehicles()):
        index, route = routing.Start(vehicle), []
        while not routing.IsEnd(index):
            index = solution.Value(routing.NextVar(index))
            route.append(manager.IndexToNode(index))
        if len(route) > 1:
            found.append(route[:-1])
    return found


class _CpuLimit:
    @staticmethod
    def of(routing: Any, until: float) -> Any:
        """OR-tools knows limits on the wall only; this one asks the process clock."""
        return routing.solver().CustomLimit(lambda: time.process_time() >= until)


def by_vroom(instance: Instance, seconds: float, seed: int) -> Routes:
    """VROOM at its deepest exploration in one thread; it stops by itself or at its limit."""
    import numpy as np
    import vroom

    problem = vroom.Input()
    matrix = np.asarray(instance.distance, dtype=np.uint32)
    problem.set_durations_matrix(profile="car", matrix_input=matrix)
    day = vroom.TimeWindow(*instance.windows[0])
    for number in range(instance.vehicles):
        problem.add_vehicle(vroom.Vehicle(number, start=0, end=0, capacity=[instance.capacity], time_window=day))
    for place in range(1, len(instance.demand)):
        window = vroom.TimeWindow(*instance.windows[place])
        problem.add_job(
            vroom.Job(
                place, location=place, default_service=instance.service[place],
                delivery=vroom.Amount([instance.demand[place]]), time_windows=[window],
            )
        )  # fmt: skip
    solution = stretched(
        lambda limit: problem.solve(exploration_level=5, nb_threads=1, timeout=timedelta(seconds=limit)), seconds
    )
    table = solution.routes
    jobs = table[table["type"] == "job"]
    return [[int(job) for job in rows["id"]] for _, rows in jobs.groupby("vehicle_id")]


def stretched(run: Callable[[float], Any], seconds: float) -> Any:
    """Will give a solver that knows only the clock on the wall its CPU seconds: a longer limit on a busy machine.

    The answer of the first run that used them, or stopped by itself.
    """
    limit = seconds
    for _ in range(4):
        wall, cpu = time.monotonic(), time.process_time()
        answer = run(limit)
        used, wall = time.process_time() - cpu, time.monotonic() - wall
        if used >= 0.95 * seconds or wall < 0.95 * limit:
            break
        limit *= min(20.0, 1.05 * seconds / max(used, 0.01))
    return answer


RIVALS: dict[str, Callable[[Instance, float, int], Routes]] = {
    "pyvrp": by_pyvrp,
    "ortools": by_ortools,
    "vroom": by_vroom,
}

"""The day as PyVRP can be told it, in two ways.

One routing profile for each crew: its driving times with the work at the place one comes from, its costs with what its
coming costs the customer; a crew that may not come costs a fortune. Lunch is a second form of each visit ("lunch, then
the visit") of which a crew's load of one allows a single one, at a prize. Overtime has its price up to an hour. Not to
be told: lateness, lunch after the last visit, two crews at one flexible minute (the generator fixes it).
"""

import math
from typing import Any

import numpy as np

from benchmarks.days.desk import Orders
from benchmarks.days.told import Told
from benchmarks.rivals import CpuStop

TIME, COST = 100, 200
"""Units of time and of cost to a minute: whole numbers, in which a minute of overtime is one and a half of driving."""
FORBIDDEN = 3000.0


def by_groups(day: Told, seconds: float, seed: int) -> Orders:
    """What must be done is a required group of its two forms."""
    return _solved(day, seconds, seed, is_grouped=True)


def by_prizes(day: Told, seconds: float, seed: int) -> Orders:
    """Everything may be left out at its price."""
    return _solved(day, seconds, seed, is_grouped=False)


def _solved(day: Told, seconds: float, seed: int, *, is_grouped: bool) -> Orders:
    from pyvrp import SolveParams, solve
    from pyvrp.search import NeighbourhoodParams

    data, tasks = _data(day, is_grouped)
    many = SolveParams(neighbourhood=NeighbourhoodParams(num_neighbours=100))
    best = solve(data, CpuStop(seconds), seed=seed, collect_stats=False, display=False, params=many).best
    orders: Orders = {crew.code: [] for crew in day.problem.crews}
    for route in best.routes():
        crew = day.problem.crews[route.vehicle_type()].code
        orders[crew] += [day.tasks[tasks[step.idx]].code for step in route if step.is_client()]
    return orders


def _data(day: Told, is_grouped: bool) -> tuple[Any, list[int]]:
    """The instance, and the task of each of its clients."""
    from pyvrp import ClientGroup, Depot, Location, ProblemData

    clients, groups, tasks = [], [], []
    for task in range(len(day.tasks)):
        is_required = is_grouped and day.tasks[task].is_required
        forms = [_form(day, task, is_required, lunch) for lunch in (False, True)]
        kept = [form for form in forms if form is not None]
        groups.append(ClientGroup(list(range(len(clients), len(clients) + len(kept))), required=is_required))
        clients += kept
        tasks += [task] * len(kept)
    crews = range(len(day.problem.crews))
    data = ProblemData(
        locations=[Location(0, number) for number in range(len(day.drive))],
        clients=clients,
        depots=[Depot(node) for node in (*day.starts, *day.ends)],
        vehicle_types=[_crew(day, number) for number in crews],
        distance_matrices=[_whole(day.costs(number, FORBIDDEN), COST) for number in crews],
        duration_matrices=[_legs(day, number) for number in crews],
        groups=groups,
    )
    return data, tasks


def _whole(minutes: Any, units: int) -> Any:
    return np.ceil(minutes * units - 1e-6).astype(np.int64)


def _legs(day: Told, crew: int) -> Any:
    legs = day.legs(crew)
    np.fill_diagonal(legs, 0)
    return _whole(legs, TIME)


def _form(day: Told, task: int, is_required: bool, with_lunch: bool) -> Any:
    """The visit alone, or after lunch; nothing where lunch cannot come before it."""
    from pyvrp import Client

    opens, closes = day.windows[task]
    prize = 0.0 if is_required else day.prices[task]
    lunch, load, service = day.problem.crews[0].breaks[0], 0, 0.0
    if with_lunch:
        opens, closes = max(lunch.opens, opens - lunch.minutes), min(lunch.closes, closes - lunch.minutes)
        prize, load, service = prize + day.problem.weights.missed_break, 1, lunch.minutes
        if opens > closes:
            return None
    return Client(
        location=task,
        delivery=[load],
        service_duration=round(service * TIME),
        tw_early=math.ceil(opens * TIME),
        tw_late=math.floor(closes * TIME),
        prize=round(prize * COST),
        required=False,
        group=task,
    )


def _crew(day: Told, number: int) -> Any:
    from pyvrp import VehicleType

    crew = day.problem.crews[number]
    opens, closes, over = (round(minutes * TIME) for minutes in (crew.opens, crew.closes, day.overtime(number)))
    return VehicleType(
        capacity=[1],
        start_depot=number,
        end_depot=len(day.problem.crews) + number,
        tw_early=opens,
        tw_late=closes + over,
        start_late=opens,
        shift_duration=closes - opens,
        max_overtime=over,
        unit_overtime_cost=round(day.problem.weights.overtime_minute * COST / TIME),
        profile=number,
    )

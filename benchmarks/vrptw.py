"""Reading the files of Solomon (1987) and of Gehring and Homberger (1999), and checking an answer independently.

Distances and times are tenths: distance truncated to one decimal, as in the DIMACS challenge.
"""

import math
from collections.abc import Sequence
from pathlib import Path

from midway.core.routing.classic import Instance


def read_instance(path: Path) -> Instance:
    """Will read one file; ValueError says what is wrong with another."""
    lines = [line.split() for line in path.read_text().splitlines() if line.strip()]
    rows = [numbers for line in lines if (numbers := _numbers(line)) is not None and len(numbers) == 7]
    fleet = [numbers for line in lines if (numbers := _numbers(line)) is not None and len(numbers) == 2]
    if not lines or not rows or not fleet:
        raise ValueError(f"{path} is not a Solomon or Gehring-Homberger file: no fleet line or no customers in it.")
    if [row[0] for row in rows] != list(range(len(rows))):
        raise ValueError(f"{path}: customers must be numbered 0, 1, 2 … in order.")
    points = [(row[1], row[2]) for row in rows]
    distance = [[math.floor(10 * math.hypot(a[0] - b[0], a[1] - b[1]) + 1e-9) for b in points] for a in points]
    return Instance(
        name=lines[0][0],
        vehicles=int(fleet[0][0]),
        capacity=int(fleet[0][1]),
        distance=distance,
        demand=[int(row[3]) for row in rows],
        windows=[(round(10 * row[4]), round(10 * row[5])) for row in rows],
        service=[round(10 * row[6]) for row in rows],
    )


def _numbers(line: Sequence[str]) -> list[float] | None:
    try:
        return [float(word) for word in line]
    except ValueError:
        return None


def check(instance: Instance, routes: Sequence[Sequence[int]]) -> tuple[int, str]:
    """The distance in tenths, and in words the first thing that is wrong with the answer, or nothing."""
    total, wrong = 0, ""
    for route in routes:
        distance, found = _drive(instance, route)
        total += distance
        wrong = wrong or found
    if sorted(c for route in routes for c in route) != list(range(1, len(instance.demand))):
        wrong = wrong or "not every customer is visited exactly once"
    if len(routes) > instance.vehicles:
        wrong = wrong or f"{len(routes)} vehicles of {instance.vehicles}"
    return total, wrong


def _drive(instance: Instance, route: Sequence[int]) -> tuple[int, str]:
    total, now, before = 0, instance.windows[0][0], 0
    if sum(instance.demand[customer] for customer in route) > instance.capacity:
        return 0, f"too much load on the route that begins with {route[0]}"
    for customer in (*route, 0):
        leg = instance.distance[before][customer]
        total, now = total + leg, max(now + leg, instance.windows[customer][0])
        if now > instance.windows[customer][1]:
            return 0, f"customer {customer} is reached too late"
        now, before = now + instance.service[customer], customer
    return total, ""

"""Ruin and recreate for the textbook problem: Christiaens and Vanden Berghe, Transportation Science 54 (2020).

What makes it quick: slack both ways judges a position in constant time, and the best position of a customer on a route
is remembered until that route changes; a step that is undone brings the route's old stamp back, so most of what a step
asks is known from earlier steps.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from midway.core.routing.chance import below, share
from midway.core.routing.compiled import NOBODY, compiled, entry, inlined

Array = Any
NOWHERE = 2_000_000_000
ABSENT = 10_000_000
"""What a customer left out counts for, so that serving one is always better."""
BLINK = 0.01


class Customers(NamedTuple):
    """The instance as arrays; 0 is the depot."""

    distance: Array
    near: Array  # [customer - 1, rank] from near to far, itself first
    opens: Array
    closes: Array
    service: Array
    demand: Array
    capacity: Array


class Tours(NamedTuple):
    """Routes being worked on. r: routes, p: positions, from the depot at 0 to the depot at length + 1."""

    node: Array  # [r, p]
    arc: Array  # [r, p] distance from the position before
    soonest: Array  # [r, p] soonest departure
    latest: Array  # [r, p] latest arrival
    length: Array
    load: Array
    stamp: Array  # [r] changes whenever the route does
    route: Array  # [customer] or -1
    absent: Array  # customers without a route, the first totals[1] count
    totals: Array  # distance, absent, last stamp, touched routes
    touched: Array  # routes changed in this step
    mark: Array  # [r] 1 when changed in this step
    keys: Array
    known_stamp: Array  # [customer, r] the stamp for which the next two hold
    known_cost: Array
    known_place: Array


@compiled
def renew(customers: Customers, tours: Tours, route: int) -> None:
    """Will work out a changed route's arcs and slack both ways."""
    node, soonest, latest = tours.node[route], tours.soonest[route], tours.latest[route]
    arc, last = tours.arc[route], tours.length[route] + 1
    ready, before = 0, 0
    for place in range(1, last):
        here = node[place]
        way = customers.distance[before, here]
        arc[place] = way
        ready = max(ready + way, customers.opens[here]) + customers.service[here]
        soonest[place] = ready
        before = here
    arc[last] = customers.distance[before, 0]
    node[last] = 0
    by = customers.closes[0]
    latest[last] = by
    for place in range(last - 1, 0, -1):
        here = node[place]
        by = min(by - arc[place + 1] - customers.service[here], customers.closes[here])
        latest[place] = by
    tours.totals[2] += 1
    tours.stamp[route] = tours.totals[2]


@compiled
def find_place(customers: Customers, tours: Tours, route: int, customer: int) -> None:
    """Will find and remember the cheapest position of a customer on a route."""
    far = customers.distance[customer]
    node, soonest, latest, arc = tours.node[route], tours.soonest[route], tours.latest[route], tours.arc[route]
    opens, closes, service = customers.opens[customer], customers.closes[customer], customers.service[customer]
    best, found = NOWHERE, 0
    there = far[0]
    for place in range(1, tours.length[route] + 2):
        ready = soonest[place - 1]
        if ready + there > closes and ready > closes:
            break
        on = far[node[place]]
        added = there + on - arc[place]
        if added < best:
            start = max(ready + there, opens)
            if start <= closes and start + service + on <= latest[place]:
                best, found = added, place
        there = on
    tours.known_stamp[customer, route] = tours.stamp[route]
    tours.known_cost[customer, route] = best
    tours.known_place[customer, route] = found


@compiled
def insert(customers: Customers, tours: Tours, saved: Tours, customer: int, chance: Array) -> bool:
    """Will put a customer where the way grows least, overlooking a position now and then."""
    best, chosen = np.int64(NOWHERE), NOBODY
    room = customers.capacity[0] - customers.demand[customer]
    seen_empty = False
    for route in range(len(tours.length)):
        if tours.load[route] > room or (seen_empty and tours.length[route] == 0):
            continue
        if tours.length[route] == 0:
            seen_empty = True
        if tours.known_stamp[customer, route] != tours.stamp[route]:
            find_place(customers, tours, route, customer)
        if tours.known_cost[customer, route] < best and share(chance) >= BLINK:
            best, chosen = tours.known_cost[customer, route], route
    if chosen < 0:
        return False
    touch(tours, saved, chosen)
    place, length = tours.known_place[customer, chosen], tours.length[chosen]
    for at in range(length + 2, place, -1):
        tours.node[chosen, at] = tours.node[chosen, at - 1]
    tours.node[chosen, place] = customer
    tours.length[chosen] = length + 1
    tours.load[chosen] += customers.demand[customer]
    tours.route[customer] = chosen
    tours.totals[0] += best
    renew(customers, tours, chosen)
    return True


@compiled
def touch(tours: Tours, saved: Tours, route: int) -> None:
    """Will save a route before its first change in this step."""
    if tours.mark[route] == 0:
        tours.mark[route] = 1
        tours.touched[tours.totals[3]] = route
        tours.totals[3] += 1
        copy_row(tours, saved, route)


@compiled
def copy_row(source: Tours, target: Tours, route: int) -> None:
    """Will copy one route."""
    target.length[route], target.load[route] = source.length[route], source.load[route]
    target.stamp[route] = source.stamp[route]
    for place in range(source.length[route] + 2):
        target.node[route, place] = source.node[route, place]
        target.arc[route, place] = source.arc[route, place]
        target.soonest[route, place] = source.soonest[route, place]
        target.latest[route, place] = source.latest[route, place]


@compiled
def undo(tours: Tours, saved: Tours, absent: int) -> None:
    """Will bring the touched routes back as they were; `absent` customers had no route."""
    for number in range(tours.totals[3]):
        route = tours.touched[number]
        copy_row(saved, tours, route)
        for place in range(1, tours.length[route] + 1):
            tours.route[tours.node[route, place]] = route
    for number in range(absent):
        tours.absent[number] = saved.absent[number]
        tours.route[tours.absent[number]] = -1


@entry
def copy_tours(source: Tours, target: Tours) -> None:
    """Will copy all routes."""
    for route in range(len(source.length)):
        copy_row(source, target, route)
    for customer in range(len(source.route)):
        target.route[customer] = source.route[customer]
        target.absent[customer] = source.absent[customer]
    target.totals[0], target.totals[1] = source.totals[0], source.totals[1]


@compiled
def ruin_strings(customers: Customers, tours: Tours, saved: Tours, chance: Array, removed: int, longest: int) -> None:
    """Section 5.1 of the paper: from some routes near a seed, a string of customers each."""
    served = len(tours.route) - 1 - tours.totals[1]
    working = 0
    for route in range(len(tours.length)):
        working += tours.length[route] > 0
    if served == 0:
        return
    most = min(float(longest), served / working)
    strings = int(share(chance) * (4.0 * removed / (1.0 + most) - 1.0)) + 1
    seed = below(chance, len(tours.route) - 1)
    for rank in range(len(tours.route) - 1):
        customer = customers.near[seed, rank]
        route = tours.route[customer]
        if route >= 0 and tours.mark[route] == 0:
            touch(tours, saved, route)
            length = int(1.0 + share(chance) * min(float(tours.length[route]), most))
            _cut(customers, tours, chance, route, customer, min(length, tours.length[route]))
            strings -= 1
            if strings == 0:
                break


@compiled
def _cut(customers: Customers, tours: Tours, chance: Array, route: int, customer: int, length: int) -> None:
    """Will take `length` customers around one off a route, in half of the cases sparing some in their middle."""
    at, count = 1, tours.length[route]
    while tours.node[route, at] != customer:
        at += 1
    spared = 0
    if length > 1 and length < count and share(chance) < 0.5:
        spared = 1
        while length + spared < count and share(chance) > 0.01:
            spared += 1
            if share(chance) < 0.5:
                break
    whole = length + spared
    lowest, highest = max(1, at - whole + 1), min(at, count - whole + 1)
    first = lowest + below(chance, highest - lowest + 1)
    spare = first + below(chance, length) + 1 if spared else first
    kept = first
    for place in range(first, count + 2):
        node = tours.node[route, place]
        if place >= first + whole or (spare <= place < spare + spared):
            tours.node[route, kept] = node
            kept += 1
        else:
            _take_off(customers, tours, route, node)
    tours.totals[0] -= _span(tours, route, count)
    tours.length[route] = count - length
    renew(customers, tours, route)
    tours.totals[0] += _span(tours, route, count - length)


@inlined
def _take_off(customers: Customers, tours: Tours, route: int, customer: int) -> None:
    tours.route[customer] = -1
    tours.load[route] -= customers.demand[customer]
    tours.absent[tours.totals[1]] = customer
    tours.totals[1] += 1


@inlined
def _span(tours: Tours, route: int, count: int) -> int:
    total = 0
    if count:
        for place in range(1, count + 2):
            total += tours.arc[route, place]
    return total


@entry
def rebuild(customers: Customers, tours: Tours, saved: Tours, chance: Array) -> None:
    """Will put the absent customers back, in one of several orders."""
    _order(customers, tours, chance)
    left = 0
    for number in range(tours.totals[1]):
        customer = tours.absent[number]
        if not insert(customers, tours, saved, customer, chance):
            tours.absent[left] = customer
            left += 1
    tours.totals[1] = left


@compiled
def _order(customers: Customers, tours: Tours, chance: Array) -> None:
    kind = below(chance, 17)
    keys, absent = tours.keys, tours.absent
    for number in range(tours.totals[1]):
        key, task, at = _key(customers, chance, absent[number], kind), absent[number], number
        while at > 0 and keys[at - 1] > key:
            keys[at], absent[at] = keys[at - 1], absent[at - 1]
            at -= 1
        keys[at], absent[at] = key, task


@inlined
def _key(customers: Customers, chance: Array, customer: int, kind: int) -> float:
    """Chance 4, demand 4, far 2, near 1 of the paper; and the window: narrow 2, early 2, late 2."""
    if kind < 4:
        return -float(customers.demand[customer])
    if kind < 6:
        return -float(customers.distance[0, customer])
    if kind == 6:
        return float(customers.distance[0, customer])
    if kind < 9:
        return float(customers.closes[customer] - customers.opens[customer])
    if kind < 11:
        return float(customers.opens[customer])
    if kind < 13:
        return -float(customers.closes[customer])
    return share(chance)


@entry
def anneal_tours(
    customers: Customers, tours: Tours, best: Tours, saved: Tours, chance: Array,
    steps: int, removed: int, longest: int, hot: float, cold: float,
) -> None:  # fmt: skip
    """Will search for `steps` steps while cooling; `best` keeps the shortest tours seen."""
    factor = math.pow(cold / hot, 1.0 / steps)
    temperature = hot
    least = best.totals[0] + ABSENT * best.totals[1]
    for _ in range(steps):
        temperature *= factor
        distance, absent = tours.totals[0], tours.totals[1]
        for number in range(tours.totals[3]):
            tours.mark[tours.touched[number]] = 0
        tours.totals[3] = 0
        for number in range(absent):
            saved.absent[number] = tours.absent[number]
        ruin_strings(customers, tours, saved, chance, removed, longest)
        rebuild(customers, tours, saved, chance)
        found = tours.totals[0] + ABSENT * tours.totals[1]
        if found < distance + ABSENT * absent - temperature * math.log(1.0 - share(chance)):
            if found < least:
                least = found
                copy_tours(tours, best)
        else:
            undo(tours, saved, absent)
            tours.totals[0], tours.totals[1] = distance, absent

"""Putting visits into crews' days one at a time, as somebody at a desk does."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from midway.core.routing.arrays import may_come
from midway.core.routing.problem import Crew, Pin, Plan, Problem, Visit
from midway.core.routing.timed import timed_plan
from midway.core.routing.verify import violations

Orders = dict[str, list[str]]
"""The visits of each crew, in order."""
OVERTIME = 30
"""Minutes of it that nobody at a desk thinks twice about."""
TRIED = 40
"""How many places, from the shortest detour on, are tried for what is left over."""


def is_fixed(visit: Visit) -> bool:
    """Whether it starts at one minute and no other."""
    return visit.pin is not None or visit.crews_needed > 1


class Desk:
    """The crews' days so far."""

    def __init__(self, problem: Problem, orders: Orders | None = None) -> None:
        self.problem = replace(problem, travel_minutes=np.array(problem.travel_minutes))
        settled = {
            crew.code: [v.code for v in problem.visits if v.pin and crew.code in v.pin.crews] for crew in problem.crews
        }
        self.orders = settled if orders is None else orders
        self.costs = {crew.code: self._alone(crew, self.orders[crew.code]).cost for crew in problem.crews}
        self.left_over: list[Visit] = []

    def hand_out(self, visit: Visit) -> None:
        """Will give it to the preferred crew, or to the nearest that can come in time, or lay it aside."""
        wanted = [c for c in self.problem.crews if may_come(self.problem, visit, c)]
        wanted.sort(key=lambda crew: (crew.code not in visit.preferred_crews, self._way(crew, visit), crew.code))
        found: list[tuple[Crew, list[str]]] = []
        for crew in wanted:
            order = self._at_the_end(crew, visit)
            if order is not None:
                found.append((crew, order))
                if len(found) == visit.crews_needed:
                    break
        if len(found) < visit.crews_needed:
            self.left_over += [] if is_fixed(visit) else [visit]
            return
        for crew, order in found:
            self.orders[crew.code] = order
            self.costs[crew.code] = self._alone(crew, order).cost

    def squeeze_in(self, visit: Visit) -> None:
        """Will put it where it costs least, if that is less than leaving it out."""
        price = self.problem.weights.unserved * visit.priority if visit.worth is None else visit.worth
        best: tuple[float, Crew, list[str]] | None = None
        for _, crew, place in sorted(self._places(visit), key=lambda found: found[0])[:TRIED]:
            order = self.orders[crew.code]
            tried = [*order[:place], visit.code, *order[place:]]
            plan = self._alone(crew, tried)
            added = plan.cost - self.costs[crew.code]
            if added < (best[0] if best else price) and not violations(self._view(crew, tried), plan):
                best = added, crew, tried
        if best:
            added, crew, tried = best
            self.orders[crew.code] = tried
            self.costs[crew.code] += added

    def _places(self, visit: Visit) -> Iterator[tuple[float, Crew, int]]:
        for crew in self.problem.crews:
            if may_come(self.problem, visit, crew):
                for place in range(len(self.orders[crew.code]) + 1):
                    yield self._detour(crew, place, visit), crew, place

    def _detour(self, crew: Crew, place: int, visit: Visit) -> float:
        stops = [self.problem.visit_by_code[code].place for code in self.orders[crew.code]]
        before, after = [crew.start_place, *stops][place], [*stops, crew.end_place][place]
        drive = self.problem.drive_minutes
        return drive(crew, before, visit.place) + drive(crew, visit.place, after) - drive(crew, before, after)

    def _way(self, crew: Crew, visit: Visit) -> float:
        """How far the crew's last visit so far is from this one."""
        order = self.orders[crew.code]
        last = self.problem.visit_by_code[order[-1]].place if order else crew.start_place
        return self.problem.drive_minutes(crew, last, visit.place)

    def _at_the_end(self, crew: Crew, visit: Visit) -> list[str] | None:
        """The crew's day with the visit last, or before what is settled there; nothing when that is not in time."""
        order = self.orders[crew.code]
        fixed = [code for code in order if is_fixed(self.problem.visit_by_code[code])]
        for place in range(len(order), -1, -1):
            tried = [*order[:place], visit.code, *order[place:]]
            if self._is_in_time(crew, tried):
                return tried
            if place and order[place - 1] not in fixed:
                return None
        return None

    def _is_in_time(self, crew: Crew, order: list[str]) -> bool:
        plan = self._alone(crew, order)
        is_home = plan.routes[0].back <= crew.closes + OVERTIME
        has_price = plan.terms["late"] or plan.terms["breaks"]
        return is_home and not has_price and not violations(self._view(crew, order), plan)

    def _alone(self, crew: Crew, order: list[str]) -> Plan:
        return timed_plan(self._view(crew, order), {crew.code: order})

    def _view(self, crew: Crew, order: list[str]) -> Problem:
        """One crew's day alone; a visit of several crews is here one that is settled for its moment."""
        visits = [_alone_with(self.problem.visit_by_code[code], crew) for code in order]
        return replace(self.problem, crews=[crew], visits=visits)


def _alone_with(visit: Visit, crew: Crew) -> Visit:
    if visit.crews_needed == 1:
        return visit
    return replace(visit, crews_needed=1, pin=Pin(crews=(crew.code,), start=visit.opens))

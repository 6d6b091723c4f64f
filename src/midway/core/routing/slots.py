"""Which of the free times fit the days as they are planned? What each would add to the driving, for weeks at once.

Every gap of every route of every day is kept with its slack: when the crew can be off at the soonest, and when it must
be at the next place at the latest, for each number of breaks taken. A question is then a few sweeps over these arrays.
Only gaps that cost nothing but driving count: nobody else becomes late, works longer or is told another time.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from midway.core.routing.problem import Break, Crew, Plan, Problem, Route, Stop, Visit

Array = Any
NEVER = 1e15
EPSILON = 1e-6


@dataclass(frozen=True)
class PlannedDay:
    """One day with its published plan; `number` is the caller's.

    `places` says for each row of the day's travel matrix which place it is among those a wish names; without it, the
    rows are the same on all days.
    """

    number: int
    problem: Problem
    plan: Plan
    places: Sequence[int] | None = None

    def place(self, row: int) -> int:
        """The place's number among all."""
        return row if self.places is None else self.places[row]


@dataclass(frozen=True)
class Wish:
    """A visit somebody may book: how long it takes, who may come, and the way from and to every known place."""

    minutes: float
    windows: Sequence[tuple[float, float]]
    there_minutes: Array
    """From each place to the new one, at drive factor 1."""
    on_minutes: Array
    """From the new place to each."""
    skills: frozenset[str] = frozenset()
    forbidden_crews: frozenset[str] = frozenset()
    minutes_by_crew: Mapping[str, float] | None = None


@dataclass(frozen=True)
class RankedSlot:
    """A window of a day that somebody can come in, and what it adds: the best crew, after `position` of its stops."""

    day: int
    window: int
    added_minutes: float
    crew: str
    position: int


class SlotIndex:
    """The gaps of many days; made once when plans change, asked often."""

    def __init__(self, days: Sequence[PlannedDay]) -> None:
        rows = [row for day in days for row in _gaps(day)]
        # A crew may have other skills on another day: a team changes.
        kinds = {(row.crew.code, row.crew.skills): row.crew for row in rows}
        self._crews = [kinds[kind] for kind in sorted(kinds, key=lambda kind: (kind[0], sorted(kind[1])))]
        number = {(crew.code, crew.skills): n for n, crew in enumerate(self._crews)}
        ways = max([len(row.soonest) for row in rows], default=1)
        self._days = sorted({row.day for row in rows})
        day_number = {day: n for n, day in enumerate(self._days)}
        self._day = np.array([day_number[row.day] for row in rows], dtype=np.intp)
        self._crew = np.array([number[row.crew.code, row.crew.skills] for row in rows], dtype=np.intp)
        self._position = np.array([row.position for row in rows], dtype=np.intp)
        self._before = np.array([row.before for row in rows], dtype=np.intp)
        self._after = np.array([row.after for row in rows], dtype=np.intp)
        self._arc = np.array([row.arc for row in rows])
        self._factor = np.array([row.crew.drive_factor for row in rows])
        self._soonest = _padded([row.soonest for row in rows], ways, NEVER)
        self._latest = _padded([row.latest for row in rows], ways, -NEVER)
        self._rules = _rules([row.crew.due_breaks for row in rows], ways)

    def ranked(self, wish: Wish) -> list[RankedSlot]:
        """Will give every window of every day that can be reached, what adds the least driving first."""
        there = wish.there_minutes[self._before] * self._factor
        on = wish.on_minutes[self._after] * self._factor
        added = there + on - self._arc
        work, may_come = self._work(wish)
        chosen = np.flatnonzero(may_come[self._crew])
        # The cheapest first: the first gap found in time for a day is that day's answer.
        chosen = chosen[np.lexsort((self._position[chosen], self._crew[chosen], added[chosen], self._day[chosen]))]
        in_time = self._in_time(wish, chosen, there[chosen], on[chosen], work[self._crew[chosen]])
        found = []
        for window in range(len(wish.windows)):
            free = chosen[in_time[window]]
            days, first = np.unique(self._day[free], return_index=True)
            for day, gap in zip(days, free[first], strict=True):
                found.append(self._slot(int(day), window, float(added[gap]), int(gap)))
        return sorted(found, key=lambda slot: (slot.added_minutes, slot.day, slot.window))

    def _slot(self, day: int, window: int, added: float, gap: int) -> RankedSlot:
        crew = self._crews[self._crew[gap]].code
        return RankedSlot(self._days[day], window, added, crew, int(self._position[gap]))

    def _work(self, wish: Wish) -> tuple[Array, Array]:
        by_crew = wish.minutes_by_crew or {}
        work = np.array([by_crew.get(crew.code, wish.minutes) for crew in self._crews])
        may_come = [wish.skills <= crew.skills and crew.code not in wish.forbidden_crews for crew in self._crews]
        return work, np.array(may_come, dtype=bool)

    def _in_time(self, wish: Wish, chosen: Array, there: Array, on: Array, work: Array) -> Array:
        """For each window and chosen gap, whether the visit fits without a price."""
        opens = np.array([w[0] for w in wish.windows])[:, None]
        closes = np.array([w[1] for w in wish.windows])[:, None] + EPSILON
        soonest, latest = self._soonest[:, chosen], self._latest[:, chosen]
        in_time = np.zeros((len(wish.windows), len(chosen)), dtype=bool)
        for way in range(len(soonest)):
            # The latest start that leaves the rest of the day as it is, with no break or one before the next stop.
            by = latest[way] - on - work + EPSILON
            ready = soonest[way] + there
            if way + 1 < len(soonest):
                rule = self._rules[:, way, chosen]
                by_with_break = _leave_for_rest(latest[way + 1] + EPSILON, on, rule) - work
                rested = _rested(soonest[way], there, rule)
                start = np.maximum(rested, opens)
                in_time |= (start <= closes) & (start <= latest[way + 1] - on - work + EPSILON)
                by = np.maximum(by, by_with_break)
            start = np.maximum(ready, opens)
            in_time |= (start <= closes) & (start <= by)
        return in_time


@dataclass(frozen=True)
class _Gap:
    day: int
    crew: Crew
    position: int
    before: int
    after: int
    arc: float
    soonest: list[float]
    latest: list[float]


def _gaps(day: PlannedDay) -> Iterator[_Gap]:
    for crew in day.problem.crews:
        route = day.plan.route_by_crew.get(crew.code, Route(crew=crew.code))
        places = [crew.start_place, *(day.problem.visit_by_code[s.visit].place for s in route.stops), crew.end_place]
        drives = [day.problem.drive_minutes(crew, a, b) for a, b in pairwise(places)]
        if not route.stops:
            drives = [0.0]
        windows = [_free_window(day.problem, crew, stop) for stop in route.stops]
        real = [day.problem.drive_minutes(crew, crew.start_place, crew.end_place)] if not route.stops else drives
        soonest, latest = _soonest(crew, real, windows), _latest(crew, real, windows)
        if latest[0][0] < crew.opens - EPSILON and route.stops:
            continue  # something is paid for on this route already
        for position in range(len(route.stops) + 1):
            before, after = day.place(places[position]), day.place(places[position + 1])
            free = soonest[position], latest[position + 1]
            yield _Gap(day.number, crew, position, before, after, drives[position], *free)


def _free_window(problem: Problem, crew: Crew, stop: Stop) -> tuple[float, float, float]:
    """From when to when a stop may start without a price, and its minutes."""
    visit = problem.visit_by_code[stop.visit]
    work = visit.minutes_for(crew.code)
    if visit.pin is not None or visit.crews_needed > 1:
        return stop.start, stop.start, work
    opens, closes = _promised(problem, visit)
    return opens, closes, work


def _promised(problem: Problem, visit: Visit) -> tuple[float, float]:
    if visit.announced is None:
        return visit.opens, visit.closes
    grace = problem.weights.promise_grace
    return max(visit.opens, visit.announced - grace), min(visit.closes, visit.announced + grace)


def _soonest(crew: Crew, drives: Sequence[float], windows: Sequence[tuple[float, float, float]]) -> list[list[float]]:
    """By position, from the start on, and breaks taken: when the crew can be off."""
    rules = crew.due_breaks
    found = [[crew.opens] + [NEVER] * len(rules)]
    for drive, (opens, closes, work) in zip(drives, windows, strict=False):
        here = []
        for way in range(len(rules) + 1):
            at = found[-1][way] + drive
            if way:
                at = min(at, _rested_once(found[-1][way - 1], drive, rules[way - 1]))
            at = max(at, opens)
            here.append(at + work if at <= closes + EPSILON else NEVER)
        found.append(here)
    return found


def _latest(crew: Crew, drives: Sequence[float], windows: Sequence[tuple[float, float, float]]) -> list[list[float]]:
    """By position and breaks taken: when the crew must be there. The first is when it must leave the start."""
    rules = crew.due_breaks
    by = min(crew.closes, crew.latest_end)
    found = [[min([by, *(rule.closes for rule in rules[way:])]) for way in range(len(rules) + 1)]]
    for place in range(len(windows), -1, -1):
        here = []
        for way in range(len(rules) + 1):
            leave = found[0][way] - drives[place]
            if way < len(rules):
                leave = max(leave, _leave_once(found[0][way + 1], drives[place], rules[way]))
            here.append(leave if place == 0 else _start_by(leave, windows[place - 1]))
        found.insert(0, here)
    return found


def _start_by(leave: float, window: tuple[float, float, float]) -> float:
    start = min(leave - window[2], window[1])
    return start if start >= window[0] - EPSILON else -NEVER


def _as_rule(rule: Break) -> tuple[float, float, float]:
    return rule.opens, rule.closes, rule.minutes


def _rested(ready: Any, drive: Any, rule: Any) -> Any:
    """When work can start after a drive and a break: the break after the drive, or else before it."""
    opens, closes, minutes = rule
    after = np.maximum(ready + drive, opens) + minutes
    before = np.where(ready <= closes, np.maximum(ready, opens) + minutes + drive, NEVER)
    return np.where(ready + drive <= closes, after, before)


def _leave_for_rest(by: Any, drive: Any, rule: Any) -> Any:
    """When a crew must leave at the latest to be ready by a time, with a drive and a break before it."""
    opens, closes, minutes = rule
    after = np.where(by - minutes >= opens, np.minimum(closes, by - minutes) - drive, -NEVER)
    before = np.where(by - minutes - drive >= opens, np.minimum(closes, by - minutes - drive), -NEVER)
    return np.maximum(after, before)


def _rested_once(ready: float, drive: float, rule: Break) -> float:
    """`_rested` for one crew, without arrays."""
    if ready + drive <= rule.closes:
        return max(ready + drive, rule.opens) + rule.minutes
    return max(ready, rule.opens) + rule.minutes + drive if ready <= rule.closes else NEVER


def _leave_once(by: float, drive: float, rule: Break) -> float:
    """`_leave_for_rest` for one crew, without arrays."""
    begin = min(rule.closes, by - rule.minutes)
    before = min(rule.closes, by - rule.minutes - drive)
    after = begin - drive if begin >= rule.opens else -NEVER
    return max(after, before if before >= rule.opens else -NEVER)


def _padded(rows: Sequence[Sequence[float]], ways: int, filler: float) -> Array:
    return (
        np.array([[*row, *[filler] * (ways - len(row))] for row in rows], dtype=np.float64).reshape(-1, ways).T.copy()
    )


def _rules(rows: Sequence[Sequence[Break]], ways: int) -> Array:
    """[opens/closes/minutes, break, gap]; a break that is not there can never begin."""
    table = [[_as_rule(r) for r in row] + [(NEVER, -NEVER, 0.0)] * (ways - len(row)) for row in rows]
    return np.array(table, dtype=np.float64).reshape(-1, ways, 3).transpose(2, 1, 0).copy()

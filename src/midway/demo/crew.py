"""The demo company's cleaners: who they are, when they work and when they are away."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from uuid import UUID

from midway.demo.city import Neighbourhood, neighbourhoods
from midway.demo.names import crew_name, phone_number
from midway.demo.offer import SKILLS
from midway.demo.quarters import hours, random_code

TEAM_SIZE = 4
_PATTERNS: Sequence[tuple[Sequence[int], int, int]] = (
    (range(5), 8, 17),
    (range(5), 8, 17),
    (range(1, 6), 8, 17),
    (range(5), 7, 16),
    (range(5), 9, 18),
    (range(1, 6), 9, 18),
    (range(4), 8, 18),
    (range(5), 8, 13),
    (range(5), 12, 20),
    ((6, 0, 1, 2, 3), 8, 17),
    (range(5), 8, 17),
    ((0, 1, 3, 4), 8, 17),
)
"""Weekdays and hours; a dozen patterns, dealt out in turn."""


@dataclass(frozen=True)
class Hours:
    """Weekly hours between two days, both included; `last` may be open."""

    weekdays: frozenset[int]
    start: int
    end: int
    first: date
    last: date | None


@dataclass(frozen=True)
class TimeOff:
    """An absence of whole days, both included."""

    code: UUID
    reason: str
    first: date
    last: date
    told_on: date


@dataclass(slots=True)
class Worker:
    """A cleaner as the planner sees them. `changed_days` gives other hours on single dates."""

    index: int
    code: UUID
    name: str
    language: str
    phone: str
    team: int
    home: tuple[float, float]
    skills: frozenset[str]
    employed_from: date
    hours: list[Hours]
    changed_days: dict[date, tuple[int, int, str]] = field(default_factory=dict)
    time_off: list[TimeOff] = field(default_factory=list)
    away: set[date] = field(default_factory=set)

    def template(self, weekday: int) -> int:
        """The quarter hours worked on this weekday under every pattern the cleaner ever had."""
        cells = -1
        for pattern in self.hours:
            cells &= hours(pattern.start, pattern.end) if weekday in pattern.weekdays else 0
        return cells

    def working(self, day: date, *, is_holiday: bool) -> int:
        """The quarter hours worked on a date, as bits."""
        if day < self.employed_from or day in self.away:
            return 0
        if day in self.changed_days:
            start, end, _ = self.changed_days[day]
            return hours(start, end)
        if is_holiday:
            return 0
        for pattern in self.hours:
            if (
                day.weekday() in pattern.weekdays
                and pattern.first <= day
                and (pattern.last is None or day <= pattern.last)
            ):
                return hours(pattern.start, pattern.end)
        return 0


@dataclass(frozen=True)
class Squad:
    """A team and the part of the city it works in."""

    index: int
    name: str
    centre: Neighbourhood
    members: Sequence[Worker]


def hire(rng: Random, *, count: int, first: date, today: date, last: date) -> list[Squad]:
    """Will make up the crew: teams of four spread over the city, with two years of hours and time off."""
    teams = max(1, -(-count // TEAM_SIZE))
    centres = _centres(teams)
    squads = []
    for team, centre in enumerate(centres):
        members = [
            _worker(rng, index, team=team, centre=centre, first=first, today=today, last=last)
            for index in range(team, count, teams)
        ]
        label = "" if teams <= len(neighbourhoods()) else f" {team + 1}"
        squads.append(Squad(team, f"{centre.name} crew{label}", centre, members))
    return squads


def _centres(teams: int) -> list[Neighbourhood]:
    places = sorted(neighbourhoods(), key=lambda place: (-place.weight, place.name))
    chosen = [places[0]]
    while len(chosen) < min(teams, len(places)):
        # Customers draw a team near, teams already there push it away.
        rest = [place for place in places if place not in chosen]
        chosen.append(
            max(
                rest,
                key=lambda place: (
                    place.weight * min(0.045, *(place.distance_to(c.latitude, c.longitude) for c in chosen)),
                    place.name,
                ),
            )
        )
    return [chosen[index % len(chosen)] for index in range(teams)]


def _worker(
    rng: Random, index: int, *, team: int, centre: Neighbourhood, first: date, today: date, last: date
) -> Worker:
    name, language = crew_name(rng, index)
    is_new = index % 8 == 5
    employed_from = today - timedelta(days=rng.randrange(60, 300)) if is_new else first - timedelta(days=400 + index)
    worker = Worker(
        index=index,
        code=random_code(rng),
        name=name,
        language=language,
        phone=phone_number(10 + index),
        team=team,
        home=(centre.latitude + rng.uniform(-0.02, 0.02), centre.longitude + rng.uniform(-0.025, 0.025)),
        skills=_skills(rng, index),
        employed_from=employed_from,
        hours=_weekly_hours(index, employed_from=employed_from, today=today),
    )
    _plan_time_off(rng, worker, first=first, today=today, last=last)
    _change_days(rng, worker, first=first, last=last)
    return worker


def _skills(rng: Random, index: int) -> frozenset[str]:
    # Three of four do deep cleans, so that every team can send a pair.
    chances = {"deep": 0.8, "move": 0.6, "commercial": 0.65, "windows": 0.4}
    return frozenset(skill for skill in SKILLS if index < TEAM_SIZE * 3 or rng.random() < chances[skill])


def _weekly_hours(index: int, *, employed_from: date, today: date) -> list[Hours]:
    weekdays, start, end = _PATTERNS[index % len(_PATTERNS)]
    days = frozenset(weekdays)
    change = today - timedelta(days=140 + index)
    if index % 8 == 3 and employed_from < change:
        # Worked an hour later until some months ago.
        return [
            Hours(days, start + 1, end, employed_from, change - timedelta(days=1)),
            Hours(days, start, end, change, None),
        ]
    return [Hours(days, start, end, employed_from, None)]


def _plan_time_off(rng: Random, worker: Worker, *, first: date, today: date, last: date) -> None:
    for year in range((last - first).days // 365 + 1):
        for half in (0, 182):
            begins = first + timedelta(days=year * 365 + half + rng.randrange(0, 175))
            begins -= timedelta(days=begins.weekday())
            ends = begins + timedelta(days=6)
            if first <= begins and ends <= last and begins > today + timedelta(days=1):
                _add(worker, TimeOff(random_code(rng), "vacation", begins, ends, today - timedelta(days=20)))
            elif first <= begins and ends < today:
                _add(worker, TimeOff(random_code(rng), "vacation", begins, ends, begins - timedelta(days=45)))
    day = first
    while (day := day + timedelta(days=1 + int(rng.expovariate(1 / 110)))) < today:
        if day not in worker.away and worker.working(day, is_holiday=False):
            _add(worker, TimeOff(random_code(rng), "sick", day, day, day))


def _add(worker: Worker, off: TimeOff) -> None:
    if off.last < worker.employed_from:
        return
    worker.time_off.append(off)
    worker.away.update(off.first + timedelta(days=n) for n in range((off.last - off.first).days + 1))


def _change_days(rng: Random, worker: Worker, *, first: date, last: date) -> None:
    day = max(first, worker.employed_from)
    while (day := day + timedelta(days=1 + int(rng.expovariate(1 / 35)))) <= last:
        pattern = worker.hours[-1]
        if day in worker.away:
            continue
        if day.weekday() not in pattern.weekdays:
            if day.weekday() == 5:
                worker.changed_days[day] = (9, 14, "Extra Saturday")
        elif rng.random() < 0.5:
            worker.changed_days[day] = (pattern.start + 2, pattern.end, "Doctor in the morning")
        else:
            worker.changed_days[day] = (pattern.start, pattern.end - 3, "Leaves early")

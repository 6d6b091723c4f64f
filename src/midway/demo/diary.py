"""The planner: fills the crew's weeks with recurring and single visits, one week after the other.

It knows nothing of the database and keeps only one week's days in memory, so that a company of any size can
be planned. No two visits of a cleaner overlap because every visit takes its quarter hours out of the day's
bits, the pad after it included.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import combinations
from random import Random

from midway.core.recurrence import SHIFT_DAYS, Closures, HolidayShift, Rule, held_on, occurrences
from midway.demo.clients import Client
from midway.demo.crew import Squad, Worker
from midway.demo.prices import Deal, Prices
from midway.demo.quarters import PAD, earliest, monday_of, random_code, span, week_number
from midway.demo.week import Planned, Week

_RECURRING_SHARE = 0.8
"""How much of a cleaner's day may be promised to recurring customers."""


@dataclass(slots=True)
class Rhythm:
    """A recurring agreement: every `weeks` weeks on this weekday at this time with this cleaner."""

    deal: Deal
    worker: Worker
    weekday: int
    first: int
    weeks: int
    phase: int
    begins_on: date

    def is_due(self, monday: date) -> bool:
        """Whether a visit falls into this week."""
        day = monday + timedelta(days=self.weekday)
        left_on = self.deal.client.left_on
        return (
            week_number(monday) % self.weeks == self.phase
            and self.begins_on <= day
            and (left_on is None or day <= left_on)
        )

    def rule_from(self, monday: date) -> Rule:
        """The same as a plan's rule, from a week on in which a visit is due."""
        clock = time(self.first // 4, self.first % 4 * 15)
        day = monday + timedelta(days=self.weekday)
        return Rule(day, clock, frozenset({self.weekday}), every=self.weeks)


class Diary:
    """Plans week after week; ask for `weeks()` once."""

    def __init__(
        self,
        rng: Random,
        *,
        squads: Sequence[Squad],
        clients: Sequence[Client],
        prices: Prices,
        holidays: Mapping[date, str],
        first: date,
        today: date,
        last: date,
    ) -> None:
        self._rng = rng
        self._squads = squads
        self._prices = prices
        self._holidays = holidays
        self._first, self._today, self._last = first, today, last
        self._workers = sorted((worker for squad in squads for worker in squad.members), key=lambda w: w.index)
        self._template = {worker.index: _empty_weeks(worker) for worker in self._workers}
        self._promised: dict[tuple[int, int, int], int] = defaultdict(int)
        self._near = self._squads_of(clients)
        self._waiting = sorted(
            (c for c in clients if c.wish != "once"), key=lambda c: (c.joined_on, c.id), reverse=True
        )
        self._rhythms: list[Rhythm] = []
        self._regulars: dict[int, list[Client]] = defaultdict(list)
        self._singles: dict[int, list[Client]] = defaultdict(list)
        for client in sorted((c for c in clients if c.wish == "once"), key=lambda c: (c.joined_on, c.id), reverse=True):
            self._singles[self._near[client.id][0].index].append(client)

    def weeks(self) -> Iterator[list[Planned]]:
        """Will plan every week from the first day to the last."""
        for monday in _mondays(monday_of(self._first), self._last):
            yield self._week(monday)

    def _week(self, monday: date) -> list[Planned]:
        self._end_rhythms(monday)
        self._begin_rhythms(monday)
        week = Week(
            [day for n in range(7) if self._first <= (day := monday + timedelta(days=n)) <= self._last],
            self._workers,
            self._holidays,
        )
        planned: list[Planned] = []
        displaced: list[Planned] = []
        for rhythm in self._rhythms:
            day = monday + timedelta(days=rhythm.weekday)
            if day not in week.free or not rhythm.is_due(monday):
                continue
            visit = Planned(random_code(self._rng), rhythm.deal, day, rhythm.first, (rhythm.worker,), self._fate(day))
            if visit.fate not in {"cancelled", "skipped"} and not (self._rng.random() < 0.975 and week.try_take(visit)):
                displaced.append(visit)
            planned.append(visit)
        for visit in displaced:
            self._find_another_way(visit, week)
        planned.extend(self._sell_singles(week))
        return planned

    def year_ahead(self, *, until: date) -> Iterator[Planned]:
        """Will plan what plans promise after the last day; ask for it after `weeks()`."""
        days = [self._last + timedelta(days=n + 1) for n in range((until - self._last).days + SHIFT_DAYS + 1)]
        year = Week(days, self._workers, self._holidays)
        closures = Closures(frozenset(self._holidays), _weekdays_of(self._workers), HolidayShift.AFTER)
        for rhythm in self._rhythms:
            if rhythm.deal.plan_code is not None:
                yield from self._promises_of(rhythm, year, closures, until=until)

    def _promises_of(self, rhythm: Rhythm, year: Week, closures: Closures, *, until: date) -> Iterator[Planned]:
        monday = monday_of(self._last)
        rule = rhythm.rule_from(next(m for m in _mondays(monday, monday + timedelta(days=28)) if rhythm.is_due(m)))
        for day in occurrences(rule, self._last + timedelta(days=1), until):
            held = held_on(rule, day, closures)
            visit = Planned(random_code(self._rng), rhythm.deal, held or day, rhythm.first, (rhythm.worker,))
            visit.stands_for = day
            if held is None:
                visit.fate = "skipped"
            elif not year.try_take(visit):
                self._find_room(visit, year)
            yield visit

    def _find_room(self, visit: Planned, year: Week) -> None:
        """Somebody else at the same time, or another time that day or soon after; closed days bring two together."""
        day, first, length = visit.occurrence, visit.first, visit.deal.cells + PAD
        able = [worker for worker in self._workers if visit.deal.may_be_done_by(worker)]
        for worker in able:
            visit.workers = (worker,)
            if year.try_take(visit):
                return
        held = visit.day
        days = [d for n in range(4) if (d := held + timedelta(days=n)) in year.free]
        for visit.day, worker in ((d, w) for d in days for w in able):
            start = earliest(year.free[visit.day][worker.index], length)
            if start is not None:
                visit.workers, visit.first, visit.moved_from = (worker,), start, (day, first)
                year.try_take(visit)
                return
        visit.day = held
        visit.released, visit.workers = visit.workers, ()

    # Recurring customers

    def _end_rhythms(self, monday: date) -> None:
        for rhythm in self._rhythms:
            left_on = rhythm.deal.client.left_on
            if left_on is not None and left_on < monday:
                self._promise(rhythm, taken=False)
        self._rhythms = [r for r in self._rhythms if r.deal.client.left_on is None or r.deal.client.left_on >= monday]

    def _begin_rhythms(self, monday: date) -> None:
        while self._waiting and self._waiting[-1].joined_on < min(monday - timedelta(days=3), self._today):
            client = self._waiting.pop()
            if client.left_on is not None and client.left_on < monday:
                continue
            self._regulars[self._near[client.id][0].index].append(client)
            service = "commercial" if client.wish == "office" else "regular"
            weekdays: set[int] = set()
            for _ in range(client.times_a_week):
                deal = self._prices.deal(client, service, frequency=client.frequency, wanted_for=monday)
                rhythm = self._place(deal, monday, avoiding=weekdays)
                if rhythm is None:
                    break
                self._prices.agree(deal)
                if client.is_on_a_plan:
                    deal.plan_code = random_code(self._rng)
                self._promise(rhythm, taken=True)
                self._rhythms.append(rhythm)
                weekdays.add(rhythm.weekday)

    def _place(self, deal: Deal, monday: date, *, avoiding: set[int]) -> Rhythm | None:
        weeks = {"weekly": 1, "biweekly": 2, "every_4_weeks": 4}[deal.frequency]
        for squad in self._near[deal.client.id][:3]:
            choices = [
                (worker, weekday, phase)
                for worker in squad.members
                if worker.employed_from <= monday and deal.may_be_done_by(worker)
                for weekday in range(7)
                if weekday not in avoiding
                for phase in range(weeks)
            ]
            self._rng.shuffle(choices)
            for worker, weekday, phase in choices:
                free = self._common_template(worker, weekday, weeks, phase, deal.cells + PAD)
                first = earliest(free, deal.cells + PAD)
                if first is not None:
                    return Rhythm(deal, worker, weekday, first, weeks, phase, monday)
        return None

    def _common_template(self, worker: Worker, weekday: int, weeks: int, phase: int, wanted: int) -> int:
        free = -1
        room = worker.template(weekday).bit_count() * _RECURRING_SHARE
        for turn in range(phase, 4, weeks):
            if self._promised[worker.index, weekday, turn] + wanted > room:
                return 0
            free &= self._template[worker.index][weekday][turn]
        return free

    def _promise(self, rhythm: Rhythm, *, taken: bool) -> None:
        length = rhythm.deal.cells + PAD
        bits = span(rhythm.first, length)
        row = self._template[rhythm.worker.index][rhythm.weekday]
        for turn in range(rhythm.phase, 4, rhythm.weeks):
            row[turn] = row[turn] & ~bits if taken else row[turn] | bits
            self._promised[rhythm.worker.index, rhythm.weekday, turn] += length if taken else -length

    def _find_another_way(self, visit: Planned, week: Week) -> None:
        """Somebody else at the same time, or another time that week, or not at all."""
        usual, day, first = visit.workers[0], visit.day, visit.first
        squads = self._near[visit.deal.client.id]
        others = [w for squad in squads[:4] for w in squad.members if visit.deal.may_be_done_by(w)]
        if self._rng.random() < 0.6:
            for worker in others:
                visit.workers = (worker,)
                if week.try_take(visit):
                    return
        for worker in [usual, *(w for w in squads[0].members if visit.deal.may_be_done_by(w))]:
            for other_day in week.free:
                if other_day == day or (day > self._today) != (other_day > self._today):
                    continue
                start = earliest(week.free[other_day][worker.index], visit.deal.cells + PAD)
                if start is not None:
                    visit.workers, visit.day, visit.first = (worker,), other_day, start
                    visit.moved_from = (day, first)
                    week.try_take(visit)
                    return
        visit.workers, visit.fate = (usual,), "bumped"

    def _fate(self, day: date) -> str:
        roll = self._rng.random()
        if day > self._today:
            return "cancelled" if roll < 0.008 else "skipped" if roll < 0.014 else "kept"
        if roll < 0.025:
            return "skipped"
        if roll < 0.055:
            return "cancelled"
        return "late" if roll < 0.069 else "kept"

    # Single visits

    def _sell_singles(self, week: Week) -> Iterator[Planned]:
        for day in week.free:
            for squad in self._squads:
                capacity = week.capacity(day, squad)
                aim = capacity * (self._wanted_use(day) + self._rng.uniform(-0.07, 0.07))
                for attempt in range(30):
                    if week.used(day, squad) >= aim:
                        break
                    visit = self._single(day, squad, week, is_big=attempt < 3)
                    if visit is not None:
                        yield visit

    def _wanted_use(self, day: date) -> float:
        ahead = (day - self._today).days
        return 0.87 if ahead <= 0 else max(0.6, 0.85 - 0.0045 * ahead)

    def _single(self, day: date, squad: Squad, week: Week, *, is_big: bool) -> Planned | None:
        client, is_new = self._who_asks(day, squad)
        if client is None:
            return None
        service = self._what_is_asked(client, is_big=is_big)
        deal = self._prices.deal(client, service, frequency="once", wanted_for=day)
        skilled = [worker for worker in squad.members if deal.may_be_done_by(worker)]
        self._rng.shuffle(skilled)
        for workers in combinations(skilled, deal.price.team_size):
            free = -1
            for worker in workers:
                free &= week.free[day][worker.index]
            first = earliest(free, deal.cells + PAD, step=2)
            if first is not None:
                self._prices.agree(deal)
                client.single_on = day
                if is_new:
                    self._singles[squad.index].remove(client)
                fate = self._fate(day)
                visit = Planned(
                    random_code(self._rng), deal, day, first, workers, "kept" if fate == "skipped" else fate
                )
                if visit.fate != "cancelled":
                    week.try_take(visit)
                return visit
        return None

    def _who_asks(self, day: date, squad: Squad) -> tuple[Client | None, bool]:
        new = self._singles[squad.index]
        while new and new[-1].joined_on < day - timedelta(days=40):
            new.pop()  # asked, and went elsewhere
        if new and new[-1].joined_on < min(day, self._today):
            return new[-1], True
        regulars = self._regulars[squad.index]
        if regulars:
            client = self._rng.choice(regulars)
            rested = client.single_on is None or abs((day - client.single_on).days) >= 14
            if rested and client.is_with_us(day) and client.joined_on < self._today:
                return client, False
        return None, False

    def _what_is_asked(self, client: Client, *, is_big: bool) -> str:
        # The long ones are asked for first, while a day still has room for them.
        if client.wish == "office":
            return "special" if is_big else "commercial"
        if not is_big:
            return "regular" if self._rng.random() < 0.85 else "special"
        shares = (6, 3, 1) if client.wish == "once" else (10, 1, 2)
        return self._rng.choices(("deep", "move", "special"), shares)[0]

    def _squads_of(self, clients: Sequence[Client]) -> dict[int, list[Squad]]:
        """Each client's squads, the nearest that still takes customers first."""
        most = 1 + len(clients) // len(self._squads)
        has: dict[int, int] = defaultdict(int)
        found: dict[int, list[Squad]] = {}
        for client in clients:
            near = sorted(
                self._squads, key=lambda s: (s.centre.distance_to(client.latitude, client.longitude), s.index)
            )
            home = next(squad for squad in near if has[squad.index] < most)
            has[home.index] += 1
            found[client.id] = [home, *(squad for squad in near[:8] if squad is not home)]
        return found


def _empty_weeks(worker: Worker) -> list[list[int]]:
    return [[worker.template(weekday)] * 4 for weekday in range(7)]


def _mondays(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=7)


def _weekdays_of(workers: Sequence[Worker]) -> frozenset[int]:
    return frozenset(weekday for worker in workers for weekday in worker.hours[-1].weekdays)

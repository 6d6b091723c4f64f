"""A day of a branch as it stands, as a problem of `core.routing`, and the plan it has so far."""

import hashlib
import itertools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from uuid import UUID

import orjson
from django.db.models import Prefetch

from midway.booking.models import Assignment, Visit
from midway.core.availability import working_spans
from midway.core.routing.problem import Balance, Crew, Pin, Plan, Problem
from midway.core.routing.problem import Visit as Stop
from midway.core.routing.rules import Around, under_rules
from midway.core.routing.travel import Point
from midway.core.timespan import Span, local_midnight, minus
from midway.core.visit_states import STILL_TO_COME
from midway.crew.models import Branch, Cleaner, Commitment, Holiday, Skill
from midway.crew.queries import cleaner_calendars
from midway.dispatch.fairness import around, balances, is_fair, rules_of
from midway.dispatch.models import DayPlan, DispatchSetting, PinnedVisit, Trouble
from midway.dispatch.places import Places
from midway.dispatch.setting import breaks_of, minutes_after, setting_of, weights_of
from midway.dispatch.travel import next_step, travel_between
from midway.dispatch.troubles import troubles_of, upset

FAMILIAR_DAYS, FAMILIAR_VISITS, FAMILIAR_PEOPLE = 120, 2, 2
"""Who came at least so often in so many days is known to the customer; the so many who came most often count."""
LATE_AT_MOST = 30
BLOCK = "block:"
"""What the codes of time that is no visit begin with: an absence, a training, a hold, the gap of a split shift."""


@dataclass(frozen=True)
class Day:
    """A branch's local day: what is to be planned, who comes so far, and a mark of how it stands."""

    branch: Branch
    on: date
    midnight: datetime
    visits: Mapping[str, Visit]
    cleaners: Mapping[str, Cleaner]
    seats: Mapping[str, tuple[str, ...]]
    problem: Problem
    points: Sequence[Point]
    mark: str
    travel_source: str

    def moment(self, minutes: float) -> datetime:
        """The moment so many minutes after midnight."""
        return self.midnight + timedelta(minutes=round(minutes))

    def minutes(self, moment: datetime) -> float:
        """The other way round."""
        return minutes_after(self.midnight, moment)

    def plan_so_far(self) -> Plan:
        """What those who are assigned now will drive, at the best times for their order."""
        orders: dict[str, list[tuple[float, str]]] = {crew.code: [] for crew in self.problem.crews}
        starts = {}
        for stop in self.problem.visits:
            who = stop.pin.crews if stop.pin else self.seats.get(stop.code, ())
            if len(who) == stop.crews_needed and all(crew in orders for crew in who):
                at = stop.pin.start if stop.pin else stop.announced or stop.opens
                starts[stop.code] = at
                for crew in who:
                    orders[crew].append((at, stop.code))
        in_order = {crew: [code for _, code in sorted(stops)] for crew, stops in orders.items()}
        from midway.core.routing.timed import timed_plan  # loads the solver's compiler

        return timed_plan(self.problem, in_order, starts=starts)


def read_day(
    branch: Branch,
    on: date,
    *,
    now: datetime,
    instead: Mapping[str, Sequence[str]] | None = None,
    still_there: Collection[UUID] = (),
    without: Trouble | None = None,
) -> Day:
    """Will read a day. Some fifteen queries.

    `instead` says who came to some visits before an absence, `still_there` names absences and `without` a trouble to
    be overlooked: the day as it stood before somebody fell ill, or a van broke down.
    """
    reader = _Reader(branch, on, now=now)
    reader.troubles = [trouble for trouble in reader.troubles if trouble != without]
    if instead:
        codes = {str(cleaner.code): cleaner.pk for cleaner in reader.cleaners}
        for visit in reader.visits:
            if str(visit.code) in instead:
                reader.seats[visit.pk] = tuple(codes[code] for code in instead[str(visit.code)])
    return reader.day(still_there)


def day_mark(branch: Branch, on: date, *, now: datetime) -> str:
    """A mark of a day's visits, people and hours: equal as long as nothing there has changed. No drives are read."""
    return _Reader(branch, on, now=now).mark()


def problem_of_day(branch: Branch, on: date, *, now: datetime) -> Problem:
    """The day as the solver takes it."""
    return read_day(branch, on, now=now).problem


class _Reader:
    def __init__(self, branch: Branch, on: date, *, now: datetime) -> None:
        self.branch, self.on, self.now, zone = branch, on, now, branch.zoneinfo
        self.midnight, self.next_midnight = local_midnight(on, zone), local_midnight(on + timedelta(days=1), zone)
        self.setting: DispatchSetting = setting_of(branch)
        found = Visit.objects.kept().filter(branch=branch, during__startswith__gte=self.midnight)
        found = found.filter(during__startswith__lt=self.next_midnight)
        seated = Prefetch("assignments", Assignment.objects.filter(active=True).order_by("cleaner_id"))
        related = found.select_related("service__skill", "premises", "customer", "plan").prefetch_related(seated)
        self.visits = list(related.order_by("during", "pk"))
        self.seats = {v.pk: tuple(a.cleaner_id for a in v.assignments.all()) for v in self.visits}
        skills = Prefetch("skills", Skill.objects.order_by("code"))
        self.cleaners = list(Cleaner.objects.filter(branch=branch).prefetch_related(skills).order_by("pk"))
        self.pinned = set(PinnedVisit.objects.filter(visit__in=self.visits).values_list("visit_id", flat=True))
        self.commitments = list(
            Commitment.objects.filter(
                cleaner__branch=branch, active=True, during__overlap=(self.midnight, self.next_midnight)
            ).order_by("pk")
        )
        self.working = self._working()
        self.troubles = troubles_of(branch, on)
        self.weights = weights_of(self.setting)
        self.rules = rules_of(self.setting)

    def _working(self) -> dict[int, list[Span]]:
        holidays = frozenset(Holiday.objects.filter(branch=self.branch).values_list("on", flat=True))
        calendars = cleaner_calendars(branch=self.branch, skill_id=None, first=self.on, days=1)
        return {
            cleaner.pk: working_spans(calendar, first=self.on, days=1, zone=self.branch.zoneinfo, holidays=holidays)
            for cleaner, calendar in zip(self.cleaners, calendars, strict=True)
        }

    def mark(self) -> str:
        """Holds are left out: customers look at times all day, and the calendar refuses what one is in the way of."""
        facts = [
            [[v.code, v.revision, v.state, v.starts_at, v.ends_at, self.seats[v.pk]] for v in self.visits],
            [[c.cleaner_id, c.kind, c.during.lower, c.during.upper] for c in self.commitments if _counts(c)],
            [[pk, [[s.start, s.end] for s in spans]] for pk, spans in sorted(self.working.items())],
            sorted(self.pinned),
            *([[trouble.code for trouble in self.troubles]] if self.troubles else []),
        ]
        return hashlib.sha256(orjson.dumps(facts)).hexdigest()[:24]

    def day(self, still_there: Collection[UUID]) -> Day:
        places = _Rows(self.branch)
        names = {cleaner.pk: str(cleaner.code) for cleaner in self.cleaners}
        planned = [visit for visit in self.visits if self._is_planned(visit)]
        crews, blocks = self._crews(places, still_there)
        known = {crew.code for crew in crews}
        familiar = _familiar(planned, self.branch, self.on, names)
        is_settled = self.on == self.now.astimezone(self.branch.zoneinfo).date() or _has_published(self.branch, self.on)
        begun = self._where_they_are(planned, known, names)
        planned = [visit for visit in planned if not self._has_begun(visit) or visit.pk in begun.values()]
        crews = [self._from_there(self._lawful(crew), planned, places, begun) for crew in crews]
        stops = [self._stop(visit, places, names, familiar, begun, is_settled=is_settled) for visit in planned]
        travel = travel_between(places.points, self.setting)
        problem = Problem(
            crews=crews,
            visits=[*stops, *blocks],
            travel_minutes=travel.minutes,
            weights=self.weights,
            late_at_most=LATE_AT_MOST,
            is_weekend=self.on.weekday() >= 5,
        )
        problem = upset(problem, self.troubles, minutes=lambda moment: minutes_after(self.midnight, moment))
        return Day(
            branch=self.branch,
            on=self.on,
            midnight=self.midnight,
            visits={str(visit.code): visit for visit in planned},
            cleaners={str(cleaner.code): cleaner for cleaner in self.cleaners},
            seats={str(visit.code): tuple(names[pk] for pk in self.seats[visit.pk]) for visit in planned},
            problem=problem,
            points=places.points,
            mark=self.mark(),
            travel_source=travel.source,
        )

    def _is_planned(self, visit: Visit) -> bool:
        """What has begun without anybody is past planning."""
        return bool(self.seats[visit.pk]) or not self._has_begun(visit)

    def _has_begun(self, visit: Visit) -> bool:
        return visit.state not in STILL_TO_COME or visit.starts_at <= self.now

    def _where_they_are(
        self, planned: Sequence[Visit], known: Collection[str], names: Mapping[int, str]
    ) -> dict[str, int]:
        """By crew, the visit they began last: what they did before is past planning."""
        last: dict[str, int] = {}
        for visit in planned:
            if self._has_begun(visit):
                last.update({names[pk]: visit.pk for pk in self.seats[visit.pk] if names[pk] in known})
        return last

    def _lawful(self, crew: Crew) -> Crew:
        """The crew's day as the rules allow it, and what it did in the weeks before, where that counts."""
        pk = self._ids[crew.code]
        if self.rules is not None:
            crew = under_rules(crew, self.rules, self._around.get(pk))
        return replace(crew, balance=self._balances[pk]) if pk in self._balances else crew

    @cached_property
    def _ids(self) -> dict[str, int]:
        return {str(cleaner.code): cleaner.pk for cleaner in self.cleaners}

    @cached_property
    def _around(self) -> dict[int, Around]:
        return around(self.branch, self.on)

    @cached_property
    def _balances(self) -> dict[int, Balance]:
        if not is_fair(self.weights):
            return {}
        return balances(self.branch, self.on, weeks=self.setting.balance_weeks, cleaners=self.cleaners)

    def _from_there(self, crew: Crew, planned: Sequence[Visit], places: "_Rows", begun: Mapping[str, int]) -> Crew:
        """A crew that is under way begins its day where it is."""
        for visit in planned:
            if begun.get(crew.code) == visit.pk:
                opens = min(crew.closes, minutes_after(self.midnight, visit.starts_at))
                return replace(crew, start_place=places.of_visit(visit), opens=opens)
        return crew

    def _stop(
        self, visit: Visit, places: "_Rows", names: Mapping[int, str], familiar: Mapping[int, frozenset[str]],
        begun: Mapping[str, int], *, is_settled: bool,
    ) -> Stop:  # fmt: skip
        seats = tuple(names[pk] for pk in self.seats[visit.pk])
        announced = minutes_after(self.midnight, visit.starts_at)
        has_begun = self._has_begun(visit)
        pin = None
        is_held = visit.pk in self.pinned and len(seats) == visit.team_size
        there = tuple(crew for crew in seats if begun.get(crew) == visit.pk) if has_begun else seats
        if has_begun or is_held:
            pin = Pin(crews=there, start=announced, is_started=has_begun)
        earliest = next_step(max(0.0, minutes_after(self.midnight, self.now)))
        reach = self.setting.move_at_most_minutes
        opens = max(announced - reach, earliest, 0.0)
        skill = visit.service.skill
        return Stop(
            code=str(visit.code),
            place=places.of_visit(visit),
            opens=opens,
            closes=max(announced + reach, opens),
            minutes=visit.duration.total_seconds() / 60,
            crews_needed=len(pin.crews) if pin else visit.team_size,
            skills=frozenset({skill.code}) if skill else frozenset(),
            preferred_crews=familiar.get(visit.pk, frozenset()),
            planned_crews=frozenset(seats) if is_settled else frozenset(),
            announced=announced,
            pin=pin,
        )

    def _crews(self, places: "_Rows", still_there: Collection[UUID]) -> tuple[list[Crew], list[Stop]]:
        crews: list[Crew] = []
        blocks: list[Stop] = []
        breaks = tuple(breaks_of(self.setting, self.on, self.branch.zoneinfo))
        own = {visit.code for visit in self.visits} | set(still_there)
        for cleaner in self.cleaners:
            busy = [c for c in self.commitments if c.cleaner_id == cleaner.pk and c.reference not in own]
            free = minus(self._hours(cleaner), [Span(c.during.lower, c.during.upper) for c in busy])
            if not free:
                continue
            place = places.of_cleaner(cleaner)
            opens, closes = (minutes_after(self.midnight, m) for m in (free[0].start, free[-1].end))
            crews.append(
                Crew(
                    code=str(cleaner.code),
                    start_place=place,
                    end_place=place,
                    opens=opens,
                    closes=closes,
                    overtime_at_most=self.setting.overtime_at_most_minutes,
                    breaks=breaks,
                    skills=frozenset(skill.code for skill in cleaner.skills.all()),
                )
            )
            blocks += _gaps(cleaner, place, free, self.midnight)
        return crews, blocks

    def _hours(self, cleaner: Cleaner) -> list[Span]:
        """A cleaner's hours; who has none that day, but visits, is there for these."""
        if self.working[cleaner.pk]:
            return self.working[cleaner.pk]
        asked = [Span(v.starts_at, v.ends_at) for v in self.visits if cleaner.pk in self.seats[v.pk]]
        return [Span(min(s.start for s in asked), max(s.end for s in asked))] if asked else []


def _counts(commitment: Commitment) -> bool:
    return commitment.kind not in {Commitment.Kind.HOLD, Commitment.Kind.VISIT}


def _gaps(cleaner: Cleaner, place: int, free: Sequence[Span], midnight: datetime) -> Iterable[Stop]:
    """Time between free stretches, as stops at the cleaner's own place that nobody may move."""
    for number, (earlier, later) in enumerate(itertools.pairwise(free)):
        start, end = minutes_after(midnight, earlier.end), minutes_after(midnight, later.start)
        yield Stop(
            code=f"{BLOCK}{cleaner.code}:{number}",
            place=place,
            opens=start,
            closes=start,
            minutes=end - start,
            pin=Pin(crews=(str(cleaner.code),), start=start),
        )


class _Rows:
    """Rows of the travel matrix; the same point is one row."""

    def __init__(self, branch: Branch) -> None:
        self.points: list[Point] = []
        self._rows: dict[Point, int] = {}
        self._places = Places(branch)

    def of_visit(self, visit: Visit) -> int:
        return self._row(self._places.of_home(visit.premises))

    def of_cleaner(self, cleaner: Cleaner) -> int:
        return self._row(self._places.of_cleaner(cleaner))

    def _row(self, point: Point) -> int:
        if point not in self._rows:
            self._rows[point] = len(self.points)
            self.points.append(point)
        return self._rows[point]


def _familiar(visits: Sequence[Visit], branch: Branch, on: date, names: Mapping[int, str]) -> dict[int, frozenset[str]]:
    """By visit: whom the customer asked for, else who came most often of late."""
    wished: dict[int, set[str]] = defaultdict(set)
    plans = {visit.plan_id for visit in visits if visit.plan_id}
    for cleaner, plan in Cleaner.objects.filter(preferred_by_plans__in=plans).values_list("pk", "preferred_by_plans"):
        wished[plan].add(names.get(cleaner, ""))
    came: dict[int, Counter[int]] = defaultdict(Counter)
    rows = Assignment.objects.filter(
        active=True,
        visit__customer__in={visit.customer_id for visit in visits},
        visit__during__startswith__gte=local_midnight(on - timedelta(days=FAMILIAR_DAYS), branch.zoneinfo),
        visit__during__startswith__lt=local_midnight(on, branch.zoneinfo),
    )
    for customer, cleaner in rows.values_list("visit__customer_id", "cleaner_id"):
        came[customer][cleaner] += 1
    found = {}
    for visit in visits:
        often = [pk for pk, n in came[visit.customer_id].most_common(FAMILIAR_PEOPLE) if n >= FAMILIAR_VISITS]
        known = wished.get(visit.plan_id or 0) or {names[pk] for pk in often if pk in names}
        found[visit.pk] = frozenset(known - {""})
    return found


def _has_published(branch: Branch, on: date) -> bool:
    return DayPlan.objects.filter(branch=branch, on=on, state=DayPlan.State.PUBLISHED).exists()

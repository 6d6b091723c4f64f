"""What a recurring plan would mean for the year, before it is sold, and what has become of one."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from django.db import connection
from django.db.models import Prefetch

from midway.booking.models import Assignment, Hold, Plan, Quote, Service, Visit
from midway.core.plan_fit import Alternative, Asked, Fit, Openings, Stretch, stretch_of
from midway.core.pricing import FREQUENCIES
from midway.core.recurrence import Change, Closures, HolidayShift, Occurrence, Rule, held_on, occurrences, series
from midway.core.timespan import CELL, local_midnight
from midway.crew.models import Branch, Commitment
from midway.crew.queries import closed_days, free_time_by_cleaner

WEEKS_AHEAD = 52
NEIGHBOUR_DAYS = 3


class NotRecurring(ValueError):
    """A plan needs a rhythm. Choose weekly, or every two, three or four weeks."""


@dataclass(frozen=True)
class PlanTerms:
    """What is promised again and again: where the calendar is asked, by which rule, for how long and how many."""

    branch: Branch
    service: Service
    rule: Rule
    duration: timedelta
    team_size: int
    shift: HolidayShift = HolidayShift.AFTER
    preferred: Sequence[int] = ()

    @property
    def asked(self) -> Asked:
        return Asked(needed=self.duration + self.branch.pad, team_size=self.team_size, preferred=self.preferred)


@dataclass(frozen=True)
class WeekCheck:
    """One date of the plan: when it would take place, who would come, or what could be done instead.

    Without `start` it is left out. Without `cleaners` it needs a decision.
    """

    original: date
    start: datetime | None
    cleaners: Sequence[int] = ()
    alternative: Alternative | None = None
    is_shifted: bool = False

    @property
    def needs_decision(self) -> bool:
        return self.start is not None and not self.cleaners


@dataclass(frozen=True)
class OtherRule:
    """The same plan on another day or at another time, and how many of its dates would fit."""

    rule: Rule
    fitting: int
    of: int


@dataclass(frozen=True)
class PlanCheck:
    """The answer for the whole year."""

    weeks: Sequence[WeekCheck]
    usual: Sequence[int] = ()
    """The cleaners who would usually come."""
    continuity: Sequence[tuple[int, int]] = ()
    """Cleaners who could come most often, and to how many dates."""
    instead: Sequence[OtherRule] = field(default_factory=tuple)

    @property
    def taking_place(self) -> int:
        return sum(week.start is not None for week in self.weeks)

    @property
    def fitting(self) -> int:
        return sum(bool(week.cleaners) for week in self.weeks)

    @property
    def to_decide(self) -> list[WeekCheck]:
        """The dates for which nobody, or too few, are free."""
        return [week for week in self.weeks if week.needs_decision]


def rule_of_frequency(frequency: str, start: datetime, branch: Branch) -> Rule:
    """The rule a customer means who chose a frequency and a first visit. Raises `NotRecurring`."""
    weeks = FREQUENCIES.get(frequency, 0)
    if not weeks:
        raise NotRecurring(NotRecurring.__doc__)
    local = start.astimezone(branch.zoneinfo)
    return Rule(local.date(), local.time(), frozenset({local.weekday()}), every=weeks)


def terms_of_quote(quote: Quote, *, start: datetime) -> PlanTerms:
    """The plan a quote and a first visit amount to. Raises `NotRecurring`."""
    return PlanTerms(
        branch=quote.branch,
        service=quote.service,
        rule=rule_of_frequency(quote.frequency, start, quote.branch),
        duration=timedelta(minutes=quote.duration_minutes),
        team_size=quote.team_size,
    )


def terms_of(plan: Plan) -> PlanTerms:
    """What an existing plan promises. One query."""
    return PlanTerms(
        branch=plan.branch,
        service=plan.service,
        rule=plan.rule,
        duration=plan.duration,
        team_size=plan.team_size,
        shift=HolidayShift(plan.holiday_rule),
        preferred=tuple(plan.preferred.order_by("name", "id").values_list("id", flat=True)),
    )


def plan_horizon(branch: Branch, *, now: datetime) -> date:
    """The last day of the 52 weeks that plans are filled to."""
    return now.astimezone(branch.zoneinfo).date() + timedelta(days=7 * WEEKS_AHEAD - 1)


def closures_of(terms: PlanTerms, *, first: date, last: date) -> Closures:
    """The days on which the branch is closed, with the plan's rule for them. Two queries."""
    around = timedelta(days=7)
    holidays, workdays = closed_days(branch=terms.branch, first=first - around, last=last + around)
    return Closures(holidays=holidays, workdays=workdays, shift=terms.shift)


def check_plan(
    *, terms: PlanTerms, now: datetime, changes: Mapping[date, Change] | None = None, quote: Quote | None = None
) -> PlanCheck:
    """Will answer for every date of 52 weeks: it fits, or it needs a decision, and what would be best instead.

    Read only; a fixed number of queries, whatever the number of cleaners and weeks. The slot held for `quote`
    counts as free. Raises `crew.queries.CalendarNotWritten`.
    """
    today = now.astimezone(terms.branch.zoneinfo).date()
    first = max(today, terms.rule.opens)
    last = plan_horizon(terms.branch, now=now)
    closures = closures_of(terms, first=first, last=last)
    found = series(
        terms.rule, first=first, last=last, zone=terms.branch.zoneinfo, closures=closures, changes=changes or {}
    )
    fit, stretch = fit_for(terms, first=max(today, first - timedelta(days=7)), last=last, quote=quote)
    return _judged(_Year(terms, closures, fit, stretch, first, last, now), found)


@dataclass(frozen=True)
class _Year:
    terms: PlanTerms
    closures: Closures
    fit: Fit
    stretch: Stretch
    first: date
    last: date
    now: datetime


def _judged(year: _Year, found: Sequence[Occurrence]) -> PlanCheck:
    starts = [o.start for o in found if o.start is not None]
    ranked = year.fit.ranked(starts)
    weeks = [_week(year, occurrence, ranked, {o.original for o in found}) for occurrence in found]
    fitting = sum(bool(week.cleaners) for week in weeks)
    return PlanCheck(
        weeks=weeks,
        usual=ranked[: year.terms.team_size],
        continuity=[(cleaner, year.fit.weeks_of(cleaner, starts)) for cleaner in ranked[:5]],
        instead=_other_rules(year, better_than=fitting) if fitting < len(starts) else (),
    )


def _week(year: _Year, occurrence: Occurrence, ranked: Sequence[int], avoid: set[date]) -> WeekCheck:
    if occurrence.start is None:
        return WeekCheck(occurrence.original, None, is_shifted=occurrence.is_shifted)
    team = year.fit.team_for(occurrence.start, ranked)
    alternative = None
    if not team:
        branch = year.terms.branch
        alternative = year.fit.nearest(
            occurrence.start,
            on=occurrence.start.astimezone(branch.zoneinfo).date(),
            ranked=ranked,
            avoid=avoid,
            not_before=year.now + timedelta(minutes=branch.notice_minutes),
            grid_minutes=branch.start_grid_minutes,
            days_around=NEIGHBOUR_DAYS,
        )
    return WeekCheck(occurrence.original, occurrence.start, team, alternative, occurrence.is_shifted)


def _other_rules(year: _Year, *, better_than: int) -> list[OtherRule]:
    rule, grid = year.terms.rule, year.terms.branch.start_grid_minutes
    weekdays = [frozenset({n}) for n in range(7)] if len(rule.weekdays) == 1 else [rule.weekdays]
    found = []
    for days in weekdays:
        other = replace(rule, weekdays=days)
        held = [held_on(other, day, year.closures) for day in occurrences(other, year.first, year.last)]
        taking_place = [day for day in held if day is not None]
        for minutes in range(0, 24 * 60, grid):
            clock = time(minutes // 60, minutes % 60)
            fitting = sum(year.fit.fits_at(year.stretch.cell_at(day, clock)) for day in taking_place)
            if fitting > better_than:
                found.append(OtherRule(replace(other, clock=clock), fitting, len(taking_place)))
    return sorted(found, key=lambda o: (o.of - o.fitting, _inconvenience(rule, o.rule)))[:3]


def _inconvenience(rule: Rule, other: Rule) -> tuple[int, int]:
    away = min((min(other.weekdays) - min(rule.weekdays)) % 7, (min(rule.weekdays) - min(other.weekdays)) % 7)
    minutes = abs((other.clock.hour - rule.clock.hour) * 60 + other.clock.minute - rule.clock.minute)
    return away * 240 + minutes, away


def fit_for(terms: PlanTerms, *, first: date, last: date, quote: Quote | None = None) -> tuple[Fit, Stretch]:
    """The calendar of everybody who could come, from `first` to a few days past `last`. One query, two with a quote."""
    openings = openings_for(terms, first=first, last=last, quote=quote)
    return openings.fit(terms.asked), openings.stretch


def openings_for(terms: PlanTerms, *, first: date, last: date, quote: Quote | None = None) -> Openings:
    """The same, to give away many visits' time from one after another."""
    until = last + timedelta(days=NEIGHBOUR_DAYS + 1)
    stretch = stretch_of(terms.branch.zoneinfo, first, (until - first).days + 1)
    free = free_time_by_cleaner(
        branch_id=terms.branch.pk, skill_id=terms.service.skill_id, first=first, cells=stretch.cells
    )
    for cleaner, bits in _held_for(quote, stretch):
        if cleaner in free:
            free[cleaner] |= bits
    return Openings(free, stretch)


def _held_for(quote: Quote | None, stretch: Stretch) -> list[tuple[int, int]]:
    if quote is None:
        return []
    held = Commitment.objects.filter(
        active=True, reference__in=Hold.objects.filter(quote=quote, state=Hold.State.OPEN).values("code")
    )
    return [
        (taken.cleaner_id, sum(stretch.bit(cell) for cell in _cells(stretch, taken.during.lower, taken.during.upper)))
        for taken in held
    ]


def _cells(stretch: Stretch, start: datetime, end: datetime) -> range:
    return range(stretch.cell(start), stretch.cell(end - CELL) + 1)


@dataclass(frozen=True)
class BrokenPromise:
    """A visit that cannot be kept as it stands, why, and what would mend it."""

    visit: Visit
    reason: str
    """`cleaner_missing`, or `outside_hours`: a holiday, other hours, or somebody who left."""
    mend: Alternative | None
    """The same time with other cleaners, or the nearest other time; `start` and `cleaners` for a rescheduling."""
    outside: frozenset[int] = frozenset()
    """The cleaners outside whose hours it lies."""

    @property
    def mend_keeps_time(self) -> bool:
        """Whether the mend leaves the customer's time as it was promised."""
        return self.mend is not None and self.mend.start == self.visit.starts_at


_OUTSIDE_HOURS = """
    SELECT DISTINCT v.id, w.id FROM (
        SELECT c.id, crew_working(c.id, %(first)s, %(last)s) AS spans FROM crew_cleaner c
        WHERE c.branch_id = %(branch)s
    ) w JOIN booking_assignment a ON a.cleaner_id = w.id AND a.active JOIN booking_visit v ON v.id = a.visit_id
    WHERE v.branch_id = %(branch)s AND v.state = 'scheduled' AND lower(v.during) > %(now)s
      AND v.during && tstzrange(%(opens)s, %(closes)s) AND NOT v.during <@ w.spans
"""


def broken_promises(
    *, branch: Branch, first: date, last: date, now: datetime, cleaner_id: int | None = None
) -> list[BrokenPromise]:
    """Every visit still to come, from `first` to `last`, that lost a cleaner or lies outside a cleaner's hours.

    Each with a mend, no two of which use the same cleaner's time. Asked after an absence, a holiday, changed hours
    or a leaver; `cleaner_id` asks only of their hours. A fixed number of queries for visits of one service.
    Raises `crew.queries.CalendarNotWritten`.
    """
    zone = branch.zoneinfo
    opens, closes = local_midnight(first, zone), local_midnight(last + timedelta(days=1), zone)
    with connection.cursor() as cursor:
        cursor.execute(
            _OUTSIDE_HOURS,
            {
                "branch": branch.pk, "now": now,
                "first": first, "last": last, "opens": opens, "closes": closes,
            },
        )  # fmt: skip
        outside: dict[int, set[int]] = defaultdict(set)
        for visit_id, outside_id in cursor.fetchall():
            outside[visit_id].add(outside_id)
    if cleaner_id is not None:
        outside = {visit_id: who for visit_id, who in outside.items() if cleaner_id in who}
    ahead = Visit.objects.filter(branch=branch, state="scheduled", during__startswith__gt=now).between(opens, closes)
    visits = (
        (ahead.filter(pk__in=outside) | ahead.filter(cleaners_missing__gt=0))
        .select_related("service", "customer", "premises", "plan")
        .prefetch_related(Prefetch("assignments", Assignment.objects.filter(active=True)))
        .order_by("during", "id")
    )
    mender = _Mender(branch, first=max(first, now.astimezone(zone).date()), last=last, now=now)
    return [
        BrokenPromise(
            visit,
            "outside_hours" if visit.pk in outside else "cleaner_missing",
            mender.mend(visit, outside.get(visit.pk, ())),
            frozenset(outside.get(visit.pk, ())),
        )
        for visit in visits
    ]


class _Mender:
    """Proposes other cleaners or times, and remembers whose time it has given away."""

    def __init__(self, branch: Branch, *, first: date, last: date, now: datetime) -> None:
        self._branch, self._now = branch, now
        today = now.astimezone(branch.zoneinfo).date()
        self._first = max(first - timedelta(days=NEIGHBOUR_DAYS), today)
        self._until = last + timedelta(days=NEIGHBOUR_DAYS + 1)
        self._stretch = stretch_of(branch.zoneinfo, self._first, (self._until - self._first).days + 1)
        self._free: dict[int | None, dict[int, int]] = {}
        self._given: dict[int, int] = {}

    def mend(self, visit: Visit, outside: Collection[int]) -> Alternative | None:
        """The visit's own time with others, or the nearest time at which enough are free.

        Whoever of its cleaners can come stays on it.
        """
        needed = visit.duration + self._branch.pad
        free = {c: bits & ~self._given.get(c, 0) for c, bits in self._free_for(visit.service.skill_id).items()}
        staying = [a.cleaner_id for a in visit.assignments.all() if a.cleaner_id not in outside]
        own = sum(self._stretch.bit(cell) for cell in _cells(self._stretch, visit.starts_at, visit.starts_at + needed))
        for cleaner in staying:
            free[cleaner] = free.get(cleaner, 0) | own
        fit = Fit(free, self._stretch, Asked(needed, visit.team_size, staying))
        on = visit.starts_at.astimezone(self._branch.zoneinfo).date()
        ranked = fit.ranked([visit.starts_at])
        team = fit.team_for(visit.starts_at, ranked)
        found = (
            Alternative(visit.starts_at, team)
            if team
            else fit.nearest(
                visit.starts_at,
                on=on,
                ranked=ranked,
                avoid=(),
                not_before=self._now + timedelta(minutes=self._branch.notice_minutes),
                grid_minutes=self._branch.start_grid_minutes,
                days_around=NEIGHBOUR_DAYS,
            )
        )
        if found is not None:
            taken = sum(self._stretch.bit(cell) for cell in _cells(self._stretch, found.start, found.start + needed))
            for cleaner in found.cleaners:
                self._given[cleaner] = self._given.get(cleaner, 0) | taken
        return found

    def _free_for(self, skill_id: int | None) -> dict[int, int]:
        if skill_id not in self._free:
            self._free[skill_id] = free_time_by_cleaner(
                branch_id=self._branch.pk, skill_id=skill_id, first=self._first, cells=self._stretch.cells
            )
        return self._free[skill_id]

"""What the office's board shows: each cleaner's hours, visits, holds and absences over some days.

A fixed number of queries, whatever the number of cleaners, days and visits.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Prefetch, Q

from midway.booking.models import ActualTime, Assignment, Visit
from midway.booking.queries import tidy_postcode
from midway.core.availability import CleanerCalendar, DayException, WeeklyShift, working_spans
from midway.core.timespan import Span, local_midnight, minus
from midway.core.visit_states import VisitState
from midway.crew.models import Absence, Area, Branch, Cleaner, Commitment, Holiday, Shift, ShiftException, Team

LATE_AFTER = timedelta(minutes=15)
"""A visit nobody has reported to have begun is late a quarter of an hour after its time."""


@dataclass(frozen=True)
class BoardVisit:
    """A kept visit with the part of town it is in and who comes; `area` is empty where we do not know it."""

    visit: Visit
    area: str
    cleaner_ids: tuple[int, ...]
    is_late: bool = False

    @property
    def span(self) -> Span:
        return Span(self.visit.starts_at, self.visit.ends_at)


@dataclass(frozen=True)
class Block:
    """Time that cannot be sold for another reason: a hold, an absence, a break, a training."""

    kind: str
    span: Span
    reason: str = ""


@dataclass(frozen=True)
class CleanerDay:
    """One cleaner on one local day."""

    on: date
    day: Span
    working: Sequence[Span] = ()
    visits: Sequence[BoardVisit] = ()
    blocks: Sequence[Block] = ()

    @property
    def working_minutes(self) -> int:
        """Minutes of their hours that they are there for, absences taken out."""
        away = [block.span for block in self.blocks if block.kind == Commitment.Kind.ABSENCE]
        return sum(span.minutes for span in minus(self.working, away))

    @property
    def booked_minutes(self) -> int:
        """Minutes promised to customers."""
        return sum(visit.span.minutes for visit in self.visits)

    @property
    def is_away(self) -> bool:
        """Whether an absence leaves nothing of their hours."""
        return bool(self.working) and not self.working_minutes


@dataclass(frozen=True)
class Row:
    """One cleaner over the board's days."""

    cleaner: Cleaner
    teams: Sequence[str]
    skill_ids: frozenset[int]
    days: Sequence[CleanerDay]


@dataclass(frozen=True)
class Board:
    """The whole picture. `tray` holds visits that lack somebody, in order of time."""

    branch: Branch
    days: Sequence[date]
    rows: Sequence[Row]
    tray: Sequence[BoardVisit]
    holidays: Mapping[date, str] = field(default_factory=dict)

    @property
    def visits(self) -> list[BoardVisit]:
        """Every visit once, in order of time."""
        found = {visit.visit.pk: visit for row in self.rows for day in row.days for visit in day.visits}
        found.update({visit.visit.pk: visit for visit in self.tray})
        return sorted(found.values(), key=lambda visit: (visit.visit.starts_at, visit.visit.pk))


def board_of(*, branch: Branch, first: date, days: int, now: datetime) -> Board:
    """The board of `days` local days from `first`. Twelve queries."""
    zone = branch.zoneinfo
    dates = [first + timedelta(days=n) for n in range(days)]
    edges = {on: Span(local_midnight(on, zone), local_midnight(on + timedelta(days=1), zone)) for on in dates}
    window = (edges[dates[0]].start, edges[dates[-1]].end)
    cleaners = _cleaners(branch, first=dates[0], last=dates[-1])
    holidays = dict(Holiday.objects.filter(branch=branch).values_list("on", "name"))
    visits = _visits(branch, window, now=now)
    working = _working(cleaners, branch, first=first, days=days, holidays=frozenset(holidays))
    blocks = _blocks(branch, window, now=now)
    rows = [
        Row(
            cleaner=cleaner,
            teams=[team.name for team in cleaner.teams.all()],
            skill_ids=frozenset(skill.pk for skill in cleaner.skills.all()),
            days=[
                CleanerDay(
                    on=on,
                    day=edge,
                    working=_clipped(working[cleaner.pk], edge),
                    visits=[v for v in visits if cleaner.pk in v.cleaner_ids and v.span.overlaps(edge)],
                    blocks=[b for b in blocks[cleaner.pk] if b.span.overlaps(edge)],
                )
                for on, edge in edges.items()
            ],
        )
        for cleaner in cleaners
    ]
    rows.sort(key=lambda row: (not row.teams, row.teams, row.cleaner.name, row.cleaner.pk))
    tray = [visit for visit in visits if visit.visit.cleaners_missing]
    return Board(branch=branch, days=dates, rows=rows, tray=tray, holidays=holidays)


def unassigned_visits(*, branch: Branch, now: datetime, limit: int = 50) -> list[BoardVisit]:
    """Visits still to come that lack somebody, the soonest first. Three queries."""
    found = (
        Visit.objects.unassigned()
        .filter(branch=branch, state=VisitState.SCHEDULED, during__endswith__gt=now)
        .select_related("service", "customer", "premises")
        .order_by("during")[:limit]
    )
    return _with_people(list(found), _area_names(branch), now=now)


@dataclass(frozen=True)
class Candidate:
    """A cleaner who might take a visit: whether they are free then, work then, and know how."""

    cleaner: Cleaner
    is_free: bool
    works_then: bool
    has_skill: bool

    @property
    def fits(self) -> bool:
        return self.is_free and self.works_then and self.has_skill


def candidates_for(visit: Visit, *, now: datetime) -> list[Candidate]:
    """Everybody of the visit's branch, those who fit best first; time the visit itself takes counts as free."""
    branch, zone = visit.branch, visit.branch.zoneinfo
    on = visit.starts_at.astimezone(zone).date()
    span = Span(visit.starts_at, visit.ends_at + branch.pad)
    cleaners = _cleaners(branch, first=on, last=on)
    holidays = frozenset(Holiday.objects.filter(branch=branch).values_list("on", flat=True))
    working = _working(cleaners, branch, first=on, days=2, holidays=holidays)
    busy = set(
        Commitment.objects.filter(cleaner__branch=branch, active=True, during__overlap=(span.start, span.end))
        .exclude(reference=visit.code)
        .exclude(kind=Commitment.Kind.HOLD, hold_expires_at__lte=now)
        .values_list("cleaner_id", flat=True)
    )
    skill = visit.service.skill_id
    found = [
        Candidate(
            cleaner=cleaner,
            is_free=cleaner.pk not in busy,
            works_then=any(w.start <= span.start and span.end <= w.end for w in working[cleaner.pk]),
            has_skill=skill is None or skill in {s.pk for s in cleaner.skills.all()},
        )
        for cleaner in cleaners
    ]
    return sorted(found, key=lambda c: (not c.fits, not c.is_free, not c.works_then, c.cleaner.name))


def _cleaners(branch: Branch, *, first: date, last: date) -> list[Cleaner]:
    stayed = Q(left_on__isnull=True) | Q(left_on__gte=first)
    found = Cleaner.objects.filter(stayed, branch=branch, employed_from__lte=last)
    return list(found.prefetch_related(Prefetch("teams", Team.objects.in_use()), "skills"))


def _visits(branch: Branch, window: tuple[datetime, datetime], *, now: datetime) -> list[BoardVisit]:
    found = (
        Visit.objects.kept()
        .filter(branch=branch)
        .between(*window)
        .select_related("service", "customer", "premises")
        .order_by("during", "id")
    )
    return _with_people(list(found), _area_names(branch), now=now)


def _with_people(visits: Sequence[Visit], areas: Mapping[str, str], *, now: datetime) -> list[BoardVisit]:
    people: dict[int, list[int]] = defaultdict(list)
    assigned = Assignment.objects.filter(visit__in=[v.pk for v in visits], active=True).order_by("cleaner_id")
    for visit_id, cleaner_id in assigned.values_list("visit_id", "cleaner_id"):
        people[visit_id].append(cleaner_id)
    reporting = _field_reports(visits)
    return [
        BoardVisit(
            visit=visit,
            area=areas.get(tidy_postcode(visit.premises.postcode), ""),
            cleaner_ids=tuple(people[visit.pk]),
            is_late=reporting and _is_late(visit, now=now),
        )
        for visit in visits
    ]


def _field_reports(visits: Sequence[Visit]) -> bool:
    """Where nobody reports from the field, a visit that has begun is not news; what the office marks done is no
    report."""
    if any(visit.state in {VisitState.EN_ROUTE, VisitState.IN_PROGRESS} for visit in visits):
        return True
    done = [visit for visit in visits if visit.state == VisitState.DONE]
    return bool(done) and ActualTime.objects.filter(visit__in=done, started_at__isnull=False).exists()


def _is_late(visit: Visit, *, now: datetime) -> bool:
    if visit.state == VisitState.IN_PROGRESS:
        return now > visit.ends_at + LATE_AFTER
    begun = visit.state not in {VisitState.SCHEDULED, VisitState.EN_ROUTE}
    return not begun and visit.starts_at + LATE_AFTER < now < visit.ends_at


def _area_names(branch: Branch) -> dict[str, str]:
    return dict(Area.objects.filter(branch=branch).values_list("postcode", "name"))


def _working(
    cleaners: Sequence[Cleaner], branch: Branch, *, first: date, days: int, holidays: frozenset[date]
) -> dict[int, list[Span]]:
    window = (first - timedelta(days=1), first + timedelta(days=days))
    ids = [cleaner.pk for cleaner in cleaners]
    shifts: dict[int, list[WeeklyShift]] = defaultdict(list)
    current = Q(valid_to__isnull=True) | Q(valid_to__gte=window[0])
    for s in Shift.objects.filter(current, cleaner__in=ids, valid_from__lte=window[1]):
        shifts[s.cleaner_id].append(WeeklyShift(s.weekday, s.start, s.end, s.valid_from, s.valid_to))
    exceptions: dict[int, list[DayException]] = defaultdict(list)
    for e in ShiftException.objects.filter(cleaner__in=ids, on__range=window):
        exceptions[e.cleaner_id].append(DayException(e.on, e.start, e.end))
    # One day more, for a night shift that runs into the first morning.
    return {
        cleaner.pk: working_spans(
            CleanerCalendar(
                employed_from=cleaner.employed_from,
                left_on=cleaner.left_on,
                shifts=shifts[cleaner.pk],
                exceptions=exceptions[cleaner.pk],
            ),
            first=window[0],
            days=days + 1,
            zone=branch.zoneinfo,
            holidays=holidays,
        )
        for cleaner in cleaners
    }


def _blocks(branch: Branch, window: tuple[datetime, datetime], *, now: datetime) -> dict[int, list[Block]]:
    found = (
        Commitment.objects.filter(cleaner__branch=branch, active=True, during__overlap=window)
        .exclude(kind=Commitment.Kind.VISIT)
        .exclude(kind=Commitment.Kind.HOLD, hold_expires_at__lte=now)
        .order_by("during")
    )
    commitments = list(found)
    reasons: dict[UUID, str] = dict(
        Absence.objects.filter(code__in=[c.reference for c in commitments]).values_list("code", "reason")
    )
    blocks: dict[int, list[Block]] = defaultdict(list)
    for c in commitments:
        span = Span(c.during.lower, c.during.upper)
        blocks[c.cleaner_id].append(Block(kind=c.kind, span=span, reason=reasons.get(c.reference, "")))
    return blocks


def _clipped(spans: Iterable[Span], edge: Span) -> list[Span]:
    return [Span(max(s.start, edge.start), min(s.end, edge.end)) for s in spans if s.overlaps(edge)]

"""What it would mean to put a visit somewhere else on the board: driving added or saved, and what stands against it.

Light on purpose: it is asked again and again while somebody drags. It reads the days of the cleaners concerned, takes
visits at the times promised, and loads neither the solver nor arrays. The calendar has the last word.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from django.db.models import Q

from midway.booking.models import Assignment, Visit
from midway.core.availability import working_spans
from midway.core.routing.travel import Point
from midway.core.timespan import Span, local_midnight
from midway.core.visit_states import OCCUPIES_CALENDAR
from midway.crew.models import Branch, Cleaner, Commitment, Holiday
from midway.crew.queries import cleaner_calendars
from midway.dispatch.places import Places
from midway.dispatch.setting import setting_of
from midway.dispatch.travel import Drive, straight_drives


class Obstacle(StrEnum):
    """What can stand against a place; of these only `TAKEN` is refused."""

    TAKEN = "taken"
    PAST = "past"
    NOT_WORKING = "not_working"
    UNSKILLED = "unskilled"
    LATE_HERE = "late_here"
    LATE_NEXT = "late_next"
    FEWER = "fewer"


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """One obstacle: whom it concerns, the visit or the kind of commitment in the way, how many minutes are missing."""

    kind: Obstacle
    who: str = ""
    what: str = ""
    minutes: int = 0


@dataclass(frozen=True, kw_only=True)
class Placing:
    """What a place means. `added_minutes` of driving for everybody concerned together; negative is saved."""

    added_minutes: int
    conflicts: Sequence[Conflict]

    @property
    def is_refused(self) -> bool:
        """Whether the calendar will say no."""
        return any(conflict.kind == Obstacle.TAKEN for conflict in self.conflicts)


@dataclass(frozen=True)
class At:
    """A stop as promised."""

    start: datetime
    end: datetime
    point: Point
    name: str = ""


def placing_of(*, visit: Visit, start: datetime, cleaners: Sequence[Cleaner], now: datetime) -> Placing:
    """Will say what it means to have the visit at `start` with exactly these cleaners. Some ten queries."""
    zone, places = visit.branch.zoneinfo, Places(visit.branch)
    before = [a.cleaner for a in visit.assignments.all() if a.active]
    was = At(visit.starts_at, visit.ends_at, places.of_home(visit.premises), visit.customer.name)
    wished = At(start, start + visit.duration, was.point, was.name)
    days = {was.start.astimezone(zone).date(), start.astimezone(zone).date()}
    routes = _other_stops(visit, {c.pk: c for c in [*before, *cleaners]}, days, places)
    drive = straight_drives(setting_of(visit.branch))
    added = sum(_added(routes[c.pk, _day(wished, visit)], wished, places.of_cleaner(c), drive) for c in cleaners)
    added -= sum(_added(routes[c.pk, _day(was, visit)], was, places.of_cleaner(c), drive) for c in before)
    conflicts = [] if start > now or start == was.start else [Conflict(kind=Obstacle.PAST)]
    if 0 < len(cleaners) < len(before):
        conflicts.append(Conflict(kind=Obstacle.FEWER))
    conflicts += _on_the_calendar(visit, wished, cleaners, now=now)
    for cleaner in cleaners:
        conflicts += _on_the_road(cleaner, routes[cleaner.pk, _day(wished, visit)], wished, drive)
    return Placing(added_minutes=added, conflicts=conflicts)


def _day(at: At, visit: Visit) -> date:
    return at.start.astimezone(visit.branch.zoneinfo).date()


def _other_stops(
    visit: Visit, cleaners: Mapping[int, Cleaner], days: set[date], places: Places
) -> dict[tuple[int, date], list[At]]:
    zone = visit.branch.zoneinfo
    opens, closes = local_midnight(min(days), zone), local_midnight(max(days) + timedelta(days=1), zone)
    rows = Assignment.objects.filter(
        cleaner__in=cleaners, active=True, visit__state__in=OCCUPIES_CALENDAR,
        visit__during__startswith__gte=opens, visit__during__startswith__lt=closes,
    ).exclude(visit=visit)  # fmt: skip
    found: dict[tuple[int, date], list[At]] = {(pk, on): [] for pk in cleaners for on in days}
    for row in rows.select_related("visit__premises", "visit__customer").order_by("visit__during"):
        other = row.visit
        at = At(other.starts_at, other.ends_at, places.of_home(other.premises), other.customer.name)
        on = at.start.astimezone(zone).date()
        if (row.cleaner_id, on) in found:
            found[row.cleaner_id, on].append(at)
    return found


def _added(others: Sequence[At], at: At, home: Point, drive: Drive) -> int:
    """How much longer a day's way is with this stop on it."""
    with_it = sorted([*others, at], key=lambda stop: stop.start)
    return way_minutes(home, with_it, drive) - way_minutes(home, others, drive)


def way_minutes(home: Point, stops: Sequence[At], drive: Drive) -> int:
    """All the driving of a day, from home to home; none without stops."""
    points = [home, *(stop.point for stop in stops), home]
    return sum(drive(a, b) for a, b in pairwise(points)) if stops else 0


def _on_the_road(cleaner: Cleaner, others: Sequence[At], at: At, drive: Drive) -> list[Conflict]:
    """Whether there is time to drive there and on; time before the first and after the last stop is not theirs yet."""
    earlier = [stop for stop in others if stop.end <= at.start]
    later = [stop for stop in others if stop.start >= at.end]
    found = []
    if earlier:
        late = drive(earlier[-1].point, at.point) - (at.start - earlier[-1].end) // timedelta(minutes=1)
        if late > 0:
            name = earlier[-1].name
            found.append(Conflict(kind=Obstacle.LATE_HERE, who=cleaner.name, what=name, minutes=late))
    if later:
        late = drive(at.point, later[0].point) - (later[0].start - at.end) // timedelta(minutes=1)
        if late > 0:
            found.append(Conflict(kind=Obstacle.LATE_NEXT, who=cleaner.name, what=later[0].name, minutes=late))
    return found


def _on_the_calendar(visit: Visit, at: At, cleaners: Sequence[Cleaner], *, now: datetime) -> list[Conflict]:
    names = {cleaner.pk: cleaner.name for cleaner in cleaners}
    busy = Commitment.objects.filter(
        cleaner__in=names, active=True, during__overlap=(at.start, at.end + visit.branch.pad)
    ).exclude(Q(reference=visit.code) | Q(kind=Commitment.Kind.HOLD, hold_expires_at__lte=now))
    commitments = list(busy.order_by("during"))
    rows = Visit.objects.filter(code__in=[c.reference for c in commitments]).values_list("code", "customer__name")
    customers = dict(rows)
    found = [
        Conflict(kind=Obstacle.TAKEN, who=names[c.cleaner_id], what=customers.get(c.reference, c.kind))
        for c in commitments
    ]
    skill = visit.service.skill_id
    working = _working(visit.branch, at)
    for cleaner in cleaners:
        if not any(span.start <= at.start and at.end <= span.end for span in working.get(cleaner.pk, ())):
            found.append(Conflict(kind=Obstacle.NOT_WORKING, who=cleaner.name))
        if skill is not None and skill not in {s.pk for s in cleaner.skills.all()}:
            found.append(Conflict(kind=Obstacle.UNSKILLED, who=cleaner.name))
    return found


def _working(branch: Branch, at: At) -> dict[int, list[Span]]:
    on = at.start.astimezone(branch.zoneinfo).date()
    holidays = frozenset(Holiday.objects.filter(branch=branch).values_list("on", flat=True))
    calendars = cleaner_calendars(branch=branch, skill_id=None, first=on, days=1)
    ids = Cleaner.objects.filter(branch=branch).order_by("id").values_list("pk", flat=True)
    first = on - timedelta(days=1)  # a night shift runs into the morning
    return {
        pk: working_spans(calendar, first=first, days=2, zone=branch.zoneinfo, holidays=holidays)
        for pk, calendar in zip(ids, calendars, strict=True)
    }

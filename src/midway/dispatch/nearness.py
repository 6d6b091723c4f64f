"""Which free times are worth offering: those that add little driving to the day as it is promised.

Light: it takes visits at the times promised and loads neither the solver nor arrays, so that the web server can ask
while a customer looks. A time is reachable where somebody free can drive there and on to their next visit, give or
take the minutes nobody minds.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from midway.booking.models import Assignment
from midway.booking.queries import DayOfSlots, Offer
from midway.core.routing.travel import Point
from midway.core.slotbits import starts_of_runs, timeline
from midway.core.timespan import CELL, local_midnight
from midway.core.visit_states import OCCUPIES_CALENDAR
from midway.crew.models import Cleaner
from midway.crew.queries import free_time_by_cleaner
from midway.dispatch.models import DispatchSetting
from midway.dispatch.places import Places
from midway.dispatch.setting import setting_of, weights_of
from midway.dispatch.travel import Drive, straight_drives

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is looked for: an offer, how long, how many people, and where."""

    offer: Offer
    duration: timedelta
    team_size: int
    postcode: str


@dataclass(frozen=True)
class Nearness:
    """Days with the times that can be reached, the driving each adds in minutes, and the green ones among them.

    `discount_percent` is what a green one takes off the price; 0 where the branch gives none.
    """

    days: Sequence[DayOfSlots]
    added: Mapping[datetime, int]
    green: frozenset[datetime]
    discount_percent: int = 0


def nearness_of(wanted: Wanted, days: Sequence[DayOfSlots]) -> Nearness | None:
    """Will rank the times of a branch that wants it; nothing for any other. Five queries, or one."""
    setting = setting_of(wanted.offer.branch)
    return ranked(wanted, days, setting) if setting.has_ranked_slots and wanted.postcode else None


def driving_of(wanted: Wanted, days: Sequence[DayOfSlots]) -> dict[datetime, int]:
    """What each time adds to the driving, for the office: in every branch, and with nothing hidden. Six queries."""
    starts = [slot.start for day in days for slot in day.slots]
    return added_driving(wanted, starts, setting_of(wanted.offer.branch)) if wanted.postcode else {}


def ranked(wanted: Wanted, days: Sequence[DayOfSlots], setting: DispatchSetting) -> Nearness:
    """Will hide what cannot be reached and mark the times of each day that add least as green."""
    added = added_driving(wanted, [slot.start for day in days for slot in day.slots], setting)
    reachable = [DayOfSlots(day.on, [slot for slot in day.slots if slot.start in added]) for day in days]
    green: set[datetime] = set()
    for day in reachable:
        near = [slot.start for slot in day.slots if added[slot.start] <= setting.green_at_most_minutes]
        green.update(sorted(near, key=lambda start: (added[start], start))[: setting.green_slots])
    return Nearness(reachable, added, frozenset(green), setting.green_discount_percent)


def added_driving(wanted: Wanted, starts: Sequence[datetime], setting: DispatchSetting) -> dict[datetime, int]:
    """What each start adds to the driving of those who are free for it, at best; starts nobody reaches are left out."""
    if not starts:
        return {}
    frame = _Frame(wanted, sorted(starts))
    costs: dict[int, list[int]] = defaultdict(list)
    drive, grace = straight_drives(setting), int(weights_of(setting).promise_grace)
    places = Places(wanted.offer.branch)
    here = places.of_postcode(wanted.postcode)
    stops = _stops(frame, places)
    for cleaner in Cleaner.objects.filter(pk__in=frame.free):
        home = places.of_cleaner(cleaner)
        for day, (opens, closes) in enumerate(frame.days):
            for gap in _gaps(stops.get((cleaner.pk, day), ()), home, here, drive):
                earliest = opens if gap.earliest is None else gap.earliest - grace
                latest = closes if gap.latest is None else gap.latest - frame.minutes + grace
                for at in frame.free_starts(cleaner.pk, max(earliest, opens), min(latest, closes - 1)):
                    costs[at].append(gap.added)
    size = wanted.team_size
    return {frame.starts[at]: sum(sorted(found)[:size]) for at, found in costs.items() if len(found) >= size}


class _Frame:
    """The days in question in minutes from the first midnight, and when each cleaner is free to begin."""

    def __init__(self, wanted: Wanted, starts: Sequence[datetime]) -> None:
        branch, zone = wanted.offer.branch, wanted.offer.branch.zoneinfo
        self.starts = starts
        first, last = (moment.astimezone(zone).date() for moment in (starts[0], starts[-1]))
        count = (last - first).days + 1
        line = timeline(zone, first, count, branch.start_grid_minutes)
        self.opens, self.width = line.opens, sum(line.cells)
        self.closes = local_midnight(last + timedelta(days=1), zone)
        self.minutes = wanted.duration // MINUTE
        self.ats = [self.at(start) for start in starts]
        edges = [self.at(local_midnight(first + timedelta(days=n), zone)) for n in range(count + 1)]
        self.days = list(pairwise(edges))
        needed = -(-(wanted.duration + branch.pad) // CELL)
        skill = wanted.offer.service.skill_id
        rows = free_time_by_cleaner(branch_id=branch.pk, skill_id=skill, first=first, cells=line.cells)
        self.free = {pk: starts_of_runs(bits, needed) for pk, bits in rows.items()}
        self._dates: dict[date, int] = {first + timedelta(days=n): n for n in range(count)}
        self._zone = zone

    def at(self, moment: datetime) -> int:
        return (moment - self.opens) // MINUTE

    def day(self, moment: datetime) -> int | None:
        return self._dates.get(moment.astimezone(self._zone).date())

    def free_starts(self, cleaner: int, earliest: int, latest: int) -> Iterator[int]:
        """Which of the starts, from one minute to another, the cleaner is free to begin at."""
        marks = self.free[cleaner]
        for index in range(bisect_left(self.ats, earliest), bisect_right(self.ats, latest)):
            if marks >> (self.width - 1 - self.ats[index] // 15) & 1:
                yield index


@dataclass(frozen=True)
class _Stop:
    start: int
    end: int
    point: Point


@dataclass(frozen=True)
class _Gap:
    """A place on a day's way: from when one can be there, until when one must be done, and what it adds."""

    earliest: int | None
    latest: int | None
    added: int


def _stops(frame: _Frame, places: Places) -> dict[tuple[int, int], list[_Stop]]:
    rows = Assignment.objects.filter(
        cleaner__in=frame.free, active=True, visit__state__in=OCCUPIES_CALENDAR,
        visit__during__startswith__gte=frame.opens, visit__during__startswith__lt=frame.closes,
    )  # fmt: skip
    found: dict[tuple[int, int], list[_Stop]] = defaultdict(list)
    for row in rows.select_related("visit__premises").order_by("visit__during", "pk"):
        visit = row.visit
        day = frame.day(visit.starts_at)
        if day is not None:
            stop = _Stop(frame.at(visit.starts_at), frame.at(visit.ends_at), places.of_home(visit.premises))
            found[row.cleaner_id, day].append(stop)
    return found


def _gaps(stops: Sequence[_Stop], home: Point, here: Point, drive: Drive) -> Iterator[_Gap]:
    """The way to the first stop and home from the last is the cleaner's own: it costs, but is never too long."""
    if not stops:
        yield _Gap(None, None, drive(home, here) + drive(here, home))
        return
    yield _Gap(
        None,
        stops[0].start - drive(here, stops[0].point),
        drive(home, here) + drive(here, stops[0].point) - drive(home, stops[0].point),
    )
    for before, after in pairwise(stops):
        there, on = drive(before.point, here), drive(here, after.point)
        yield _Gap(before.end + there, after.start - on, there + on - drive(before.point, after.point))
    last = stops[-1]
    there = drive(last.point, here)
    yield _Gap(last.end + there, None, there + drive(here, home) - drive(last.point, home))

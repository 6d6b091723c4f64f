"""Does a whole plan fit the calendar? Weeks of many cleaners' free quarter hours, judged at once as bits."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from midway.core.slotbits import at_least, counts, starts_of_runs
from midway.core.timespan import CELL, cells_between, local_instant, local_midnight

DAY_COST = timedelta(hours=4)
"""Another day is as inconvenient as a visit four hours earlier or later."""


@dataclass(frozen=True)
class Stretch:
    """Local days laid end to end in quarter hours; `offsets` are the cells at which they begin, and the end."""

    zone: ZoneInfo
    first: date
    opens: datetime
    offsets: tuple[int, ...]

    @property
    def width(self) -> int:
        return self.offsets[-1]

    @property
    def cells(self) -> list[int]:
        """How many quarter hours each day has."""
        return [closes - opens for opens, closes in pairwise(self.offsets)]

    @property
    def last(self) -> date:
        return self.first + timedelta(days=len(self.offsets) - 2)

    def cell(self, moment: datetime) -> int:
        """The quarter hour a moment lies in; it may lie outside the stretch."""
        return (moment - self.opens) // CELL

    def cell_at(self, day: date, clock: time) -> int:
        """The quarter hour a wall-clock time names on a day of the stretch."""
        number = (day - self.first).days
        opens, closes = self.offsets[number], self.offsets[number + 1]
        if closes - opens == 96:
            return opens + (clock.hour * 60 + clock.minute) // 15
        return self.cell(local_instant(day, clock, self.zone))

    def moment(self, cell: int) -> datetime:
        """When a quarter hour begins."""
        return self.opens + cell * CELL

    def bit(self, cell: int) -> int:
        """The one bit that stands for a quarter hour; none outside the stretch."""
        return 1 << (self.width - 1 - cell) if 0 <= cell < self.width else 0

    def day_cells(self, day: date) -> range:
        """The quarter hours of a day; none outside the stretch."""
        number = (day - self.first).days
        return range(*self.offsets[number : number + 2]) if 0 <= number < len(self.offsets) - 1 else range(0)


@lru_cache(maxsize=64)
def stretch_of(zone: ZoneInfo, first: date, days: int) -> Stretch:
    """Will lay out `days` local days from `first`."""
    midnights = [local_midnight(first + timedelta(days=n), zone) for n in range(days + 1)]
    offsets = [0]
    for opens, closes in pairwise(midnights):
        offsets.append(offsets[-1] + cells_between(opens, closes))
    return Stretch(zone, first, midnights[0], tuple(offsets))


@dataclass(frozen=True)
class Asked:
    """What each visit of a plan needs: time with the pad after it, people, and whom the customer would rather have."""

    needed: timedelta
    team_size: int
    preferred: Sequence[int] = ()


@dataclass(frozen=True)
class Alternative:
    """Another time for one visit, and who would come."""

    start: datetime
    cleaners: Sequence[int]


class Fit:
    """Who could come when, for visits of one length; `free` holds each cleaner's bits over the stretch.

    `runs` may bring what `starts_of_runs` says of them for this length, where it is known already.
    """

    def __init__(
        self, free: Mapping[int, int], stretch: Stretch, asked: Asked, runs: Mapping[int, int] | None = None
    ) -> None:
        cells = -(-asked.needed // CELL)
        self._stretch = stretch
        self._size = asked.team_size
        self._runs = runs or {cleaner: starts_of_runs(bits, cells) for cleaner, bits in free.items()}
        self._first_choice = {cleaner: place for place, cleaner in enumerate(asked.preferred)}

    @cached_property
    def _enough(self) -> str:
        enough = at_least(counts(self._runs.values()), self._size)
        return format(enough, f"0{self._stretch.width}b")

    def ranked(self, starts: Sequence[datetime]) -> list[int]:
        """The cleaners, the best for all these visits first: preferred ones, then whoever is free most often."""
        bits = 0
        for start in starts:
            bits |= self._stretch.bit(self._stretch.cell(start))
        often = {cleaner: (runs & bits).bit_count() for cleaner, runs in self._runs.items()}
        last = len(self._first_choice)
        return sorted(often, key=lambda c: (self._first_choice.get(c, last), -often[c], c))

    def weeks_of(self, cleaner: int, starts: Sequence[datetime]) -> int:
        """To how many of these visits the cleaner could come."""
        return sum(bool(self._runs[cleaner] & self._stretch.bit(self._stretch.cell(start))) for start in starts)

    def team_for(self, start: datetime, ranked: Sequence[int]) -> tuple[int, ...]:
        """Who should come at a moment, the best first; nobody when they are too few."""
        bit = self._stretch.bit(self._stretch.cell(start))
        team: list[int] = []
        for cleaner in ranked:
            if self._runs[cleaner] & bit:
                team.append(cleaner)
                if len(team) == self._size:
                    return tuple(team)
        return ()

    def fits_at(self, cell: int) -> bool:
        """Whether enough cleaners are free from a quarter hour on."""
        return 0 <= cell < self._stretch.width and self._enough[cell] == "1"

    def nearest(
        self,
        wanted: datetime,
        *,
        on: date,
        ranked: Sequence[int],
        avoid: Collection[date],
        not_before: datetime,
        grid_minutes: int,
        days_around: int = 3,
    ) -> Alternative | None:
        """The least inconvenient other time: later or earlier that day, or on a day near `on` not in `avoid`."""
        clock = wanted.astimezone(self._stretch.zone).time()
        best: tuple[timedelta, int] | None = None
        for away in range(-days_around, days_around + 1):
            day = on + timedelta(days=away)
            if away and day in avoid:
                continue
            for cell, distance in self._offered_on(day, clock, not_before=not_before, grid_minutes=grid_minutes):
                cost = abs(away) * DAY_COST + distance
                if best is None or cost < best[0]:
                    best = (cost, cell)
        if best is None:
            return None
        start = self._stretch.moment(best[1])
        return Alternative(start, self.team_for(start, ranked))

    def _offered_on(
        self, day: date, clock: time, *, not_before: datetime, grid_minutes: int
    ) -> list[tuple[int, timedelta]]:
        wanted = timedelta(hours=clock.hour, minutes=clock.minute)
        found = []
        for cell in self._stretch.day_cells(day):
            if self._enough[cell] == "1":
                start = self._stretch.moment(cell)
                local = start.astimezone(self._stretch.zone)
                if start >= not_before and (local.hour * 60 + local.minute) % grid_minutes == 0:
                    found.append((cell, abs(timedelta(hours=local.hour, minutes=local.minute) - wanted)))
        return found


class Openings:
    """Everybody's free time over a stretch, less what was given away of it since."""

    def __init__(self, free: Mapping[int, int], stretch: Stretch) -> None:
        self.stretch = stretch
        self._free = dict(free)
        self._runs_of: dict[int, dict[int, int]] = {}

    @property
    def cleaners(self) -> list[int]:
        """Whose time it is."""
        return list(self._free)

    def fit(self, asked: Asked, *, among: Iterable[int] | None = None) -> Fit:
        """Who of all, or of some, could still come when, for visits of one length."""
        cells = -(-asked.needed // CELL)
        runs = self._runs_of.setdefault(cells, {})
        chosen = self.cleaners if among is None else list(among)
        for cleaner in chosen:
            if cleaner not in runs:
                runs[cleaner] = starts_of_runs(self._free[cleaner], cells)
        return Fit({}, self.stretch, asked, {cleaner: runs[cleaner] for cleaner in chosen})

    def take(self, teams: Mapping[datetime, Sequence[int]], needed: timedelta) -> None:
        """Will mark these cleaners' time from these moments on as gone."""
        for start, team in teams.items():
            first, last = self.stretch.cell(start), self.stretch.cell(start + needed - CELL)
            bits = ((1 << (last - first + 1)) - 1) << (self.stretch.width - 1 - last)
            for cleaner in team:
                self._free[cleaner] &= ~bits
        for runs in self._runs_of.values():
            for cleaner in {cleaner for team in teams.values() for cleaner in team}:
                runs.pop(cleaner, None)

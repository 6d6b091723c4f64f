"""The year ahead in memory: who is free when, and what the rows before have taken of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from midway.booking.plan_queries import NEIGHBOUR_DAYS, plan_horizon
from midway.core.plan_fit import Asked, Fit, Openings, stretch_of
from midway.core.recurrence import Closures, HolidayShift
from midway.crew.models import Branch, Cleaner, Shift
from midway.crew.queries import closed_days, free_time_by_cleaner


@dataclass(frozen=True)
class Hours:
    """A cleaner's usual hours on a weekday, in minutes from midnight; past 1440 they end on the next day."""

    cleaner: int
    weekday: int
    opens: int
    closes: int


class Diary:
    """Everybody's free quarter hours up to the horizon of plans; `take` marks what a new series needs."""

    def __init__(self, branch: Branch, *, now: datetime) -> None:
        today = now.astimezone(branch.zoneinfo).date()
        self.horizon = plan_horizon(branch, now=now)
        # The day before, because where clocks go back at midnight a date's first hour belongs to it.
        first, last = today - timedelta(days=1), self.horizon + timedelta(days=NEIGHBOUR_DAYS + 1)
        self._branch, self._now = branch, now
        stretch = stretch_of(branch.zoneinfo, first, (last - first).days + 1)
        free = free_time_by_cleaner(branch_id=branch.pk, skill_id=None, first=first, cells=stretch.cells)
        self._openings = Openings(free, stretch)
        self.cleaners = list(Cleaner.objects.filter(branch=branch).employed().prefetch_related("skills").order_by("id"))
        self._skills = {c.pk: {skill.pk for skill in c.skills.all()} for c in self.cleaners}
        around = timedelta(days=7)
        holidays, workdays = closed_days(branch=branch, first=today - around, last=self.horizon + around)
        self.closures = Closures(holidays=holidays, workdays=workdays, shift=HolidayShift.AFTER)
        self._hours = _usual_hours(branch, on=today)

    def able(self, skill_id: int | None) -> list[int]:
        """Who has the skill."""
        known = [cleaner for cleaner in self._openings.cleaners if cleaner in self._skills]
        return [cleaner for cleaner in known if skill_id is None or skill_id in self._skills[cleaner]]

    def fit(self, asked: Asked, *, skill_id: int | None) -> Fit:
        """Who could still come when, for visits of one length."""
        return self._openings.fit(asked, among=self.able(skill_id))

    def take(self, teams: Mapping[datetime, Sequence[int]], needed: timedelta) -> None:
        """Will mark these cleaners' time as gone."""
        self._openings.take(teams, needed)

    def usual_hours(self, weekday: int, *, skill_id: int | None) -> list[tuple[time, time]]:
        """Between which times those with the skill usually work on a weekday, each span once."""
        able = set(self.able(skill_id))
        spans = sorted({(h.opens, h.closes) for h in self._hours if h.cleaner in able and h.weekday == weekday})
        return [(_clock(opens), _clock(closes)) for opens, closes in spans]

    def is_within_hours(self, weekday: int, clock: time, needed: timedelta, *, skill_id: int | None) -> bool:
        """Whether anybody with the skill usually works then for so long."""
        able = set(self.able(skill_id))
        opens = clock.hour * 60 + clock.minute
        closes = opens + needed // timedelta(minutes=1)
        return any(
            h.cleaner in able
            and (
                (h.weekday == weekday and h.opens <= opens and closes <= h.closes)
                or ((h.weekday + 1) % 7 == weekday and h.opens <= opens + 1440 and closes + 1440 <= h.closes)
            )
            for h in self._hours
        )

    def nearest(self, fit: Fit, wanted: datetime, ranked: Sequence[int]) -> datetime | None:
        """The nearest other time at which enough are free."""
        local = wanted.astimezone(self._branch.zoneinfo)
        found = fit.nearest(
            wanted,
            on=local.date(),
            ranked=ranked,
            avoid=(),
            not_before=self._now,
            grid_minutes=self._branch.start_grid_minutes,
            days_around=NEIGHBOUR_DAYS,
        )
        return None if found is None else found.start.astimezone(self._branch.zoneinfo)


def _usual_hours(branch: Branch, *, on: date) -> list[Hours]:
    shifts = Shift.objects.filter(cleaner__branch=branch, cleaner__left_on=None)
    current = shifts.filter(valid_to__isnull=True) | shifts.filter(valid_to__gte=on)
    return [
        Hours(
            s.cleaner_id,
            s.weekday,
            s.start.hour * 60 + s.start.minute,
            s.end.hour * 60 + s.end.minute + (0 if s.end > s.start else 1440),
        )
        for s in current
    ]


def _clock(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)

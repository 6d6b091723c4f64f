"""When could somebody come? The plain answer, the oracle that SQL and bitmaps are tested against."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from midway.core.timespan import CELL, Span, local_instant, local_midnight, merged, minus, rounded_out


@dataclass(frozen=True)
class WeeklyShift:
    """Working hours on one weekday (Monday is 0). An end at or before the start falls on the next day."""

    weekday: int
    start: time
    end: time
    valid_from: date
    valid_to: date | None = None

    def covers(self, day: date) -> bool:
        return (
            day.weekday() == self.weekday and self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
        )


@dataclass(frozen=True)
class DayException:
    """Other hours on one date, in place of the weekly shifts and of a holiday. No times: not working."""

    on: date
    start: time | None = None
    end: time | None = None


@dataclass(frozen=True)
class CleanerCalendar:
    """All that decides when one cleaner can work: `employed` is a closed range of days."""

    employed_from: date
    left_on: date | None = None
    shifts: Sequence[WeeklyShift] = ()
    exceptions: Sequence[DayException] = ()
    commitments: Sequence[Span] = ()


@dataclass(frozen=True)
class SlotRules:
    """What is asked for, and the branch's rules for it.

    `duration` is the time promised to the customer, `pad` is kept free after it, `notice` and `horizon`
    bound the start, `grid_minutes` is the wall-clock grid on which visits may start.
    """

    zone: ZoneInfo
    duration: timedelta
    pad: timedelta = timedelta(0)
    grid_minutes: int = 30
    notice: timedelta = timedelta(0)
    horizon: timedelta = timedelta(days=365)
    team_size: int = 1
    holidays: frozenset[date] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Slot:
    """A time that can be offered, and how many cleaners are free for it."""

    start: datetime
    end: datetime
    cleaners_free: int


def working_spans(
    calendar: CleanerCalendar, *, first: date, days: int, zone: ZoneInfo, holidays: frozenset[date]
) -> list[Span]:
    """Will give the hours a cleaner works on `days` local days from `first`, commitments aside."""
    spans = []
    for offset in range(days):
        day = first + timedelta(days=offset)
        if day < calendar.employed_from or (calendar.left_on is not None and day > calendar.left_on):
            continue
        for start, end in hours_on(calendar, day, holidays):
            ends_on = day if end > start else day + timedelta(days=1)
            opens, closes = local_instant(day, start, zone), local_instant(ends_on, end, zone)
            if opens < closes:
                spans.append(Span(opens, closes))
    return merged(spans)


def offered_slots(
    calendars: Sequence[CleanerCalendar], *, rules: SlotRules, first: date, days: int, now: datetime
) -> list[Slot]:
    """Will list every start on the grid of `days` local days from `first` for which `team_size` cleaners are free.

    Commitments are widened and the asked time is rounded up to whole quarter hours, the calendar's unit.
    """
    opens = local_midnight(first, rules.zone)
    closes = local_midnight(first + timedelta(days=days), rules.zone)
    needed = -(-(rules.duration + rules.pad) // CELL) * CELL
    free = [_free_spans(calendar, rules=rules, first=first, days=days) for calendar in calendars]
    slots = []
    start = opens
    while start < closes:
        asked = Span(start, start + needed)
        if _may_start(start, rules, now):
            count = sum(any(s.start <= asked.start and asked.end <= s.end for s in spans) for spans in free)
            if count >= rules.team_size:
                slots.append(Slot(start, start + rules.duration, count))
        start += CELL
    return slots


def _free_spans(calendar: CleanerCalendar, *, rules: SlotRules, first: date, days: int) -> list[Span]:
    # One day either side, for shifts that run over midnight.
    before = first - timedelta(days=1)
    working = working_spans(calendar, first=before, days=days + 2, zone=rules.zone, holidays=rules.holidays)
    return minus(working, [rounded_out(span) for span in calendar.commitments])


def _may_start(start: datetime, rules: SlotRules, now: datetime) -> bool:
    return may_start_on_grid(start, rules) and now + rules.notice <= start <= now + rules.horizon


def may_start_on_grid(start: datetime, rules: SlotRules) -> bool:
    """Will say whether a start lies on the wall-clock grid."""
    local = start.astimezone(rules.zone)
    on_minute = not (local.second or local.microsecond)
    return on_minute and (local.hour * 60 + local.minute) % rules.grid_minutes == 0


def hours_on(calendar: CleanerCalendar, day: date, holidays: frozenset[date]) -> Iterable[tuple[time, time]]:
    """Will give the hours that hold on a day, employment aside: an exception's, none on a holiday, else the week's."""
    exceptions = [e for e in calendar.exceptions if e.on == day]
    if exceptions:
        return [(e.start, e.end) for e in exceptions if e.start is not None and e.end is not None]
    if day in holidays:
        return []
    return [(s.start, s.end) for s in calendar.shifts if s.covers(day)]

"""Counting back from a moment: by the clock, over the days on which the office works, or while it is open."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from midway.core.timespan import local_instant, local_midnight

FARTHEST_DAYS = 800
"""How far back is looked; an office that never opens counts by the clock from there on."""


class Counting(StrEnum):
    """Which time counts."""

    CLOCK = "clock"
    BUSINESS_DAYS = "business_days"
    OPENING_HOURS = "opening_hours"


@dataclass(frozen=True)
class OfficeHours:
    """When the office works, by its own clock (Monday is 0), and the days on which it does not."""

    zone: ZoneInfo
    opens: time = time(8)
    closes: time = time(18)
    workdays: frozenset[int] = frozenset(range(5))
    holidays: frozenset[date] = frozenset()

    def is_workday(self, day: date) -> bool:
        return day.weekday() in self.workdays and day not in self.holidays

    def counted(self, day: date, counting: Counting) -> tuple[datetime, datetime] | None:
        """The time of a local day that counts, if any of it does."""
        if counting is not Counting.CLOCK and not self.is_workday(day):
            return None
        if counting is Counting.OPENING_HOURS:
            start, end = local_instant(day, self.opens, self.zone), local_instant(day, self.closes, self.zone)
        else:
            start, end = local_midnight(day, self.zone), local_midnight(day + timedelta(days=1), self.zone)
        return (start, end) if start < end else None


def counted_back(end: datetime, length: timedelta, hours: OfficeHours, counting: Counting) -> datetime:
    """Will give the latest moment from which `length` of counting time passes until `end`."""
    if counting is Counting.CLOCK or length <= timedelta(0):
        return end - length
    # The day after as well: where a day has two midnights, its first hour is still the day before's.
    day = end.astimezone(hours.zone).date() + timedelta(days=1)
    left = length
    for _ in range(FARTHEST_DAYS):
        span = hours.counted(day, counting)
        if span is not None and span[0] < end:
            closes = min(span[1], end)
            if closes - span[0] >= left:
                return closes - left
            left -= closes - span[0]
        day -= timedelta(days=1)
    return end - length


def day_before(end: datetime, days: int, clock: time, hours: OfficeHours, counting: Counting) -> datetime:
    """Will give a clock time on the `days`-th day before, of those that count."""
    day = end.astimezone(hours.zone).date()
    left = days
    for _ in range(FARTHEST_DAYS):
        if left <= 0:
            break
        day -= timedelta(days=1)
        left -= counting is Counting.CLOCK or hours.is_workday(day)
    return local_instant(day, clock, hours.zone)

"""Recurring visits: the days a plan falls on, and the moment each of them names.

A rule counts from its anchor, never from the last visit: what happens to one visit moves no other. Days are
worked out on the calendar and turned into moments one by one, so that nine o'clock stays nine o'clock.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from midway.core.timespan import local_instant

LAST = -1
"""As `nth`: the last such weekday of the month."""

SHIFT_DAYS = 6
"""How far a holiday may push a visit."""


class HolidayShift(StrEnum):
    """What becomes of a visit that falls on a holiday."""

    BEFORE = "before"
    AFTER = "after"
    SKIP = "skip"


@dataclass(frozen=True)
class Rule:
    """Every `every` weeks on `weekdays` (Monday is 0), or, with `nth`, on the nth of each of them every so many months.

    The week or month of `anchor` is one in which the rule is due. There is no occurrence before `starts`
    (without it, `anchor`) nor after `until`. `nth` is 1 to 4, or `LAST`.
    """

    anchor: date
    clock: time
    weekdays: frozenset[int]
    every: int = 1
    nth: int | None = None
    starts: date | None = None
    until: date | None = None

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= frozenset(range(7)):
            raise ValueError("a rule needs weekdays from 0 (Monday) to 6")
        if self.every < 1:
            raise ValueError("a rule comes every week or month at the most")
        if self.nth not in {None, 1, 2, 3, 4, LAST}:
            raise ValueError("a month has a first to fourth and a last of each weekday")

    @property
    def opens(self) -> date:
        """The first day on which it may fall."""
        return self.starts or self.anchor

    @property
    def is_monthly(self) -> bool:
        return self.nth is not None


@dataclass(frozen=True)
class Change:
    """What was agreed for one occurrence instead of the rule: another moment, or, without one, no visit."""

    moved_to: datetime | None = None


@dataclass(frozen=True)
class Occurrence:
    """One occurrence: the day it is known by, and when it takes place, if it does."""

    original: date
    start: datetime | None
    is_shifted: bool = False
    """A holiday moved or skipped it."""


@dataclass(frozen=True)
class Closures:
    """When nobody can come: holidays, and every day that is none of the `workdays`."""

    holidays: frozenset[date] = frozenset()
    workdays: frozenset[int] = field(default_factory=lambda: frozenset(range(7)))
    shift: HolidayShift = HolidayShift.SKIP

    def is_open(self, day: date) -> bool:
        return day not in self.holidays and day.weekday() in self.workdays


def occurrences(rule: Rule, first: date, last: date) -> list[date]:
    """Will list the days the rule falls on, from `first` to `last` inclusive, in order."""
    low = max(first, rule.opens)
    high = last if rule.until is None else min(last, rule.until)
    if low > high:
        return []
    days = _monthly(rule, low, high) if rule.is_monthly else _weekly(rule, low, high)
    return [day for day in days if low <= day <= high]


def moment(rule: Rule, day: date, zone: ZoneInfo) -> datetime:
    """Will give the moment the rule's wall-clock time names on a day, in UTC."""
    return local_instant(day, rule.clock, zone)


def held_on(rule: Rule, day: date, closures: Closures) -> date | None:
    """Will say on which day an occurrence is held once holidays are considered; None when it is left out.

    A holiday never pushes a visit onto or past another occurrence of the same rule, nor more than six days.
    """
    if day not in closures.holidays:
        return day
    if closures.shift is HolidayShift.SKIP:
        return None
    step = timedelta(days=-1 if closures.shift is HolidayShift.BEFORE else 1)
    for distance in range(1, SHIFT_DAYS + 1):
        other = day + distance * step
        if occurrences(rule, other, other):
            return None
        if closures.is_open(other):
            return other
    return None


def series(
    rule: Rule, *, first: date, last: date, zone: ZoneInfo, closures: Closures, changes: Mapping[date, Change]
) -> list[Occurrence]:
    """Will list every occurrence from `first` to `last` with what was agreed for it; the original days decide."""
    return [
        _occurrence(rule, day, zone=zone, closures=closures, changes=changes) for day in occurrences(rule, first, last)
    ]


def _occurrence(
    rule: Rule, day: date, *, zone: ZoneInfo, closures: Closures, changes: Mapping[date, Change]
) -> Occurrence:
    if day in changes:
        return Occurrence(day, changes[day].moved_to)
    on = held_on(rule, day, closures)
    return Occurrence(day, None if on is None else moment(rule, on, zone), is_shifted=on != day)


def _weekly(rule: Rule, low: date, high: date) -> Iterator[date]:
    step = 7 * rule.every
    monday = monday_of(rule.anchor)
    monday += timedelta(days=(monday_of(low) - monday).days // step * step)
    while monday <= high:
        yield from (monday + timedelta(days=weekday) for weekday in sorted(rule.weekdays))
        monday += timedelta(days=step)


def _monthly(rule: Rule, low: date, high: date) -> Iterator[date]:
    assert rule.nth is not None
    anchored = month_number(rule.anchor)
    number = anchored + (month_number(low) - anchored) // rule.every * rule.every
    while number <= month_number(high):
        yield from sorted(_nth_weekday(number, weekday, rule.nth) for weekday in rule.weekdays)
        number += rule.every


def _nth_weekday(number: int, weekday: int, nth: int) -> date:
    if nth == LAST:
        following = _first_of_month(number + 1)
        return following - timedelta(days=(following.weekday() - weekday - 1) % 7 + 1)
    opening = _first_of_month(number)
    return opening + timedelta(days=(weekday - opening.weekday()) % 7 + 7 * (nth - 1))


def monday_of(day: date) -> date:
    """Will give the Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def month_number(day: date) -> int:
    """Will number a day's month, counting months through the years."""
    return day.year * 12 + day.month - 1


def _first_of_month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)

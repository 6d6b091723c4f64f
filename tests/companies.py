"""Random small companies for Hypothesis, around the days on which calendars go wrong.

A company is plain data as `core.availability` takes it; `tests/crew/standing.py` puts one into PostgreSQL.
"""

import os
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from midway.core.availability import CleanerCalendar, DayException, SlotRules, WeeklyShift
from midway.core.timespan import Span

HARD_DAYS: dict[str, list[date]] = {
    "America/New_York": [date(2026, 3, 8), date(2026, 11, 1), date(2028, 2, 29), date(2026, 12, 31)],
    "Europe/Paris": [date(2026, 3, 29), date(2026, 10, 25), date(2028, 2, 29), date(2026, 12, 31)],
    # Half an hour is gained and lost here.
    "Australia/Lord_Howe": [date(2026, 4, 5), date(2026, 10, 4), date(2028, 2, 29), date(2026, 12, 31)],
    # The clock changes at midnight itself: one day begins at one o'clock, another has two midnights.
    "Atlantic/Azores": [date(2026, 3, 29), date(2026, 10, 25)],
}
FAR_PAST = date(2020, 1, 1)
DAY, ALWAYS, NIGHT = (time(8), time(17)), (time(0), time(0)), (time(21), time(5))


def examples(number: int) -> int:
    """How many examples a law gets: HYPOTHESIS_PROFILE=search HYPOTHESIS_TIMES=50 looks for new ones, fifty times
    as many."""
    return number * int(os.environ.get("HYPOTHESIS_TIMES", "1"))


@dataclass(frozen=True)
class Company:
    """Some cleaners, the rules of their branch, and a question: which times on `days` days from `first`?"""

    first: date
    days: int
    now: datetime
    rules: SlotRules
    calendars: tuple[CleanerCalendar, ...]


def clocks(odd: bool = True) -> st.SearchStrategy[time]:
    """Wall-clock times: on the quarter hour as a rule, now and then not."""
    quarter = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
    around_changes = st.sampled_from([time(0), time(0, 30), time(1), time(1, 30), time(2), time(2, 30), time(3)])
    whole = st.one_of(quarter, around_changes)
    return st.one_of(whole, whole, st.integers(0, 1439).map(lambda n: time(n // 60, n % 60))) if odd else whole


@st.composite
def shifts(draw: st.DrawFn, first: date, days: int) -> WeeklyShift:
    """Hours on a weekday that matters for the question."""
    day = first + timedelta(days=draw(st.integers(-1, days)))
    valid_from = draw(st.sampled_from([FAR_PAST, FAR_PAST, day, day + timedelta(days=1)]))
    valid_to = draw(st.sampled_from([None, None, None, valid_from, valid_from + timedelta(days=3)]))
    return WeeklyShift(day.weekday(), draw(clocks()), draw(clocks()), valid_from, valid_to)


@st.composite
def day_exceptions(draw: st.DrawFn, first: date, days: int) -> DayException:
    """Other hours on one of the days asked for, or a day off."""
    on = first + timedelta(days=draw(st.integers(-1, days)))
    if draw(st.booleans()):
        return DayException(on)
    return DayException(on, draw(clocks()), draw(clocks()))


@st.composite
def spans(draw: st.DrawFn, first: date, days: int, longest: int = 10 * 60) -> Span:
    """A span somewhere on the days asked for, mostly on the quarter hour."""
    opens = datetime.combine(first, time(0), UTC) - timedelta(hours=14)
    if draw(st.integers(0, 3)):
        start = 15 * draw(st.integers(0, (days * 24 + 28) * 4))
        length = 15 * draw(st.integers(1, longest // 15))
    else:
        start = draw(st.integers(0, (days * 24 + 28) * 60))
        length = draw(st.integers(1, longest))
    return Span(opens + timedelta(minutes=start), opens + timedelta(minutes=start + length))


def apart(taken: list[Span]) -> list[Span]:
    """Will leave out every span that overlaps an earlier one of the list."""
    kept: list[Span] = []
    for span in taken:
        if not any(span.start < other.end and other.start < span.end for other in kept):
            kept.append(span)
    return kept


@st.composite
def cleaner_calendars(draw: st.DrawFn, first: date, days: int) -> CleanerCalendar:
    """One cleaner: hours, exceptions, commitments that do not overlap, perhaps newly come or just gone."""
    joined = draw(rarely(FAR_PAST, first, first + timedelta(days=1)))
    left = draw(rarely(None, joined, joined + timedelta(days=1), first))
    hours = draw(st.sampled_from([DAY, ALWAYS, NIGHT, DAY, ALWAYS, None]))
    steady = [WeeklyShift(n, *hours, FAR_PAST) for n in range(7)] if hours else []
    return CleanerCalendar(
        employed_from=joined,
        left_on=None if left is None else max(joined, left),
        shifts=(*steady, *draw(st.lists(shifts(first, days), min_size=0 if hours else 1, max_size=3))),
        exceptions=tuple(draw(st.lists(day_exceptions(first, days), max_size=2))),
        commitments=tuple(apart(draw(st.lists(spans(first, days, longest=4 * 60), max_size=4)))),
    )


def rarely(usual: Any, *others: Any) -> st.SearchStrategy[Any]:
    """The usual three times out of four: rules that all bite at once leave nothing to offer, and test nothing."""
    return st.sampled_from([usual] * 3 * len(others) + list(others))


@st.composite
def companies(draw: st.DrawFn, *, most_cleaners: int = 4, most_days: int = 3, whole_minutes: bool = True) -> Company:
    """A company and a question to it; notice and horizon fall before, within and after the days asked for."""
    zone = draw(st.sampled_from(sorted(HARD_DAYS)))
    anchor = draw(st.one_of(st.sampled_from(HARD_DAYS[zone]), st.dates(date(2025, 1, 1), date(2030, 1, 1))))
    first = anchor - timedelta(days=draw(st.integers(0, 1)))
    days = draw(st.integers(1, most_days))
    now = datetime.combine(first, time(12), UTC) + timedelta(minutes=draw(st.integers(-3 * 1440, 1440)))
    if not whole_minutes:
        now += timedelta(microseconds=draw(st.integers(0, 59_999_999)))
    cleaners = draw(st.integers(1, most_cleaners)) if draw(st.integers(0, 20)) else 0
    length = st.one_of(
        st.integers(1, 16).map(lambda n: 15 * n), st.integers(1, 16).map(lambda n: 15 * n), st.integers(1, 600)
    )
    holidays = st.sets(st.integers(0, days - 1), min_size=1, max_size=2)
    rules = SlotRules(
        zone=ZoneInfo(zone),
        duration=timedelta(minutes=draw(length)),
        pad=timedelta(minutes=draw(rarely(0, 15, 30, 20))),
        grid_minutes=draw(st.sampled_from([15, 30, 60, 120])),
        notice=timedelta(minutes=draw(rarely(0, 45, 24 * 60, 48 * 60))),
        horizon=timedelta(days=draw(rarely(30, 1, 2, 3))),
        team_size=draw(rarely(1, 2, 3)),
        holidays=frozenset(first + timedelta(days=n) for n in draw(holidays)) if draw(st.booleans()) else frozenset(),
    )
    return Company(first, days, now, rules, tuple(draw(cleaner_calendars(first, days)) for _ in range(cleaners)))

"""Counting back over working time, minute for minute, through clock changes, weekends and holidays."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midway.core.business_time import Counting, OfficeHours, counted_back, day_before
from midway.core.timespan import local_instant

ZONES = [ZoneInfo(name) for name in ("America/New_York", "Europe/Paris", "Australia/Lord_Howe", "America/Havana")]
CLOCK_CHANGES = [date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 11, 1), date(2026, 10, 4)]
offices = st.builds(
    OfficeHours,
    zone=st.sampled_from(ZONES),
    opens=st.sampled_from([time(0), time(2, 30), time(8)]),
    closes=st.sampled_from([time(12), time(17, 30), time(23)]),
    workdays=st.sets(st.integers(0, 6), min_size=1).map(frozenset),
    holidays=st.sets(st.sampled_from(CLOCK_CHANGES)).map(frozenset),
)
ends = st.builds(
    lambda day, offset: datetime(day.year, day.month, day.day, tzinfo=UTC) + offset,
    st.sampled_from(CLOCK_CHANGES),
    st.timedeltas(timedelta(hours=-40), timedelta(hours=60)).map(lambda d: d - d % timedelta(minutes=15)),
)
lengths = st.integers(1, 6 * 24 * 4).map(lambda n: timedelta(minutes=15 * n))


def counts(moment: datetime, hours: OfficeHours, counting: Counting) -> bool:
    """Whether a moment counts, said the slow way: by asking every day near it."""
    near = [moment.astimezone(hours.zone).date() + timedelta(days=n) for n in (-1, 0, 1)]
    spans = [hours.counted(day, counting) for day in near]
    return any(span is not None and span[0] <= moment < span[1] for span in spans)


@given(offices, ends, lengths, st.sampled_from(Counting))
def test_exactly_so_much_working_time_lies_between(
    hours: OfficeHours, end: datetime, length: timedelta, counting: Counting
) -> None:
    start = counted_back(end, length, hours, counting)
    step, counted, moment = timedelta(minutes=15), timedelta(0), start
    while moment < end:
        counted += step if counting is Counting.CLOCK or counts(moment, hours, counting) else timedelta(0)
        moment += step
    assert counted == length
    assert counting is Counting.CLOCK or counts(start, hours, counting)


@given(offices, ends, lengths, lengths, st.sampled_from(Counting))
def test_a_longer_notice_is_never_later(
    hours: OfficeHours, end: datetime, one: timedelta, other: timedelta, counting: Counting
) -> None:
    shorter, longer = sorted([one, other])
    assert counted_back(end, longer, hours, counting) <= counted_back(end, shorter, hours, counting) <= end


@given(offices, ends, lengths)
def test_by_the_clock_it_is_plain_time(hours: OfficeHours, end: datetime, length: timedelta) -> None:
    assert counted_back(end, length, hours, Counting.CLOCK) == end - length


def test_an_office_that_is_never_open_counts_by_the_clock() -> None:
    closed = OfficeHours(ZONES[0], workdays=frozenset())
    end = datetime(2026, 3, 9, 14, tzinfo=UTC)
    assert counted_back(end, timedelta(hours=48), closed, Counting.OPENING_HOURS) == end - timedelta(hours=48)


@pytest.mark.parametrize(("days", "expected"), [(0, date(2026, 3, 9)), (1, date(2026, 3, 6)), (2, date(2026, 3, 5))])
def test_a_day_before_is_a_working_day(days: int, expected: date) -> None:
    hours = OfficeHours(ZONES[0])
    end = local_instant(date(2026, 3, 9), time(9), hours.zone)
    found = day_before(end, days, time(17), hours, Counting.BUSINESS_DAYS)
    assert found == local_instant(expected, time(17), hours.zone)


def test_opening_hours_are_counted_back_to_the_afternoon_before() -> None:
    hours = OfficeHours(ZONES[0], opens=time(9), closes=time(17))
    end = local_instant(date(2026, 3, 9), time(10), hours.zone)
    found = counted_back(end, timedelta(hours=4), hours, Counting.OPENING_HOURS)
    assert found == local_instant(date(2026, 3, 6), time(14), hours.zone)

"""Laws of spans and of the step from wall clock to moment."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midway.core.timespan import (
    CELL,
    Span,
    cells_between,
    local_instant,
    local_midnight,
    merged,
    minus,
    rounded_out,
    rounded_up_minutes,
)

EPOCH = datetime(2026, 3, 8, tzinfo=UTC)
NEW_YORK, LORD_HOWE, AZORES = ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Atlantic/Azores")

spans = st.builds(
    lambda start, length: Span(EPOCH + timedelta(minutes=start), EPOCH + timedelta(minutes=start + length)),
    st.integers(0, 120),
    st.integers(1, 60),
)
some_spans = st.lists(spans, max_size=8)


def minutes_of(several: list[Span]) -> set[int]:
    return {
        minute
        for span in several
        for minute in range(
            int((span.start - EPOCH).total_seconds() // 60), int((span.end - EPOCH).total_seconds() // 60)
        )
    }


@given(some_spans)
def test_merging_keeps_every_minute_and_adds_none(several: list[Span]) -> None:
    assert minutes_of(merged(several)) == minutes_of(several)


@given(some_spans)
def test_merged_spans_stand_in_order_with_a_gap_between(several: list[Span]) -> None:
    joined = merged(several)
    assert all(a.end < b.start for a, b in pairwise(joined))


@given(some_spans, some_spans)
def test_taking_away_leaves_the_minutes_nobody_took(several: list[Span], busy: list[Span]) -> None:
    assert minutes_of(minus(several, busy)) == minutes_of(several) - minutes_of(busy)


@given(some_spans, some_spans)
def test_what_is_left_does_not_touch_itself(several: list[Span], busy: list[Span]) -> None:
    assert minus(several, busy) == merged(minus(several, busy))


@given(spans, spans)
def test_spans_overlap_when_they_share_a_minute(one: Span, other: Span) -> None:
    assert one.overlaps(other) == bool(minutes_of([one]) & minutes_of([other])) == other.overlaps(one)


@given(spans)
def test_rounding_out_gives_the_smallest_whole_quarter_hours_around(span: Span) -> None:
    wide = rounded_out(span)
    assert all(moment.minute % 15 == 0 and moment.second == 0 for moment in (wide.start, wide.end))
    assert wide.start <= span.start < wide.start + CELL
    assert wide.end - CELL < span.end <= wide.end
    assert rounded_out(wide) == wide


def test_rounding_out_counts_seconds() -> None:
    span = Span(EPOCH + timedelta(microseconds=1), EPOCH + CELL + timedelta(microseconds=1))
    assert rounded_out(span) == Span(EPOCH, EPOCH + 2 * CELL)


@given(st.integers(0, 10_000), st.integers(1, 120))
def test_lengths_are_rounded_up_by_less_than_a_step(minutes: int, step: int) -> None:
    rounded = rounded_up_minutes(minutes, step)
    assert rounded % step == 0
    assert 0 <= rounded - minutes < step


@pytest.mark.parametrize(
    ("start", "end"),
    [(EPOCH, EPOCH), (EPOCH + CELL, EPOCH), (datetime(2026, 3, 8), EPOCH + CELL)],  # noqa: DTZ001 - meant
)
def test_a_span_needs_two_moments_in_order_with_a_zone(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match="span"):
        Span(start, end)


def test_a_span_knows_its_minutes() -> None:
    assert Span(EPOCH, EPOCH + timedelta(minutes=95)).minutes == 95


@pytest.mark.parametrize(
    ("zone", "day", "clock", "moment"),
    [
        (NEW_YORK, date(2026, 3, 2), time(9), "2026-03-02T14:00Z"),
        (NEW_YORK, date(2026, 3, 8), time(2, 30), "2026-03-08T07:30Z"),  # skipped: read by winter time
        (NEW_YORK, date(2026, 11, 1), time(1, 30), "2026-11-01T06:30Z"),  # twice: the later one
        (LORD_HOWE, date(2026, 10, 4), time(2, 15), "2026-10-03T15:45Z"),  # half an hour is skipped
        (LORD_HOWE, date(2026, 4, 5), time(1, 45), "2026-04-04T15:15Z"),
        (AZORES, date(2026, 3, 29), time(0), "2026-03-29T01:00Z"),  # the day begins at one o'clock
        (AZORES, date(2026, 10, 25), time(0), "2026-10-25T01:00Z"),  # the second midnight
    ],
)
def test_wall_clock_times_name_one_moment_even_when_the_clock_changes(
    zone: ZoneInfo, day: date, clock: time, moment: str
) -> None:
    assert local_instant(day, clock, zone) == datetime.fromisoformat(moment)


@given(
    st.sampled_from(["America/New_York", "Europe/Paris", "Australia/Lord_Howe", "Atlantic/Azores", "Asia/Kathmandu"]),
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 - Hypothesis takes wall-clock bounds
)
def test_a_time_the_clock_shows_is_found_again(zone_name: str, naive: datetime) -> None:
    zone = ZoneInfo(zone_name)
    shown = local_instant(naive.date(), naive.time(), zone).astimezone(zone).replace(tzinfo=None, fold=0)
    was_skipped = naive.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) != naive
    assert (shown == naive) != was_skipped


@pytest.mark.parametrize(
    ("zone", "day", "cells"),
    [
        (NEW_YORK, date(2026, 3, 2), 96),
        (NEW_YORK, date(2026, 3, 8), 92),
        (NEW_YORK, date(2026, 11, 1), 100),
        (LORD_HOWE, date(2026, 4, 5), 98),
        (LORD_HOWE, date(2026, 10, 4), 94),
        (AZORES, date(2026, 3, 29), 92),
        (AZORES, date(2026, 10, 24), 100),
        (NEW_YORK, date(2028, 2, 29), 96),
    ],
)
def test_days_have_as_many_quarter_hours_as_their_clock_shows(zone: ZoneInfo, day: date, cells: int) -> None:
    assert cells_between(local_midnight(day, zone), local_midnight(day + timedelta(days=1), zone)) == cells

"""Bit arithmetic against plain lists, and the bitmaps' answer against the oracle's."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.companies import Company, companies, examples

from midway.core.availability import SlotRules, offered_slots, working_spans
from midway.core.slotbits import at_least, counts, offered_columns, starts_of_runs, timeline, window_of
from midway.core.timespan import CELL

WIDTH = 40
rows = st.lists(st.lists(st.booleans(), min_size=WIDTH, max_size=WIDTH), max_size=9)


def as_bits(row: list[bool]) -> int:
    return int("".join("01"[cell] for cell in row), 2)


def as_row(bits: int) -> list[bool]:
    return [digit == "1" for digit in f"{bits:0{WIDTH}b}"]


@given(st.lists(st.booleans(), min_size=WIDTH, max_size=WIDTH), st.integers(1, WIDTH + 5))
def test_a_run_begins_where_so_many_cells_are_free_in_a_row(row: list[bool], length: int) -> None:
    expected = [n + length <= WIDTH and all(row[n : n + length]) for n in range(WIDTH)]
    assert as_row(starts_of_runs(as_bits(row), length)) == expected


@given(rows)
def test_planes_hold_each_columns_count(several: list[list[bool]]) -> None:
    planes = counts(as_bits(row) for row in several)
    for column in range(WIDTH):
        assert sum(as_row(plane)[column] << n for n, plane in enumerate(planes)) == sum(r[column] for r in several)


@given(rows, st.integers(1, 12))
def test_columns_with_enough_are_marked(several: list[list[bool]], number: int) -> None:
    marks = at_least(counts(as_bits(row) for row in several), number)
    assert as_row(marks) == [sum(row[n] for row in several) >= number for n in range(WIDTH)]


def rows_of(company: Company) -> list[int]:
    """Each cleaner's free cells over one day more than asked, worked out cell by cell."""
    zone, found = company.rules.zone, []
    line = timeline(zone, company.first, company.days, company.rules.grid_minutes)
    for calendar in company.calendars:
        working = working_spans(
            calendar,
            first=company.first - timedelta(days=1),
            days=company.days + 2,
            zone=zone,
            holidays=company.rules.holidays,
        )
        bits = 0
        for n in range(sum(line.cells)):
            start, end = line.opens + n * CELL, line.opens + (n + 1) * CELL
            is_working = any(span.start <= start and end <= span.end for span in working)
            is_taken = any(span.start < end and start < span.end for span in calendar.commitments)
            bits = bits << 1 | (is_working and not is_taken)
        found.append(bits)
    return found


def offered_starts(
    rows: Sequence[int], *, rules: SlotRules, first: date, days: int, now: datetime
) -> list[tuple[int, int]]:
    """The quarter hours that are offered and how many cleaners are free at each."""
    window = window_of(rules=rules, first=first, days=days, now=now)
    columns = offered_columns(rows, rules=rules, first=first, days=days, window=window)
    return [(index, columns.free[index]) for index, offered in enumerate(columns.is_offered) if offered]


@settings(max_examples=examples(150))
@given(companies(most_cleaners=5, whole_minutes=False))
def test_bits_offer_what_the_oracle_offers(company: Company) -> None:
    asked = {"rules": company.rules, "first": company.first, "days": company.days, "now": company.now}
    opens = timeline(company.rules.zone, company.first, company.days, company.rules.grid_minutes).opens

    by_bits = [(opens + n * CELL, count) for n, count in offered_starts(rows_of(company), **asked)]

    oracle = offered_slots(company.calendars, **asked)
    assert by_bits == [(slot.start, slot.cleaners_free) for slot in oracle]


@pytest.mark.parametrize("first", [date(2026, 6, 1), date(2026, 6, 8), date(2026, 6, 12), date(2027, 7, 1)])
def test_days_gone_by_or_out_of_reach_have_nothing_to_offer(first: date) -> None:
    always_free = [(1 << 192) - 1]
    rules = SlotRules(ZoneInfo("UTC"), timedelta(hours=1), horizon=timedelta(days=1))
    assert offered_starts(always_free, rules=rules, first=first, days=1, now=datetime(2026, 6, 10, tzinfo=UTC)) == []


def test_the_grid_follows_the_wall_clock_when_half_an_hour_is_skipped() -> None:
    line = timeline(ZoneInfo("Australia/Lord_Howe"), date(2026, 10, 4), 1, 60)
    hours = [
        (line.opens + n * CELL).astimezone(ZoneInfo("Australia/Lord_Howe")).strftime("%H:%M")
        for n, mark in enumerate(f"{line.grid:0{sum(line.cells)}b}")
        if mark == "1"
    ]
    # At two o'clock it is half past two.
    assert hours[:4] == ["00:00", "01:00", "03:00", "04:00"]
    assert line.cells == (94, 96)


def test_more_cleaners_than_fit_a_byte_are_counted() -> None:
    rules = SlotRules(ZoneInfo("UTC"), timedelta(hours=1), team_size=300, grid_minutes=60)
    always, never = (1 << 192) - 1, 0
    asked = {"rules": rules, "first": date(2026, 6, 10), "days": 1, "now": datetime(2026, 6, 10, tzinfo=UTC)}
    assert {count for _, count in offered_starts([always] * 700 + [never], **asked)} == {700}
    assert offered_starts([always] * 299, **asked) == []

"""The laws of recurrence: no drift, parity kept, wall clock kept, and a second library agrees."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from dateutil.rrule import FR, MO, MONTHLY, SA, SU, TH, TU, WE, WEEKLY, rrule
from dateutil.tz import gettz, resolve_imaginary
from hypothesis import given, settings
from hypothesis import strategies as st

from midway.core.recurrence import (
    LAST,
    Change,
    Closures,
    HolidayShift,
    Occurrence,
    Rule,
    held_on,
    moment,
    occurrences,
    series,
)

ZONES = ["America/New_York", "Europe/Paris", "Australia/Lord_Howe", "America/Santiago"]
NEW_YORK = ZoneInfo("America/New_York")
TUESDAY = date(2026, 3, 3)
YEAR = timedelta(days=364)

days = st.dates(date(2024, 1, 1), date(2027, 12, 31))
clocks = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))
weekday_sets = st.frozensets(st.integers(0, 6), min_size=1, max_size=4)
weekly_rules = st.builds(Rule, anchor=days, clock=clocks, weekdays=weekday_sets, every=st.integers(1, 6))
monthly_rules = st.builds(
    Rule,
    anchor=days,
    clock=clocks,
    weekdays=weekday_sets,
    every=st.integers(1, 4),
    nth=st.sampled_from([1, 2, 3, 4, LAST]),
)
rules = weekly_rules | monthly_rules


def second_opinion(rule: Rule, last: date) -> list[datetime]:
    """The same rule, read by dateutil: naive wall-clock moments up to a day."""
    named = [(MO, TU, WE, TH, FR, SA, SU)[weekday] for weekday in sorted(rule.weekdays)]
    by = {"byweekday": [day(rule.nth) for day in named] if rule.is_monthly else named}
    # dateutil counts months from its start, whose day of the month plays no part.
    start = rule.anchor.replace(day=1) if rule.is_monthly else rule.anchor
    found = rrule(
        MONTHLY if rule.is_monthly else WEEKLY,
        dtstart=datetime.combine(start, rule.clock),
        interval=rule.every,
        until=datetime.combine(last, time(23, 59)),
        **by,
    )
    return [day for day in found if day.date() >= rule.anchor]


@given(rule=rules)
def test_dateutil_finds_the_same_days_over_two_years(rule: Rule) -> None:
    last = rule.anchor + timedelta(days=730)

    assert occurrences(rule, rule.anchor, last) == [found.date() for found in second_opinion(rule, last)]


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=40, deadline=None)
@given(rule=rules)
def test_two_years_name_the_same_moments_as_dateutil_across_clock_changes(zone: str, rule: Rule) -> None:
    last = rule.anchor + timedelta(days=730)
    tz = gettz(zone)

    ours = [moment(rule, day, ZoneInfo(zone)) for day in occurrences(rule, rule.anchor, last)]
    theirs = [
        max(resolve_imaginary(found.replace(tzinfo=tz, fold=fold)).timestamp() for fold in (0, 1))
        for found in second_opinion(rule, last)
    ]

    assert [found.timestamp() for found in ours] == theirs


@given(rule=rules, first=st.integers(0, 700), length=st.integers(0, 100))
def test_a_window_shows_exactly_the_part_of_the_whole_that_lies_in_it(rule: Rule, first: int, length: int) -> None:
    whole = occurrences(rule, rule.anchor, rule.anchor + timedelta(days=800))
    start = rule.anchor + timedelta(days=first)
    end = start + timedelta(days=length)

    assert occurrences(rule, start, end) == [day for day in whole if start <= day <= end]


@given(rule=weekly_rules)
def test_due_weeks_keep_the_parity_of_the_anchor(rule: Rule) -> None:
    monday = rule.anchor - timedelta(days=rule.anchor.weekday())

    for day in occurrences(rule, rule.anchor, rule.anchor + 2 * YEAR):
        assert (day - monday).days // 7 % rule.every == 0


@given(rule=rules, ends_after=st.integers(0, 400), starts_after=st.integers(0, 100))
def test_nothing_falls_before_the_start_or_after_the_end(rule: Rule, ends_after: int, starts_after: int) -> None:
    whole = occurrences(rule, rule.anchor, rule.anchor + 2 * YEAR)
    starts, until = rule.anchor + timedelta(days=starts_after), rule.anchor + timedelta(days=ends_after)
    bounded = Rule(rule.anchor, rule.clock, rule.weekdays, rule.every, rule.nth, starts=starts, until=until)

    assert occurrences(bounded, date.min, rule.anchor + 2 * YEAR) == [d for d in whole if starts <= d <= until]


def test_every_four_weeks_comes_thirteen_times_a_year_and_the_first_tuesday_twelve_times() -> None:
    four_weekly = Rule(TUESDAY, time(9), frozenset({1}), every=4)
    monthly = Rule(TUESDAY, time(9), frozenset({1}), nth=1)

    assert len(occurrences(four_weekly, TUESDAY, TUESDAY + YEAR - timedelta(days=1))) == 13
    assert len(occurrences(monthly, date(2026, 3, 1), date(2027, 2, 28))) == 12


def test_the_last_thursday_of_a_leap_february_is_the_29th() -> None:
    rule = Rule(date(2024, 1, 25), time(9), frozenset({3}), nth=LAST)

    assert occurrences(rule, date(2024, 2, 1), date(2024, 2, 29)) == [date(2024, 2, 29)]


def test_weeks_are_counted_across_the_turn_of_the_year() -> None:
    rule = Rule(date(2026, 12, 22), time(9), frozenset({1}), every=2)

    assert occurrences(rule, date(2026, 12, 1), date(2027, 1, 31)) == [
        date(2026, 12, 22),
        date(2027, 1, 5),
        date(2027, 1, 19),
    ]


def test_nine_o_clock_stays_nine_o_clock_when_the_clocks_go_forward() -> None:
    rule = Rule(TUESDAY, time(9), frozenset({1}))
    starts = [moment(rule, day, NEW_YORK) for day in occurrences(rule, TUESDAY, date(2026, 3, 10))]

    assert [start.astimezone(NEW_YORK).hour for start in starts] == [9, 9]
    assert starts[1] - starts[0] == timedelta(days=7, hours=-1)


@pytest.mark.parametrize(
    "bad",
    [
        {"weekdays": frozenset()},
        {"weekdays": frozenset({7})},
        {"weekdays": frozenset({1}), "every": 0},
        {"weekdays": frozenset({1}), "nth": 5},
    ],
)
def test_a_rule_that_means_nothing_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"a (rule|month)"):
        Rule(anchor=TUESDAY, clock=time(9), **bad)  # type: ignore[arg-type]


WORKDAYS = frozenset(range(5))


@pytest.mark.parametrize(
    ("shift", "held"),
    [
        (HolidayShift.BEFORE, date(2026, 12, 24)),
        (HolidayShift.AFTER, date(2026, 12, 28)),
        (HolidayShift.SKIP, None),
    ],
)
def test_a_visit_on_christmas_friday_follows_the_holiday_rule(shift: HolidayShift, held: date | None) -> None:
    christmas = date(2026, 12, 25)
    rule = Rule(date(2026, 12, 4), time(9), frozenset({4}))

    assert held_on(rule, christmas, Closures(frozenset({christmas}), WORKDAYS, shift)) == held


def test_a_holiday_does_not_push_a_visit_onto_the_next_one() -> None:
    thursday = date(2026, 11, 26)
    daily = Rule(date(2026, 11, 2), time(18), WORKDAYS)

    assert held_on(daily, thursday, Closures(frozenset({thursday}), WORKDAYS, HolidayShift.AFTER)) is None


@given(
    rule=rules,
    holidays=st.frozensets(st.integers(0, 200), max_size=40),
    workdays=weekday_sets,
    shift=st.sampled_from(HolidayShift),
)
def test_holidays_never_double_a_day_and_move_only_the_visits_that_fall_on_them(
    rule: Rule, holidays: frozenset[int], workdays: frozenset[int], shift: HolidayShift
) -> None:
    closures = Closures(frozenset(rule.anchor + timedelta(days=n) for n in holidays), workdays, shift)
    originals = occurrences(rule, rule.anchor, rule.anchor + timedelta(days=220))
    held = {day: held_on(rule, day, closures) for day in originals}
    taking_place = [on for on in held.values() if on is not None]

    assert len(taking_place) == len(set(taking_place))
    assert sorted(taking_place) == taking_place
    for day, on in held.items():
        if day not in closures.holidays:
            assert on == day
        elif on is not None:
            assert closures.is_open(on)
            assert 1 <= abs((on - day).days) <= 6


def test_what_was_agreed_for_one_occurrence_wins_over_rule_and_holiday() -> None:
    rule = Rule(TUESDAY, time(9), frozenset({1}))
    moved = moment(rule, date(2026, 3, 12), NEW_YORK)
    found = series(
        rule,
        first=TUESDAY,
        last=date(2026, 3, 24),
        zone=NEW_YORK,
        closures=Closures(frozenset({date(2026, 3, 10), date(2026, 3, 24)})),
        changes={date(2026, 3, 10): Change(moved), date(2026, 3, 17): Change()},
    )

    assert found == [
        Occurrence(TUESDAY, moment(rule, TUESDAY, NEW_YORK)),
        Occurrence(date(2026, 3, 10), moved),
        Occurrence(date(2026, 3, 17), None),
        Occurrence(date(2026, 3, 24), None, is_shifted=True),
    ]


@pytest.mark.parametrize(
    "wrong", [{"weekdays": frozenset()}, {"weekdays": frozenset({7})}, {"every": 0}, {"nth": 5}, {"nth": 0}], ids=str
)
def test_a_rule_that_never_comes_is_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"rule|month"):
        Rule(**{"anchor": TUESDAY, "clock": time(9), "weekdays": frozenset({1}), **wrong})

"""The year judged as bits agrees with the plain answer, slot by slot."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from midway.core.availability import CleanerCalendar, SlotRules, WeeklyShift, offered_slots
from midway.core.plan_fit import Asked, Fit, Stretch, stretch_of
from midway.core.timespan import CELL, Span, local_instant

ZONES = [ZoneInfo(name) for name in ("America/New_York", "Europe/Paris", "Australia/Lord_Howe", "America/Santiago")]
FIRST, DAYS = date(2026, 3, 1), 45
"""All four zones change their clocks in these weeks."""


def bits_of(calendar: CleanerCalendar, stretch: Stretch) -> int:
    """A cleaner's free quarter hours, taken from the oracle one by one."""
    free = offered_slots(
        [calendar],
        rules=SlotRules(zone=stretch.zone, duration=CELL, grid_minutes=15, horizon=timedelta(days=100)),
        first=FIRST,
        days=DAYS,
        now=stretch.opens,
    )
    return sum(stretch.bit(stretch.cell(slot.start)) for slot in free)


def shifts(*weekdays: int, opens: time = time(8), closes: time = time(17)) -> list[WeeklyShift]:
    return [WeeklyShift(weekday, opens, closes, date(2025, 1, 1)) for weekday in weekdays]


calendars = st.lists(
    st.builds(
        CleanerCalendar,
        employed_from=st.just(date(2025, 1, 1)),
        shifts=st.builds(
            lambda days, opens: shifts(*days, opens=time(opens), closes=time(opens + 9)),
            st.frozensets(st.integers(0, 6), min_size=1),
            st.integers(0, 14),
        ),
        commitments=st.just([]),
    ),
    min_size=1,
    max_size=4,
)


@pytest.mark.parametrize("zone", ZONES, ids=str)
@settings(max_examples=15, deadline=None)
@given(calendars=calendars, team_size=st.integers(1, 2), quarters=st.integers(1, 16))
def test_a_year_of_bits_says_of_every_start_what_the_oracle_says(
    zone: ZoneInfo, calendars: list[CleanerCalendar], team_size: int, quarters: int
) -> None:
    stretch = stretch_of(zone, FIRST, DAYS)
    free = {number: bits_of(calendar, stretch) for number, calendar in enumerate(calendars)}
    fit = Fit(free, stretch, Asked(quarters * CELL, team_size))
    rules = SlotRules(
        zone=zone, duration=quarters * CELL, grid_minutes=15, team_size=team_size, horizon=timedelta(days=100)
    )
    offered = offered_slots(calendars, rules=rules, first=FIRST, days=DAYS, now=stretch.opens)
    ranked = list(free)

    # A visit that runs past the last day cannot be seen by the bits.
    ends = stretch.moment(stretch.width)
    starts = {slot.start for slot in offered if slot.end <= ends}
    by_bits = {stretch.moment(cell) for cell in range(stretch.width) if fit.fits_at(cell)}
    assert by_bits == starts
    for start in sorted(starts)[::20]:
        assert len(fit.team_for(start, ranked)) == team_size


@pytest.mark.parametrize("zone", ZONES, ids=str)
def test_a_wall_clock_time_names_the_same_quarter_hour_as_its_moment(zone: ZoneInfo) -> None:
    stretch = stretch_of(zone, FIRST, DAYS)
    for number in range(DAYS):
        for hour in range(24):
            day = FIRST + timedelta(days=number)
            assert stretch.cell_at(day, time(hour)) == stretch.cell(local_instant(day, time(hour), zone))


NEW_YORK = ZONES[0]


def office_hours(*busy: Span) -> Fit:
    """One cleaner, Monday to Friday from eight to five, asked for two hours."""
    stretch = stretch_of(NEW_YORK, FIRST, DAYS)
    calendar = CleanerCalendar(date(2025, 1, 1), shifts=shifts(0, 1, 2, 3, 4), commitments=busy)
    return Fit({7: bits_of(calendar, stretch)}, stretch, Asked(timedelta(hours=2), 1))


def nearest(fit: Fit, wanted: datetime, *, avoid: tuple[date, ...] = ()) -> datetime | None:
    found = fit.nearest(
        wanted,
        on=wanted.astimezone(NEW_YORK).date(),
        ranked=[7],
        avoid=avoid,
        not_before=local_instant(FIRST, time(0), NEW_YORK),
        grid_minutes=30,
    )
    return None if found is None else found.start


TUESDAY = date(2026, 3, 10)


def at(hour: int, on: date = TUESDAY) -> datetime:
    return local_instant(on, time(hour), NEW_YORK)


def test_the_nearest_time_that_day_comes_before_another_day() -> None:
    assert nearest(office_hours(Span(at(9), at(11))), at(9)) == at(11)


def test_a_day_that_is_full_gives_way_to_the_same_time_the_day_before() -> None:
    assert nearest(office_hours(Span(at(8), at(17))), at(9)) == at(9, date(2026, 3, 9))


def test_a_day_to_avoid_is_passed_over() -> None:
    assert nearest(office_hours(Span(at(8), at(17))), at(9), avoid=(date(2026, 3, 9),)) == at(9, date(2026, 3, 11))


def test_when_nothing_is_near_there_is_no_alternative() -> None:
    busy = Span(at(0, date(2026, 3, 6)), at(0, date(2026, 3, 15)))

    assert nearest(office_hours(busy), at(9)) is None

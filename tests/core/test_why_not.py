"""A time is offered exactly when nothing stands in its way."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from tests.companies import Company, companies

from midway.core.availability import CleanerCalendar, DayException, SlotRules, WeeklyShift, offered_slots
from midway.core.timespan import CELL, Span, local_midnight
from midway.core.why_not import Candidate, General, Obstacle, why_not

NEW_YORK = ZoneInfo("America/New_York")
MONDAY = date(2026, 3, 2)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WEEK = tuple(WeeklyShift(day, time(8), time(17), date(2025, 1, 1)) for day in range(5))
ANA = CleanerCalendar(employed_from=date(2025, 1, 1), shifts=WEEK)
RULES = SlotRules(zone=NEW_YORK, duration=timedelta(hours=2), pad=timedelta(minutes=15))


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return datetime.combine(day, time(hour, minute), NEW_YORK)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(company=companies())
def test_offered_exactly_when_nothing_stands_in_the_way(company: Company) -> None:
    offered = {
        slot.start: slot.cleaners_free
        for slot in offered_slots(
            company.calendars, rules=company.rules, first=company.first, days=company.days, now=company.now
        )
    }
    start = local_midnight(company.first, company.rules.zone)
    closes = local_midnight(company.first + timedelta(days=company.days), company.rules.zone)
    candidates = [Candidate(calendar) for calendar in company.calendars]
    while start < closes:
        answer = why_not(candidates, rules=company.rules, start=start, now=company.now)
        assert answer.is_offered == (start in offered)
        if start in offered:
            assert answer.free == offered[start]
        start += CELL


@pytest.mark.parametrize(
    ("calendar", "start", "obstacle"),
    [
        (ANA, at(16), Obstacle.HOURS),
        (ANA, at(9, day=date(2026, 3, 8)), Obstacle.HOURS),
        (CleanerCalendar(date(2026, 3, 3), shifts=WEEK), at(9), Obstacle.NOT_EMPLOYED),
        (CleanerCalendar(date(2025, 1, 1), left_on=date(2026, 3, 1), shifts=WEEK), at(9), Obstacle.NOT_EMPLOYED),
        (
            CleanerCalendar(date(2025, 1, 1), shifts=WEEK, exceptions=[DayException(MONDAY)]),
            at(9),
            Obstacle.OTHER_HOURS,
        ),
        (CleanerCalendar(date(2025, 1, 1), shifts=WEEK, commitments=[Span(at(10), at(11))]), at(9), Obstacle.BUSY),
        (CleanerCalendar(date(2025, 1, 1), shifts=WEEK, commitments=[Span(at(11, 10), at(12))]), at(9), Obstacle.BUSY),
    ],
)
def test_what_keeps_somebody(calendar: CleanerCalendar, start: datetime, obstacle: Obstacle) -> None:
    answer = why_not([Candidate(calendar)], rules=RULES, start=start, now=NOW)

    assert [reason.obstacle for reason in answer.by_cleaner[0]] == [obstacle]
    assert answer.general == [General.TEAM]


def test_everything_that_stands_in_the_way_is_told_at_once() -> None:
    rules = SlotRules(
        zone=NEW_YORK,
        duration=timedelta(hours=2),
        grid_minutes=30,
        notice=timedelta(days=3),
        team_size=2,
        holidays=frozenset({MONDAY}),
    )
    busy = CleanerCalendar(date(2025, 1, 1), shifts=WEEK, commitments=[Span(at(9), at(10))])

    answer = why_not([Candidate(busy, has_skill=False)], rules=rules, start=at(9, 10), now=NOW)

    assert answer.general == [General.GRID, General.NOTICE, General.TEAM]
    assert [reason.obstacle for reason in answer.by_cleaner[0]] == [Obstacle.SKILL, Obstacle.HOLIDAY, Obstacle.BUSY]


def test_too_far_ahead() -> None:
    far = at(9, day=MONDAY + timedelta(days=7 * 60))

    assert why_not([Candidate(ANA)], rules=RULES, start=far, now=NOW).general == [General.HORIZON]

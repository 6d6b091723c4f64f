"""The oracle of availability against a simulation that walks minute by minute and shares no code with it."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from tests.companies import FAR_PAST, Company, companies, examples

from midway.core.availability import (
    CleanerCalendar,
    DayException,
    Slot,
    SlotRules,
    WeeklyShift,
    offered_slots,
    working_spans,
)
from midway.core.timespan import Span

MINUTE = timedelta(minutes=1)
NEW_YORK = ZoneInfo("America/New_York")


class Walk:
    """Every minute around the days asked for, with what the clock on the wall shows then."""

    def __init__(self, company: Company) -> None:
        self.zone = company.rules.zone
        begin = datetime.combine(company.first, time(0), UTC) - timedelta(days=3)
        self.minutes = [begin + n * MINUTE for n in range((company.days + 7) * 1440)]
        self.wall = [m.astimezone(self.zone).replace(tzinfo=None, fold=0) for m in self.minutes]
        self.last_shown = {shown: index for index, shown in enumerate(self.wall)}

    def index_of(self, on: date, clock: time) -> int:
        """Where the clock shows this time, the last time it does; skipped minutes are counted on from the last
        one before them that it showed."""
        wanted, back = datetime.combine(on, clock), 0
        while wanted - back * MINUTE not in self.last_shown:
            back += 1
        return self.last_shown[wanted - back * MINUTE] + back

    def working_minutes(self, calendar: CleanerCalendar, company: Company) -> set[int]:
        found: set[int] = set()
        for offset in range(-2, company.days + 2):
            on = company.first + timedelta(days=offset)
            if on < calendar.employed_from or (calendar.left_on and on > calendar.left_on):
                continue
            special = [e for e in calendar.exceptions if e.on == on]
            if special:
                hours = [(e.start, e.end) for e in special]
            elif on in company.rules.holidays:
                hours = []
            else:
                hours = [
                    (s.start, s.end)
                    for s in calendar.shifts
                    if s.weekday == on.weekday() and s.valid_from <= on and on <= (s.valid_to or date.max)
                ]
            for start, end in hours:
                if start is not None and end is not None:
                    closes_on = on + timedelta(days=1) if end <= start else on
                    found.update(range(self.index_of(on, start), self.index_of(closes_on, end)))
        return found

    def free_quarters(self, calendar: CleanerCalendar, company: Company) -> set[int]:
        working = self.working_minutes(calendar, company)
        quarters = {m // 15 for m in working if m % 15 == 0 and all(m + n in working for n in range(15))}
        for span in calendar.commitments:
            quarters -= {
                n
                for n in range(len(self.minutes) // 15)
                if self.minutes[n * 15] < span.end and span.start < self.minutes[n * 15] + 15 * MINUTE
            }
        return quarters

    def slots(self, company: Company) -> dict[datetime, int]:
        rules = company.rules
        first = self.index_of(company.first, time(0)) // 15
        last = self.index_of(company.first + timedelta(days=company.days), time(0)) // 15
        quarters_needed = 0
        while quarters_needed * 15 * MINUTE < rules.duration + rules.pad:
            quarters_needed += 1
        free = [self.free_quarters(calendar, company) for calendar in company.calendars]
        found = {}
        for quarter in range(first, last):
            moment, shown = self.minutes[quarter * 15], self.wall[quarter * 15]
            in_time = company.now + rules.notice <= moment <= company.now + rules.horizon
            if not in_time or (shown.hour * 60 + shown.minute) % rules.grid_minutes:
                continue
            wanted = set(range(quarter, quarter + quarters_needed))
            count = len([one for one in free if wanted <= one])
            if count >= rules.team_size:
                found[moment] = count
        return found


@settings(max_examples=examples(60))
@given(companies(whole_minutes=False))
def test_offers_are_what_walking_through_every_minute_finds(company: Company) -> None:
    offered = offered_slots(
        company.calendars, rules=company.rules, first=company.first, days=company.days, now=company.now
    )
    assert {slot.start: slot.cleaners_free for slot in offered} == Walk(company).slots(company)
    assert all(slot.end - slot.start == company.rules.duration for slot in offered)


def offers(
    *, shift: tuple[str, str], on: date, hours: float = 2, days: int = 1, zone: ZoneInfo = NEW_YORK, grid: int = 60
) -> list[str]:
    """The wall-clock starts offered by one cleaner who works these hours on the weekday of `on` only."""
    start, end = (time.fromisoformat(clock) for clock in shift)
    calendar = CleanerCalendar(FAR_PAST, shifts=[WeeklyShift(on.weekday(), start, end, FAR_PAST)])
    rules = SlotRules(zone, timedelta(hours=hours), grid_minutes=grid, horizon=timedelta(days=1000))
    found = offered_slots([calendar], rules=rules, first=on, days=days, now=datetime(2026, 1, 1, tzinfo=UTC))
    return [slot.start.astimezone(zone).strftime("%a %H:%M %Z") for slot in found]


def test_a_visit_ends_within_the_shift() -> None:
    assert offers(shift=("09:00", "13:00"), on=date(2026, 3, 2)) == ["Mon 09:00 EST", "Mon 10:00 EST", "Mon 11:00 EST"]


def test_the_hour_that_is_skipped_is_missing_from_a_night_shift() -> None:
    assert offers(shift=("00:00", "05:00"), on=date(2026, 3, 8)) == ["Sun 00:00 EST", "Sun 01:00 EST", "Sun 03:00 EDT"]


def test_the_hour_that_comes_twice_is_offered_twice() -> None:
    assert offers(shift=("00:00", "03:00"), on=date(2026, 11, 1)) == [
        "Sun 00:00 EDT",
        "Sun 01:00 EDT",
        "Sun 01:00 EST",
    ]


def test_a_shift_over_midnight_belongs_to_the_day_it_begins_on() -> None:
    assert offers(shift=("22:00", "02:00"), on=date(2026, 12, 31), days=2, hours=3) == [
        "Thu 22:00 EST",
        "Thu 23:00 EST",
    ]


def test_the_29th_of_february_is_a_day_like_any_other() -> None:
    assert offers(shift=("09:00", "11:00"), on=date(2028, 2, 29)) == ["Tue 09:00 EST"]


def one_day(*exceptions: DayException, holidays: frozenset[date] = frozenset(), **asked: object) -> list[Slot]:
    monday = date(2026, 3, 2)
    calendar = CleanerCalendar(FAR_PAST, shifts=[WeeklyShift(0, time(9), time(11), FAR_PAST)], exceptions=exceptions)
    rules = SlotRules(NEW_YORK, timedelta(hours=2), holidays=holidays, **asked)  # type: ignore[arg-type]
    return offered_slots([calendar], rules=rules, first=monday, days=1, now=datetime(2026, 3, 2, tzinfo=UTC))


def test_an_exception_stands_in_place_of_shift_and_holiday() -> None:
    monday = date(2026, 3, 2)
    assert len(one_day()) == 1
    assert one_day(holidays=frozenset({monday})) == []
    assert one_day(DayException(monday)) == []
    moved = one_day(DayException(monday, time(14), time(16)), holidays=frozenset({monday}))
    assert [slot.start.astimezone(NEW_YORK).hour for slot in moved] == [14]


def test_notice_and_horizon_include_their_own_minute() -> None:
    until_nine = timedelta(hours=14)  # from midnight in London to nine in New York
    assert len(one_day(notice=until_nine)) == len(one_day(horizon=until_nine)) == 1
    assert one_day(notice=until_nine + MINUTE) == one_day(horizon=until_nine - MINUTE) == []


def test_the_pad_must_fit_behind_the_visit() -> None:
    assert one_day(pad=timedelta(minutes=1)) == []


def test_two_shifts_that_meet_are_one() -> None:
    monday = date(2026, 3, 2)
    calendar = CleanerCalendar(
        FAR_PAST,
        shifts=[WeeklyShift(0, time(9), time(12), FAR_PAST), WeeklyShift(0, time(11), time(15), FAR_PAST)],
    )
    spans = working_spans(calendar, first=monday, days=1, zone=NEW_YORK, holidays=frozenset())
    assert [span.minutes for span in spans] == [360]


def test_a_shift_the_clock_skips_entirely_is_no_time_at_all() -> None:
    # From 2:30 to 3:00 read by winter and by summer time: it would end before it begins.
    assert offers(shift=("02:30", "03:00"), on=date(2026, 3, 8), hours=0.25, grid=15) == []


def test_a_commitment_blocks_every_quarter_hour_it_touches() -> None:
    nine = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
    calendar = CleanerCalendar(
        FAR_PAST,
        shifts=[WeeklyShift(0, time(9), time(11), FAR_PAST)],
        commitments=[Span(nine + 20 * MINUTE, nine + 31 * MINUTE)],
    )
    rules = SlotRules(NEW_YORK, timedelta(minutes=15), grid_minutes=15)
    found = offered_slots([calendar], rules=rules, first=date(2026, 3, 2), days=1, now=nine - timedelta(hours=1))
    assert [slot.start.astimezone(NEW_YORK).strftime("%H:%M") for slot in found] == [
        "09:00", "09:45", "10:00", "10:15", "10:30", "10:45",
    ]  # fmt: skip

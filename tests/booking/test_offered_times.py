"""The times that can be offered, day by day."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from tests.booking.deeds import set_rules, visit_at
from tests.cast import (
    NOW,
    TODAY,
    Cast,
    at,
    make_branch,
    make_cast,
    make_cleaner,
    make_exception,
    make_holiday,
    make_service,
    weekly,
)
from tests.statements import counted_statements

from midway.booking.queries import DayOfSlots, Offer, nearest_slots, offered_times
from midway.crew.models import CalendarDay
from midway.crew.queries import CalendarNotWritten

pytestmark = pytest.mark.django_db
TWO_HOURS = timedelta(hours=2)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def ask(cast: Cast, *, first: date = TODAY, days: int = 1, now: datetime = NOW, **asked: Any) -> list[DayOfSlots]:
    offer = asked.pop("offer", Offer(cast.branch, cast.regular))
    return offered_times(offer=offer, **{"duration": TWO_HOURS, "first": first, "days": days, "now": now, **asked})


def clocks(day: DayOfSlots, cast: Cast) -> list[str]:
    return [slot.start.astimezone(cast.branch.zoneinfo).strftime("%H:%M") for slot in day.slots]


def test_a_day_offers_every_start_of_the_grid_with_who_is_free(cast: Cast) -> None:
    visit_at(cast, "13:00", cast.ana)
    visit_at(cast, "14:00", cast.ben)
    set_rules(cast, start_grid_minutes=60)
    (day,) = ask(cast)
    assert clocks(day, cast) == ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00"]
    assert [slot.cleaners_free for slot in day.slots] == [3, 3, 3, 2, 1, 1, 2]
    assert all(slot.end - slot.start == TWO_HOURS for slot in day.slots)


def test_days_without_anything_are_there_and_empty(cast: Cast) -> None:
    make_holiday(branch=cast.branch, on=TODAY + timedelta(days=1))
    days = ask(cast, first=TODAY - timedelta(days=2), days=9)
    assert [day.on for day in days] == [TODAY + timedelta(days=n) for n in range(-2, 7)]
    assert [bool(day.slots) for day in days] == [False, False, True, False, True, True, True, False, False]


@pytest.mark.parametrize("first", [date(2020, 1, 1), TODAY - timedelta(days=1), date(2030, 1, 1)])
def test_the_past_and_what_lies_past_the_horizon_are_empty(cast: Cast, first: date) -> None:
    assert [day.slots for day in ask(cast, first=first)] == [[]]


def test_the_horizon_ends_within_a_day(cast: Cast) -> None:
    set_rules(cast, horizon_days=7, start_grid_minutes=60)
    days = ask(cast, days=14)
    assert clocks(days[7], cast) == ["08:00", "09:00"]
    assert not any(day.slots for day in days[8:])


def test_only_who_has_the_skill_counts(cast: Cast) -> None:
    deep = Offer(cast.branch, cast.deep)
    assert {slot.cleaners_free for slot in ask(cast, offer=deep)[0].slots} == {2}
    make_exception(cleaner=cast.ben, on=TODAY)
    assert ask(cast, offer=deep, team_size=2)[0].slots == []
    assert ask(cast, team_size=2)[0].slots


def test_a_service_nobody_can_do_is_never_offered(cast: Cast) -> None:
    cast.deep_skill.cleaners.clear()
    assert ask(cast, offer=Offer(cast.branch, cast.deep))[0].slots == []


def test_asking_is_one_query_whatever_the_number_of_cleaners_and_days(cast: Cast) -> None:
    ask(cast)
    with counted_statements() as few:
        ask(cast)
    for _ in range(10):
        make_cleaner(branch=cast.branch)
    with counted_statements() as many:
        assert len(ask(cast, days=28)) == 28
    assert few == many == [1]


def test_days_that_are_not_written_are_not_taken_for_empty_ones(cast: Cast) -> None:
    CalendarDay.objects.filter(cleaner=cast.ana, on=TODAY + timedelta(days=3)).delete()
    with pytest.raises(CalendarNotWritten):
        ask(cast, days=7)


def test_the_nearest_times_come_first(cast: Cast) -> None:
    for cleaner in cast.cleaners:
        visit_at(cast, "12:00", cleaner)
    found = nearest_slots(
        offer=Offer(cast.branch, cast.regular), duration=TWO_HOURS, team_size=1, wanted=at("13:00"), now=NOW, limit=3
    )
    assert [slot.start for slot in found] == [at("14:00"), at("14:30"), at("15:00")]


def test_nearest_times_do_not_lie_in_the_past(cast: Cast) -> None:
    found = nearest_slots(
        offer=Offer(cast.branch, cast.regular), duration=TWO_HOURS, team_size=3, wanted=NOW - timedelta(days=3), now=NOW
    )
    assert len(found) == 6
    assert all(slot.start >= NOW for slot in found)


@pytest.mark.parametrize(
    ("zone", "on", "first_starts"),
    [
        ("America/New_York", date(2026, 3, 8), ["00:00-0500", "01:00-0500", "03:00-0400"]),
        ("America/New_York", date(2026, 11, 1), ["00:00-0400", "01:00-0400", "01:00-0500", "02:00-0500"]),
        ("Europe/Paris", date(2026, 10, 25), ["00:00+0200", "01:00+0200", "02:00+0200", "02:00+0100"]),
        ("Australia/Lord_Howe", date(2026, 10, 4), ["00:00+1030", "01:00+1030", "03:00+1100"]),
        ("Australia/Lord_Howe", date(2026, 4, 5), ["00:00+1100", "01:00+1100", "02:00+1030"]),
        ("Atlantic/Azores", date(2026, 3, 29), ["01:00+0000", "02:00+0000"]),
    ],
)
def test_every_hour_of_a_day_on_which_the_clock_changes(zone: str, on: date, first_starts: list[str]) -> None:
    now = datetime.combine(on, time(0), UTC) - timedelta(days=3)
    branch = make_branch(zone=zone, start_grid_minutes=60)
    make_cleaner(branch=branch, shifts=weekly(range(7), start=time(0), end=time(0)), now=now)
    offer = Offer(branch, make_service())
    (day,) = offered_times(offer=offer, duration=TWO_HOURS, first=on, days=1, now=now)
    starts = [slot.start.astimezone(branch.zoneinfo).strftime("%H:%M%z") for slot in day.slots]
    assert starts[: len(first_starts)] == first_starts


def test_the_hour_after_the_first_of_two_midnights_belongs_to_the_day_before() -> None:
    # On the Azores the clock goes from one o'clock back to midnight.
    on = date(2026, 10, 24)
    now = datetime.combine(on, time(0), UTC) - timedelta(days=3)
    branch = make_branch(zone="Atlantic/Azores", start_grid_minutes=60)
    make_cleaner(branch=branch, shifts=weekly(range(7), start=time(0), end=time(0)), now=now)
    offer = Offer(branch, make_service())
    (day,) = offered_times(offer=offer, duration=TWO_HOURS, first=on, days=1, now=now)
    assert len(day.slots) == 25
    assert day.slots[-1].start == datetime(2026, 10, 25, tzinfo=UTC)
    both = offered_times(offer=offer, duration=TWO_HOURS, first=on, days=2, now=now)
    assert [len(d.slots) for d in both] == [25, 24]

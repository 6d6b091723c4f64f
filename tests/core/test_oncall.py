"""Who is on call, against an independent computation: other zone data and another method, moment by moment."""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil import tz
from hypothesis import given
from hypothesis import strategies as st

from midway.core.oncall import Override, Rotation, Turn, Why, ladder, on_call, turns
from midway.core.timespan import Span

ZONES = ("America/New_York", "Europe/Paris", "Australia/Lord_Howe")
MINUTE = timedelta(minutes=1)
YEAR = Span(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def hand_overs(rotation: Rotation, until: datetime) -> list[datetime]:
    """Every hand-over, with dateutil's clocks: a skipped time is the later reading, a doubled one the second."""
    zone = tz.gettz(str(rotation.zone))
    found, day = [], rotation.starts_on
    while True:
        local = datetime.combine(day, rotation.hand_over, tzinfo=zone)
        moment = tz.resolve_imaginary(tz.enfold(local, fold=1) if tz.datetime_ambiguous(local) else local)
        found.append(moment.astimezone(UTC))
        if found[-1] > until:
            return found
        day += timedelta(days=1)


class Independently:
    """Counts hand-overs instead of reckoning with days."""

    def __init__(self, rotations: Sequence[Rotation], overrides: Sequence[Override], until: datetime) -> None:
        self.overrides = overrides
        self.lists = [(one, hand_overs(one, until)) for one in rotations]

    def person(self, at: datetime) -> int | None:
        for one in self.overrides:
            if self.lists[0][1][0] <= at and one.span.start <= at < one.span.end:
                return one.person
        begun = [(rotation, moments) for rotation, moments in self.lists if moments[0] <= at]
        if not begun:
            return None
        rotation, moments = max(begun, key=lambda pair: pair[1][0])
        days = bisect_right(moments, at) - 1
        day = rotation.starts_on + timedelta(days=days)
        if day in rotation.holidays:
            earlier = [one for one in rotation.holidays if rotation.starts_on <= one < day]
            return rotation.people[len(earlier) % len(rotation.people)]
        return rotation.people[(days // rotation.turn_days) % len(rotation.people)]


def year_of(zone: str, hand_over: time) -> tuple[list[Rotation], list[Override]]:
    """A weekly rotation of three, from July one of four that changes daily, holidays, and overrides across changes."""
    holidays = frozenset({date(2026, 1, 1), date(2026, 5, 25), date(2026, 7, 4), date(2026, 12, 25), date(2026, 3, 29)})
    rotations = [
        Rotation((1, 2, 3), date(2025, 12, 1), hand_over, ZoneInfo(zone), 7, holidays),
        Rotation((2, 3, 4, 5), date(2026, 7, 6), hand_over, ZoneInfo(zone), 1, holidays),
    ]
    spring, autumn = datetime(2026, 3, 7, 20, tzinfo=UTC), datetime(2026, 10, 24, 3, 17, tzinfo=UTC)
    overrides = [
        Override(9, Span(spring, spring + timedelta(hours=40))),
        Override(3, Span(spring + timedelta(hours=40), spring + timedelta(days=3))),
        Override(9, Span(autumn, autumn + timedelta(days=9))),
        Override(1, Span(datetime(2026, 7, 5, 23, tzinfo=UTC), datetime(2026, 7, 6, 23, 59, tzinfo=UTC))),
    ]
    return rotations, overrides


def gaps(found: Sequence[Turn], during: Span) -> list[tuple[datetime, datetime]]:
    """Where one turn does not begin as the one before ends."""
    ends = [during.start, *(turn.end for turn in found)]
    starts = [*(turn.start for turn in found), during.end]
    return [(end, start) for end, start in zip(ends, starts, strict=True) if end != start]


def agree(zone: str, hand_over: time, step: timedelta) -> int:
    """Compares every so many minutes of the year; gives how many moments were asked."""
    rotations, overrides = year_of(zone, hand_over)
    found = turns(rotations, overrides, during=YEAR)
    assert gaps(found, YEAR) == [], "no minute without a person, none with two"
    other = Independently(rotations, overrides, YEAR.end)
    starts = [turn.start for turn in found]
    asked, at = 0, YEAR.start
    while at < YEAR.end:
        assert found[bisect_right(starts, at) - 1].person == other.person(at), (zone, at)
        at += step
        asked += 1
    return asked


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hand_over", [time(9), time(2, 30), time(0)])
def test_every_moment_of_a_year_is_somebodys(zone: str, hand_over: time) -> None:
    assert agree(zone, hand_over, timedelta(minutes=97)) > 5000


@pytest.mark.slow
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hand_over", [time(9), time(1, 45)])
def test_every_minute_of_a_year_is_somebodys(zone: str, hand_over: time) -> None:
    assert agree(zone, hand_over, MINUTE) == 365 * 24 * 60


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("America/New_York", date(2026, 3, 7), 23),
        ("America/New_York", date(2026, 10, 31), 25),
        ("Europe/Paris", date(2026, 3, 28), 23),
        ("Australia/Lord_Howe", date(2026, 4, 4), 24.5),
        ("Australia/Lord_Howe", date(2026, 10, 3), 23.5),
    ],
)
def test_a_turn_over_a_clock_change_is_as_long_as_that_day(zone: str, day: date, hours: float) -> None:
    rotation = Rotation((1, 2), day, time(9), ZoneInfo(zone), turn_days=1)
    start = rotation.begins_at
    first, *_ = turns([rotation], [], during=Span(start, start + timedelta(days=2)))
    assert first.end - first.start == timedelta(hours=hours)


moments = st.integers(0, 334 * 24 * 60).map(lambda minutes: YEAR.start + minutes * MINUTE)


@st.composite
def rosters(draw: st.DrawFn) -> tuple[list[Rotation], list[Override]]:
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    people = st.lists(st.integers(1, 9), min_size=1, max_size=5, unique=True).map(tuple)
    days = st.dates(date(2025, 11, 1), date(2026, 10, 1))
    rotations = [
        Rotation(draw(people), day, draw(st.times()), zone, draw(st.integers(1, 14)), frozenset(draw(st.sets(days))))
        for day in draw(st.lists(days, min_size=1, max_size=3, unique=True))
    ]
    edges = sorted(draw(st.lists(moments, max_size=8, unique=True)))
    spans = [Span(a, b) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    return rotations, [Override(draw(st.integers(1, 12)), span) for span in spans]


@given(rosters(), moments, st.integers(1, 60))
def test_from_the_first_hand_over_on_there_is_exactly_one(
    roster: tuple[list[Rotation], list[Override]], start: datetime, days: int
) -> None:
    rotations, overrides = roster
    during = Span(start, start + timedelta(days=days))
    found = turns(rotations, overrides, during=during)
    begins = max(min(one.begins_at for one in rotations), during.start)
    if begins < during.end:
        assert gaps(found, Span(begins, during.end)) == []
    else:
        assert found == []
    other = Independently(sorted(rotations, key=lambda one: one.begins_at), overrides, during.end)
    for turn in found:
        for at in (turn.start, turn.start + (turn.end - turn.start) / 2, turn.end - timedelta(microseconds=1)):
            assert turn.person == other.person(at) == on_call(rotations, overrides, at=at)


@given(rosters(), moments)
def test_the_ladder_begins_with_who_is_on_call_and_names_everybody_once(
    roster: tuple[list[Rotation], list[Override]], at: datetime
) -> None:
    rotations, overrides = roster
    found = ladder(rotations, overrides, at=at)
    assert len(set(found)) == len(found)
    first = on_call(rotations, overrides, at=at)
    assert found[:1] == (() if first is None else (first,))
    begun = [one for one in rotations if one.begins_at <= at]
    if begun:
        assert set(max(begun, key=lambda one: one.begins_at).people) <= set(found)


def test_after_who_is_on_call_come_the_next_in_turn() -> None:
    rotation = Rotation((1, 2, 3), date(2026, 3, 2), time(9), ZoneInfo("Europe/Paris"))
    second_week = rotation.hand_over_at(date(2026, 3, 10))
    assert ladder([rotation], [], at=second_week) == (2, 3, 1)
    stranger = Override(7, Span(second_week, second_week + timedelta(hours=1)))
    assert ladder([rotation], [stranger], at=second_week) == (7, 1, 2, 3)


def test_holidays_go_round_by_themselves() -> None:
    christmas = [date(year, 12, 25) for year in (2026, 2027, 2028)]
    rotation = Rotation((1, 2), date(2026, 1, 5), time(9), ZoneInfo("Europe/Paris"), 7, frozenset(christmas))
    assert [rotation.on_day(day) for day in christmas] == [(1, Why.HOLIDAY), (2, Why.HOLIDAY), (1, Why.HOLIDAY)]


@pytest.mark.parametrize("wrong", [{"people": ()}, {"people": (1, 1)}, {"turn_days": 0}])
def test_a_rotation_that_leaves_gaps_cannot_be_made(wrong: dict[str, object]) -> None:
    usual = {"people": (1,), "starts_on": date(2026, 1, 1), "hand_over": time(9), "zone": ZoneInfo("UTC")}
    with pytest.raises(ValueError, match=r"a rotation|a turn"):
        Rotation(**{**usual, **wrong})  # type: ignore[arg-type]

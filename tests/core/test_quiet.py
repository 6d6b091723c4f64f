"""Hours of rest: nothing arrives in them, nothing is held back longer than they last, whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cast import LORD_HOWE, NEW_YORK, PARIS

from midway.core.quiet import Quiet, earliest_delivery

NIGHT = Quiet(time(21), time(8))
zones = st.sampled_from([NEW_YORK, PARIS, LORD_HOWE, "America/Sao_Paulo"]).map(ZoneInfo)
quarters = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
rests = st.builds(Quiet, quarters, quarters)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive


@given(moments, rests, zones)
def test_what_is_delivered_is_never_in_the_rest(moment: datetime, quiet: Quiet, zone: ZoneInfo) -> None:
    then = earliest_delivery(moment, quiet=quiet, zone=zone)
    assert not quiet.covers(then.astimezone(zone).time())


@given(moments, rests, zones)
def test_it_waits_only_in_the_rest_and_never_longer_than_a_day(moment: datetime, quiet: Quiet, zone: ZoneInfo) -> None:
    then = earliest_delivery(moment, quiet=quiet, zone=zone)
    assert moment <= then < moment + timedelta(hours=26)
    assert (then == moment) or quiet.covers(moment.astimezone(zone).time())
    assert earliest_delivery(then, quiet=quiet, zone=zone) == then


@pytest.mark.parametrize(
    ("on", "clock", "waits_hours"),
    [
        (date(2026, 3, 2), "20:59", 0),
        (date(2026, 3, 2), "21:00", 11),
        (date(2026, 3, 2), "03:00", 5),
        (date(2026, 3, 2), "08:00", 0),
        (date(2026, 3, 7), "22:00", 9),  # clocks go forward in the night
        (date(2026, 10, 31), "22:00", 11),  # and back
    ],
)
def test_the_night_in_new_york(on: date, clock: str, waits_hours: int) -> None:
    zone = ZoneInfo(NEW_YORK)
    moment = datetime.combine(on, time.fromisoformat(clock), tzinfo=zone).astimezone(UTC)
    assert earliest_delivery(moment, quiet=NIGHT, zone=zone) - moment == timedelta(hours=waits_hours)


def test_an_end_the_clock_skips_comes_as_much_later() -> None:
    moment = datetime(2026, 3, 8, 6, 0, tzinfo=UTC)  # 1:00; 2:30 does not exist
    then = earliest_delivery(moment, quiet=Quiet(time(0), time(2, 30)), zone=ZoneInfo(NEW_YORK))
    assert then.astimezone(ZoneInfo(NEW_YORK)).time() == time(3, 30)


def test_no_rest_and_the_same_time_twice_hold_nothing_back() -> None:
    moment = datetime(2026, 3, 2, 3, tzinfo=UTC)
    assert earliest_delivery(moment, quiet=None, zone=ZoneInfo(PARIS)) == moment
    assert earliest_delivery(moment, quiet=Quiet(time(4), time(4)), zone=ZoneInfo(PARIS)) == moment

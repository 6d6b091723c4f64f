"""Other hours on one date, and going back to the weekly ones."""

from datetime import time, timedelta

import pytest
from tests.cast import NOW, TODAY, by_user, make_cast, make_holiday
from tests.crew.calendars import hours_on
from tests.crew.standing import stale_days

from midway.crew.actions import clear_day_hours, set_day_hours
from midway.crew.models import ShiftException
from midway.journal.queries import history_of

pytestmark = pytest.mark.django_db
SATURDAY = TODAY + timedelta(days=5)
LATE = [(time(12), time(20))]


def test_a_day_gets_its_own_hours_and_then_the_weekly_ones_again() -> None:
    cast = make_cast()
    set_day_hours(cleaner=cast.ana, on=TODAY, hours=LATE, reason="Dentist", by=by_user(cast.dan), now=NOW)
    assert hours_on(cast.ana, TODAY) == "12-20"
    assert hours_on(cast.ana, TODAY + timedelta(days=7)) == "8-17"

    clear_day_hours(cleaner=cast.ana, on=TODAY, by=by_user(cast.dan), now=NOW)
    assert hours_on(cast.ana, TODAY) == "8-17"
    assert stale_days(cast.branch) == []
    events = [entry.event for entry in history_of(cast.ana.code)]
    assert events == ["crew.day.restored", "crew.day.changed"]


def test_no_hours_are_a_day_off() -> None:
    cast = make_cast()
    set_day_hours(cleaner=cast.ana, on=TODAY, hours=[], reason="Day off", by=by_user(cast.dan), now=NOW)
    assert hours_on(cast.ana, TODAY) == ""
    assert ShiftException.objects.get(cleaner=cast.ana).reason == "Day off"


def test_the_last_word_on_a_day_counts() -> None:
    cast = make_cast()
    for hours in ([], LATE, [(time(6), time(8)), (time(9), time(10))]):
        set_day_hours(cleaner=cast.ana, on=TODAY, hours=hours, reason="", by=by_user(cast.dan), now=NOW)
    assert hours_on(cast.ana, TODAY) == "6-8 9-10"


def test_somebody_may_work_on_a_holiday_or_a_saturday() -> None:
    cast = make_cast()
    make_holiday(branch=cast.branch, on=TODAY)
    for on in (TODAY, SATURDAY):
        set_day_hours(cleaner=cast.ana, on=on, hours=LATE, reason="", by=by_user(cast.dan), now=NOW)
        assert hours_on(cast.ana, on) == "12-20"
    assert hours_on(cast.ben, TODAY) == ""


def test_hours_over_midnight_reach_into_the_next_day() -> None:
    cast = make_cast()
    night = [(time(22), time(2))]
    set_day_hours(cleaner=cast.ana, on=TODAY, hours=night, reason="", by=by_user(cast.dan), now=NOW)
    assert hours_on(cast.ana, TODAY) == "22-24"
    assert hours_on(cast.ana, TODAY + timedelta(days=1)) == "0-2 8-17"

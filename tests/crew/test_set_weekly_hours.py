"""Setting a cleaner's hours on a weekday from a day on."""

from datetime import date, time, timedelta

import pytest
from tests.cast import NOW, TODAY, by_user, make_cast
from tests.crew.calendars import hours_on
from tests.crew.standing import stale_days

from midway.crew.actions import set_weekly_hours
from midway.crew.models import Shift
from midway.journal.queries import history_of

pytestmark = pytest.mark.django_db
NEXT_MONDAY = TODAY + timedelta(days=7)
MORNINGS = [(time(8), time(12))]


def test_hours_change_from_the_day_on_and_earlier_weeks_keep_theirs() -> None:
    cast = make_cast()
    set_weekly_hours(cleaner=cast.ana, weekday=0, hours=MORNINGS, from_day=NEXT_MONDAY, by=by_user(cast.dan), now=NOW)
    assert hours_on(cast.ana, TODAY) == "8-17"
    assert hours_on(cast.ana, NEXT_MONDAY) == "8-12"
    assert hours_on(cast.ana, NEXT_MONDAY + timedelta(days=1)) == "8-17"
    assert hours_on(cast.ben, NEXT_MONDAY) == "8-17"
    assert stale_days(cast.branch) == []


def test_several_hours_on_one_day_leave_a_break() -> None:
    cast = make_cast()
    split = [(time(8), time(12)), (time(13), time(17))]
    set_weekly_hours(cleaner=cast.ana, weekday=0, hours=split, from_day=TODAY, by=by_user(cast.dan), now=NOW)
    assert hours_on(cast.ana, NEXT_MONDAY) == "8-12 13-17"


def test_no_hours_mean_not_working() -> None:
    cast = make_cast()
    set_weekly_hours(cleaner=cast.ana, weekday=0, hours=[], from_day=NEXT_MONDAY, by=by_user(cast.dan), now=NOW)
    assert (hours_on(cast.ana, TODAY), hours_on(cast.ana, NEXT_MONDAY)) == ("8-17", "")


def test_a_change_replaces_changes_planned_for_later() -> None:
    cast = make_cast()
    later = NEXT_MONDAY + timedelta(days=7)
    for from_day, hours in ((later, []), (NEXT_MONDAY, MORNINGS)):
        set_weekly_hours(cleaner=cast.ana, weekday=0, hours=hours, from_day=from_day, by=by_user(cast.dan), now=NOW)
    assert [hours_on(cast.ana, day) for day in (TODAY, NEXT_MONDAY, later)] == ["8-17", "8-12", "8-12"]


def test_setting_the_same_day_twice_keeps_the_last_word() -> None:
    cast = make_cast()
    for hours in (MORNINGS, [(time(9), time(10))]):
        set_weekly_hours(cleaner=cast.ana, weekday=0, hours=hours, from_day=TODAY, by=by_user(cast.dan), now=NOW)
    assert hours_on(cast.ana, TODAY) == "9-10"
    kept = Shift.objects.filter(cleaner=cast.ana, weekday=0).order_by("valid_from")
    assert [(s.valid_from, s.valid_to) for s in kept] == [(date(2025, 1, 1), TODAY - timedelta(days=1)), (TODAY, None)]


def test_the_journal_says_who_changed_which_hours() -> None:
    cast = make_cast()
    set_weekly_hours(cleaner=cast.ana, weekday=0, hours=MORNINGS, from_day=TODAY, by=by_user(cast.dan), now=NOW)
    entry = history_of(cast.ana.code).get()
    assert (entry.event, entry.actor_label, entry.at) == ("crew.hours.changed", "Dan", NOW)
    assert entry.facts == {"weekday": 0, "hours": [["08:00:00", "12:00:00"]], "from": "2026-03-02"}

"""The nightly writing of days that come within reach, and leaving the company."""

from datetime import date, timedelta

import pytest
from tests.cast import NOW, TODAY, make_branch, make_cleaner
from tests.crew.calendars import hours_on
from tests.crew.standing import stale_days

from midway.crew.actions import CALENDAR_MARGIN_DAYS, PLAN_REACH_DAYS, calendar_window, extend_calendars
from midway.crew.models import Branch, CalendarDay, Cleaner

pytestmark = pytest.mark.django_db


def days_of(cleaner: Cleaner) -> list[date]:
    return sorted(CalendarDay.objects.filter(cleaner=cleaner).values_list("on", flat=True))


def test_a_new_cleaners_days_are_written_from_yesterday_past_the_reach_of_plans() -> None:
    branch = make_branch(horizon_days=20)
    cleaner = make_cleaner(branch=branch, calendar_days=0)

    assert extend_calendars(now=NOW) == 1

    first, last = calendar_window(branch, now=NOW)
    assert (first, last) == (TODAY - timedelta(days=1), TODAY + timedelta(days=PLAN_REACH_DAYS + CALENDAR_MARGIN_DAYS))
    assert days_of(cleaner) == [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert stale_days(branch) == []


def test_tomorrow_one_day_comes_and_one_goes() -> None:
    branch = make_branch(horizon_days=5)
    cleaner = make_cleaner(branch=branch, calendar_days=0)
    extend_calendars(now=NOW)
    before = days_of(cleaner)

    assert extend_calendars(now=NOW) == 0
    assert extend_calendars(now=NOW + timedelta(days=1)) == 1

    assert days_of(cleaner) == [*before[1:], before[-1] + timedelta(days=1)]
    assert stale_days(branch) == []


def test_a_worker_that_was_away_catches_up() -> None:
    branch = make_branch(horizon_days=5)
    cleaner = make_cleaner(branch=branch, calendar_days=0)
    extend_calendars(now=NOW)
    extend_calendars(now=NOW + timedelta(days=40))
    first, last = calendar_window(branch, now=NOW + timedelta(days=40))
    assert (days_of(cleaner)[0], days_of(cleaner)[-1]) == (first, last)


def test_today_is_the_branchs_day_and_not_the_servers() -> None:
    branch = make_branch(zone="Australia/Lord_Howe")
    assert calendar_window(branch, now=NOW)[0] == TODAY  # it is already tomorrow there


def test_a_day_that_went_missing_is_written_again() -> None:
    branch = make_branch(horizon_days=5)
    cleaner = make_cleaner(branch=branch, calendar_days=0)
    extend_calendars(now=NOW)
    CalendarDay.objects.filter(cleaner=cleaner, on=TODAY).delete()
    assert extend_calendars(now=NOW) == 1
    assert hours_on(cleaner, TODAY) == "8-17"


def test_who_leaves_is_free_no_more_from_the_day_after() -> None:
    branch = make_branch()
    cleaner = make_cleaner(branch=branch)
    cleaner.left_on = TODAY + timedelta(days=1)
    cleaner.save()
    assert [hours_on(cleaner, TODAY + timedelta(days=n)) for n in range(3)] == ["8-17", "8-17", ""]
    assert not Cleaner.objects.employed().exists()

    cleaner.left_on = None
    cleaner.save()
    assert hours_on(cleaner, TODAY + timedelta(days=2)) == "8-17"


def test_days_follow_the_branch_to_another_zone() -> None:
    branch = make_branch()
    cleaner = make_cleaner(branch=branch)
    Branch.objects.filter(pk=branch.pk).update(zone="Europe/Paris")
    assert hours_on(cleaner, TODAY) == "8-17"
    # Clocks go forward on other days there.
    assert len(CalendarDay.objects.get(cleaner=cleaner, on=date(2026, 3, 8)).free) == 96
    assert len(CalendarDay.objects.get(cleaner=cleaner, on=date(2026, 3, 29)).free) == 92
    assert stale_days(branch) == []


def test_a_cleaner_who_moves_to_another_branch_keeps_its_holidays() -> None:
    here, there = make_branch(), make_branch(zone="Europe/Paris")
    there.holidays.create(on=TODAY, name="Carnival")
    cleaner = make_cleaner(branch=here)
    cleaner.branch = there
    cleaner.save()
    assert hours_on(cleaner, TODAY) == ""
    assert hours_on(cleaner, TODAY + timedelta(days=1)) == "8-17"
    assert stale_days(here, there) == []

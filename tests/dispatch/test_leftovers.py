"""Visits nobody comes to: the reason, and the cheapest way to serve each after all."""

from datetime import datetime, time, timedelta

from tests.cast import NOW, TODAY, Cast, at, make_exception
from tests.dispatch.days import EAST, TOMORROW, WEST, proposed, visit_in

from midway.core.actor import SYSTEM
from midway.dispatch.actions import pin_visit
from midway.dispatch.leftovers import Way
from midway.dispatch.models import DispatchSetting
from midway.dispatch.reports import plan_report


def alone(cast: Cast, *, from_: time = time(8), to: time = time(17)) -> None:
    """Only Ana works tomorrow."""
    make_exception(cleaner=cast.ana, on=TOMORROW, start=from_, end=to)
    for cleaner in (cast.ben, cast.chidi):
        make_exception(cleaner=cleaner, on=TOMORROW)


def test_another_time_of_the_day_if_the_customer_agrees(cast: Cast) -> None:
    alone(cast)
    kept = visit_in(cast, WEST, "09:00", cast.ana, minutes=180)
    pin_visit(visit=kept.code, by=SYSTEM, now=NOW)
    left_out = visit_in(cast, WEST, "09:30", minutes=120)

    (left,) = proposed(cast).found["leftovers"]

    assert (left["visit"], left["reason"], left["way"]) == (str(left_out.code), "full", Way.OTHER_TIME)
    assert left["facts"]["cleaner"] == str(cast.ana.code)
    start = datetime.fromisoformat(left["facts"]["start"])
    assert start >= at("12:00", on=TOMORROW)
    assert left["facts"]["overtime_minutes"] == 0
    assert left["price"] > 0


def test_longer_than_allowed_when_that_is_cheapest(cast: Cast) -> None:
    DispatchSetting.objects.create(branch=cast.branch, overtime_at_most_minutes=0)
    alone(cast)
    for clock in ("08:30", "12:00"):
        pin_visit(visit=visit_in(cast, WEST, clock, cast.ana, minutes=180).code, by=SYSTEM, now=NOW)
    visit_in(cast, WEST, "15:30", minutes=120)

    (left,) = proposed(cast).found["leftovers"]

    assert left["way"] == Way.OVERTIME
    assert left["facts"]["overtime_minutes"] > 0


def test_where_nobody_can_that_day_the_nearest_other_day(cast: Cast) -> None:
    make_exception(cleaner=cast.ben, on=TOMORROW)
    visit = visit_in(cast, EAST, "09:00", service=cast.deep, team_size=2)

    plan = proposed(cast)

    (left,) = plan.found["leftovers"]
    assert (left["visit"], left["reason"], left["way"]) == (str(visit.code), "skill", Way.OTHER_DAY)
    start = datetime.fromisoformat(left["facts"]["start"])
    assert start.astimezone(cast.branch.zoneinfo).date() in {TODAY, TOMORROW + timedelta(days=1)}
    (told,) = plan_report(plan, {})["unserved"]
    assert told["cheapest_way"]["words"].startswith("The nearest free time is 2026-03-0")


def test_what_a_program_reads(cast: Cast) -> None:
    alone(cast)
    pin_visit(visit=visit_in(cast, WEST, "09:00", cast.ana, minutes=180).code, by=SYSTEM, now=NOW)
    visit_in(cast, WEST, "09:30", minutes=120)

    (told,) = plan_report(proposed(cast), {str(cast.ana.code): "Ana"})["unserved"]

    assert told["cheapest_way"]["words"].startswith("Ana could come at ")
    assert told["cheapest_way"]["start"].endswith("-05:00")
    assert told["cheapest_way"]["drive_minutes"] >= 0

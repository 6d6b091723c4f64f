"""Days that are not as they should be: all is pinned, nobody is there, the clock changes, a home is far off."""

from datetime import date

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from tests.cast import NOW, TODAY, Cast, at, make_branch, make_shift
from tests.dispatch.days import EAST, QUICK, TOMORROW, WEST, proposed, visit_in

from midway.booking.invariants import findings
from midway.booking.models import Visit
from midway.core.actor import SYSTEM
from midway.dispatch.actions import call_in_sick, pin_visit, propose_day, publish_best, publish_plan
from midway.dispatch.day import read_day
from midway.dispatch.models import DayPlan


@pytest.fixture
def dan(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.dan)
    return client


def people(visit: Visit) -> set[str]:
    return set(visit.assignments.filter(active=True).values_list("cleaner__name", flat=True))


def stands() -> list[str]:
    return [found.name for found in findings(now=NOW) if not found.holds]


def test_sick_when_everything_is_pinned_each_visit_keeps_its_time_and_the_others_theirs(cast: Cast) -> None:
    hers, both, his = (
        visit_in(cast, WEST, "09:00", cast.ana),
        visit_in(cast, EAST, "13:00", cast.ana, cast.ben, team_size=2),
        visit_in(cast, EAST, "09:00", cast.ben),
    )
    for visit in (hers, both, his):
        pin_visit(visit=visit.code, by=SYSTEM, now=NOW)

    call = call_in_sick(cleaner=cast.ana, on=TOMORROW, budget=QUICK, by=SYSTEM, now=NOW)
    publish_best(call, by=SYSTEM, now=NOW)

    assert people(his) == {"Ben"}
    assert his.starts_at == Visit.objects.get(pk=his.pk).starts_at
    assert "Ana" not in people(hers) | people(both)
    assert people(hers)
    assert stands() == []


@pytest.mark.parametrize("on", [date(2026, 3, 8), date(2026, 11, 1)])
def test_on_the_days_the_clocks_change_promised_times_stay_what_the_clock_said(cast: Cast, on: date) -> None:
    for cleaner in cast.cleaners:
        make_shift(cleaner=cleaner, weekday=on.weekday())
    visits = [visit_in(cast, WEST, "09:00", on=on), visit_in(cast, EAST, "09:30", on=on)]
    plan = proposed(cast, on=on)

    publish_plan(plan=plan.code, by=SYSTEM, now=NOW)

    for visit, clock in zip(visits, ("09:00", "09:30"), strict=True):
        stood = Visit.objects.get(pk=visit.pk)
        assert abs((stood.starts_at - at(clock, on=on)).total_seconds()) <= 3600
        assert people(visit)
    routes = plan.routes
    day = read_day(cast.branch, on, now=NOW)
    local = [day.moment(stop["start"]).astimezone(cast.branch.zoneinfo) for r in routes for stop in r["stops"]]
    assert all(8 <= moment.hour < 17 for moment in local)
    assert stands() == []


def test_a_day_with_nothing_to_do_is_planned_published_and_called_in_sick_on(cast: Cast, dan: Client) -> None:
    plan = proposed(cast)
    publish_plan(plan=plan.code, by=SYSTEM, now=NOW)

    call = call_in_sick(cleaner=cast.ana, on=TOMORROW, budget=QUICK, by=SYSTEM, now=NOW)

    assert call.visits == []
    assert dan.get(reverse("office:plan_day"), {"date": TOMORROW.isoformat()}).status_code == 200
    assert publish_best(call, by=SYSTEM, now=NOW) is not None


def test_a_branch_without_anybody_has_a_plan_that_says_so(dan: Client) -> None:
    branch = make_branch()

    plan = propose_day(branch=branch, on=TOMORROW, budget=QUICK, by=SYSTEM, now=NOW)

    assert plan.state == DayPlan.State.PROPOSED
    address = reverse("office:plan_day")
    shown = dan.get(address, {"date": TOMORROW.isoformat(), "branch": branch.code}).content.decode()
    assert "Nobody works that day" in shown


@pytest.mark.parametrize(("latitude", "longitude"), [(-90, -180), (0, 0)])
def test_a_home_at_the_end_of_the_world_upsets_nobody_else(
    cast: Cast, dan: Client, latitude: float, longitude: float
) -> None:
    near = visit_in(cast, WEST, "09:00", cast.ana)
    far = visit_in(cast, EAST, "10:00")
    far.premises.latitude, far.premises.longitude = latitude, longitude
    far.premises.save()
    plan = proposed(cast)

    with time_machine.travel(NOW, tick=False):
        shown = dan.get(reverse("office:plan_day"), {"date": TOMORROW.isoformat()})
        board = dan.get(reverse("office:board"), {"date": TOMORROW.isoformat()})

    assert (shown.status_code, board.status_code) == (200, 200)
    assert "Nobody comes to these" in shown.content.decode()
    publish_plan(plan=plan.code, by=SYSTEM, now=NOW)
    assert people(near)
    assert not people(far)


def test_sick_in_the_last_minute_of_the_day_is_an_absence_of_that_day(cast: Cast) -> None:
    now = at("23:59", on=TODAY)
    with time_machine.travel(now, tick=False):
        call = call_in_sick(cleaner=cast.ana, on=TODAY, budget=QUICK, by=SYSTEM, now=now)

    assert call.visits == []
    assert call.absence.during.upper == at("00:00", on=TOMORROW)
    assert call.absence.during.lower < call.absence.during.upper

"""Plans in the office: the list, a plan's year, its deeds."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.booking.plans.stage import TUESDAY, clock, start, visit_on
from tests.cast import NOW, Cast, at, make_absence, make_holiday, write_calendar

from midway.booking.actions import pause_plan
from midway.booking.models import Plan, PlanException, Visit
from midway.core.actor import SYSTEM

DAY, WEEK = timedelta(days=1), timedelta(days=7)
NEXT = TUESDAY + WEEK


@pytest.fixture
def plan(cast: Cast) -> Plan:
    """Dora's flat, every Tuesday at nine, a year ahead."""
    for cleaner in cast.cleaners:
        write_calendar(cleaner=cleaner, days=430)
    return start(cast)


def post(client: Client, page: str, plan: Plan, *args: Any, **said: Any) -> Any:
    return client.post(reverse(f"office:{page}", args=[plan.code, *args]), said)


def page_of(client: Client, plan: Plan) -> str:
    return client.get(reverse("office:plan", args=[plan.code])).content.decode()


def listed(client: Client, **query: Any) -> str:
    return client.get(reverse("office:plans"), query).content.decode()


def test_a_plan_is_listed_with_its_rhythm_and_next_visit(plan: Plan, dan: Client) -> None:
    page = listed(dan)

    assert "Every week on Tuesday at 9:00" in page
    assert "Tuesday 3 March, 9:00" in page
    assert "Ana" in page


def test_its_page_shows_every_price_the_customer_was_told_of(plan: Plan, dan: Client) -> None:
    plan.announce_prices([(date(2026, 5, 5), 10_120), (date(2026, 7, 7), 11_132)])
    plan.save()
    page = page_of(dan, plan)
    assert "From Tuesday 5 May: $101.20" in page
    assert "From Tuesday 7 July: $111.32" in page


def test_plans_are_found_by_words_of_the_customer(plan: Plan, dan: Client) -> None:
    assert "Dora" in listed(dan, q="calico")
    assert "Nobody found" in listed(dan, q="nobody-at-all")


def test_each_list_has_its_plans(cast: Cast, plan: Plan, dan: Client) -> None:
    assert "Dora" not in listed(dan, show="paused")
    pause_plan(plan=plan.code, from_on=NEXT, by=SYSTEM, now=NOW)
    assert "Dora" in listed(dan, show="paused")
    assert "Dora" not in listed(dan, show="running")


def test_a_plan_with_a_broken_date_is_among_those_that_need_a_decision(cast: Cast, plan: Plan, dan: Client) -> None:
    assert "Every promise is kept" in listed(dan, show="broken")
    make_holiday(branch=cast.branch, on=NEXT)

    assert "1 date needs a decision" in listed(dan, show="broken")
    page = page_of(dan, plan)
    assert "1 date needs a decision" in page
    assert "51 as the plan says; 1 needs a decision" in page or "1 needs a decision" in page


def test_the_picture_says_what_became_of_each_date(cast: Cast, plan: Plan, dan: Client) -> None:
    post(dan, "plan_date", plan, NEXT.isoformat(), deed="skip")
    post(dan, "plan_date", plan, (NEXT + WEEK).isoformat(), deed="move", to_on="2026-03-18", to_at="10:00")

    page = page_of(dan, plan)
    assert "Tuesday 10 March: skipped" in page
    assert "Wednesday 18 March, 10:00–11:45: moved, Ana" in page
    assert "instead of Tuesday 17 March" in page


def test_a_skipped_date_comes_back(plan: Plan, dan: Client) -> None:
    post(dan, "plan_date", plan, NEXT.isoformat(), deed="skip")
    assert visit_on(plan, NEXT).state == "skipped"

    post(dan, "plan_date", plan, NEXT.isoformat(), deed="restore")
    assert visit_on(plan, NEXT).state == "scheduled"
    assert not PlanException.objects.exists()


def test_a_moved_date_keeps_standing_for_its_day(plan: Plan, dan: Client) -> None:
    post(dan, "plan_date", plan, NEXT.isoformat(), deed="move", to_on="2026-03-11", to_at="13:00")

    assert visit_on(plan, NEXT).starts_at == at("13:00", on=date(2026, 3, 11))


def test_a_move_without_a_day_is_asked_for(plan: Plan, dan: Client) -> None:
    answer = post(dan, "plan_date", plan, NEXT.isoformat(), deed="move", to_on="", to_at="13:00")

    assert "Say the day and the time" in dan.get(answer["Location"]).content.decode()


def test_a_date_the_plan_does_not_have_is_not_found(plan: Plan, dan: Client) -> None:
    assert post(dan, "plan_date", plan, "2026-03-11", deed="skip").status_code == 404
    assert post(dan, "plan_date", plan, "nonsense", deed="skip").status_code == 404


CHANGE = {
    "scope": "future",
    "from_on": NEXT.isoformat(),
    "weekdays": ["1"],
    "local_time": "09:00",
    "every": "1",
    "nth": "",
    "duration_minutes": "105",
    "team_size": "1",
    "holiday_shift": "after",
}


def test_this_and_future_starts_a_successor(plan: Plan, dan: Client) -> None:
    answer = post(dan, "change_plan", plan, **{**CHANGE, "local_time": "13:00"})

    successor = Plan.objects.exclude(pk=plan.pk).get()
    assert answer["Location"] == reverse("office:plan", args=[successor.code])
    assert clock(Visit.objects.get(plan=successor, occurrence_on=NEXT).starts_at).hour == 13
    page = dan.get(answer["Location"]).content.decode()
    assert "How it was before" in page
    assert "plan changed from Tuesday 10 March on" in page
    assert "Goes on differently" in page_of(dan, plan)
    assert listed(dan).count("Dora") == listed(dan, show="running").count("Dora") == 1


def test_the_whole_series_moves_to_another_weekday(plan: Plan, dan: Client) -> None:
    post(dan, "change_plan", plan, **{**CHANGE, "scope": "whole", "weekdays": ["3"]})

    successor = Plan.objects.exclude(pk=plan.pk).get()
    assert successor.weekdays == [3]
    assert Visit.objects.filter(plan=successor, occurrence_on=date(2026, 3, 5)).exists()


def test_only_the_owner_changes_the_price(plan: Plan, dan: Client, olga: Client) -> None:
    post(dan, "change_plan", plan, **{**CHANGE, "price": "50"})
    first = Plan.objects.latest("pk")
    assert first.price_cents == plan.price_cents

    post(olga, "change_plan", first, **{**CHANGE, "price": "150.50", "from_on": (NEXT + WEEK).isoformat()})
    assert Plan.objects.latest("pk").price_cents == 15050


def test_a_plan_without_days_is_refused_beside_the_field(plan: Plan, dan: Client) -> None:
    answer = post(dan, "change_plan", plan, **{**CHANGE, "weekdays": []})

    assert answer.status_code == 422
    assert Plan.objects.count() == 1


def test_a_pause_and_its_end(plan: Plan, dan: Client) -> None:
    wrong = post(dan, "pause_plan", plan, from_on=NEXT.isoformat(), resumes_on=NEXT.isoformat())
    assert wrong.status_code == 422

    post(dan, "pause_plan", plan, from_on=NEXT.isoformat(), resumes_on=(NEXT + 2 * WEEK).isoformat())
    assert [visit_on(plan, NEXT + n * WEEK).state for n in range(3)] == ["skipped", "skipped", "scheduled"]
    assert "takes place again from Tuesday 24 March" in page_of(dan, plan)
    again = post(dan, "pause_plan", plan, from_on=NEXT.isoformat())
    assert again.status_code == 409

    post(dan, "resume_plan", plan, from_on=NEXT.isoformat())
    assert visit_on(plan, NEXT).state == "scheduled"


def test_an_ended_plan_can_no_longer_be_changed(plan: Plan, dan: Client) -> None:
    post(dan, "end_plan", plan, from_on=(NEXT + WEEK).isoformat(), reason="Moves away")

    assert visit_on(plan, NEXT).state == "scheduled"
    assert visit_on(plan, NEXT + WEEK).state == "cancelled"
    assert "Dora" in listed(dan, show="ending")
    assert "End the plan" not in page_of(dan, plan)
    assert post(dan, "end_plan", plan, from_on=NEXT.isoformat()).status_code == 409


def test_who_should_rather_come_is_kept_and_asked_first(cast: Cast, plan: Plan, dan: Client) -> None:
    post(dan, "prefer_cleaners", plan, cleaners=[cast.chidi.pk])
    assert list(plan.preferred.all()) == [cast.chidi]
    assert visit_on(plan, NEXT).assignments.get(active=True).cleaner == cast.ana

    make_absence(cleaner=cast.ben, start=at("08:00", on=NEXT + DAY), end=at("17:00", on=NEXT + DAY))
    assert "Asked first: Chidi" in " ".join(page_of(dan, plan).split())


def test_support_may_change_plans_and_outsiders_see_none(plan: Plan, sue: Client, outsiders: list[Client]) -> None:
    assert post(sue, "plan_date", plan, NEXT.isoformat(), deed="skip").status_code == 302
    address = reverse("office:plan", args=[plan.code])
    assert [client.get(address).status_code for client in outsiders] == [403, 403]
    assert [post(client, "end_plan", plan, from_on=NEXT.isoformat()).status_code for client in outsiders] == [403, 403]

"""A new plan from the office: times, the year, the sale."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.booking.plans.stage import TUESDAY, TUESDAYS_AT_NINE
from tests.cast import Cast, make_exception, write_calendar

from midway.booking.models import Booking, Plan, PlanException, Quote, Visit
from midway.customers.models import Customer

WEEK = timedelta(days=7)
NEXT = TUESDAY + WEEK
WISH = {
    "service": "regular",
    "postcode": "21201",
    "bedrooms": "2",
    "bathrooms": "1",
    "rhythm": "weekly",
    "holiday_shift": "after",
    "on": TUESDAY.isoformat(),
}
CHOSEN = {**WISH, "start": TUESDAYS_AT_NINE.isoformat()}
WHOLE = {
    **CHOSEN,
    "name": "Nora Novak",
    "email": "nora@example.com",
    "phone": "410-555-0199",
    "language": "es",
    "line1": "3 Light Street",
}


@pytest.fixture
def year(cast: Cast) -> Cast:
    for cleaner in cast.cleaners:
        write_calendar(cleaner=cleaner, days=430)
    return cast


def post(client: Client, step: str, **said: Any) -> Any:
    return client.post(reverse("office:plan_start"), {"step": step, **said})


def nobody_on(cast: Cast, *days: Any) -> None:
    for day in days:
        for cleaner in cast.cleaners:
            make_exception(cleaner=cleaner, on=day)


def test_price_and_times_come_before_the_name(year: Cast, dan: Client) -> None:
    page = post(dan, "times", **WISH).content.decode()

    assert "Tuesday 3 March" in page
    assert TUESDAYS_AT_NINE.astimezone(year.branch.zoneinfo).isoformat() in page
    assert "This field is required" not in page


def test_the_whole_year_is_looked_at_before_anything_is_kept(year: Cast, dan: Client) -> None:
    nobody_on(year, NEXT, NEXT + 2 * WEEK)

    page = " ".join(post(dan, "check", **CHOSEN).content.decode().split())

    assert "50 of 52 fit; these 2 need a decision" in page
    assert "Monday 9 March, 9:00 with" in page
    assert "What would fit better" in page
    assert "Sell it for" in page
    assert (Quote.objects.count(), Customer.objects.count()) == (0, 1)


def test_a_day_that_fits_better_can_be_chosen_instead(year: Cast, dan: Client) -> None:
    nobody_on(year, NEXT)
    page = " ".join(post(dan, "check", **CHOSEN).content.decode().split())
    instead = page.split('name="instead" value="')[1].split('"')[0]

    again = " ".join(post(dan, "check", instead=instead, **CHOSEN).content.decode().split())

    assert "All 52 dates of the year fit" in again
    assert f'value="{instead}" id=' in again


def test_what_was_decided_is_sold(year: Cast, dan: Client) -> None:
    later = NEXT + 2 * WEEK
    nobody_on(year, NEXT, later)
    moved = TUESDAYS_AT_NINE + timedelta(days=8)
    decided = {f"decide-{NEXT.isoformat()}": moved.isoformat(), f"decide-{later.isoformat()}": "skip"}

    answer = post(dan, "sell", **WHOLE, **decided)

    plan = Plan.objects.get()
    assert answer["Location"] == reverse("office:plan", args=[plan.code])
    assert plan.customer.name == "Nora Novak"
    assert Visit.objects.get(plan=plan, occurrence_on=NEXT).starts_at == moved
    assert set(PlanException.objects.values_list("kind", flat=True)) == {"moved", "skipped"}
    assert not Visit.objects.unassigned().exists()


def test_what_is_left_open_needs_a_decision(year: Cast, dan: Client) -> None:
    nobody_on(year, NEXT)

    answer = post(dan, "sell", **WHOLE, **{f"decide-{NEXT.isoformat()}": "open"})

    assert "1 date needs a decision" in dan.get(answer["Location"]).content.decode()


def test_several_days_a_week_and_once_a_month(year: Cast, dan: Client) -> None:
    post(dan, "sell", **WHOLE, also=["3"])
    assert Plan.objects.get().weekdays == [1, 3]

    post(dan, "sell", **{**WHOLE, "rhythm": "monthly", "email": "other@example.com"})
    plan = Plan.objects.latest("pk")
    assert (plan.nth, plan.every, plan.weekdays) == (1, 1, [1])
    assert plan.quote.frequency == "every_4_weeks"


def test_a_wish_for_somebody_is_kept(year: Cast, dan: Client) -> None:
    post(dan, "sell", **WHOLE, preferred=[year.chidi.pk])

    plan = Plan.objects.get()
    assert list(plan.preferred.all()) == [year.chidi]
    assert set(Visit.objects.values_list("assignments__cleaner__name", flat=True)) == {"Chidi"}


def test_the_form_begins_with_a_known_customer(year: Cast, dan: Client) -> None:
    page = dan.get(reverse("office:plan_start"), {"customer": year.dora.code}).content.decode()

    assert "12 Calico Street" in page
    assert "dora@example.com" in page


def test_what_is_missing_is_said_beside_its_field(year: Cast, dan: Client) -> None:
    said = {**WHOLE, "email": "nobody"}
    answer = post(dan, "sell", **said)

    assert answer.status_code == 422
    assert "valid email" in answer.content.decode()
    assert post(dan, "check", **WISH).status_code == 422
    assert post(dan, "times", **{**WISH, "postcode": ""}).status_code == 422


def test_where_nobody_cleans_is_said(year: Cast, dan: Client) -> None:
    assert "We do not clean at this postcode" in post(dan, "times", **{**WISH, "postcode": "99999"}).content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_first_visit_that_is_gone_leaves_nothing(year: Cast, dan: Client) -> None:
    nobody_on(year, TUESDAY)

    answer = post(dan, "sell", **WHOLE)

    assert answer.status_code == 409
    assert "has just been taken" in answer.content.decode()
    assert not Booking.objects.exists()
    assert not Customer.objects.filter(name="Nora Novak").exists()

"""A new appointment on the telephone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import NOW, POSTCODE, RATES, TODAY, Cast, at, make_price_list
from tests.web.office.conftest import MakeVisit

from midway.booking.models import AgreedPrice, Pace, Quote, Visit
from midway.customers.models import Customer
from midway.journal.models import Entry

TOMORROW = TODAY + timedelta(days=1)
EMIL: dict[str, Any] = {
    "name": "Emil Novak",
    "email": "emil@example.com",
    "phone": "410-555-0777",
    "language": "en",
    "line1": "3 Falls Road",
    "postcode": POSTCODE,
    "service": "regular",
    "bedrooms": "2",
    "bathrooms": "1",
    "square_feet": "900",
    "extras": ["oven"],
    "start": at("09:00", on=TOMORROW).isoformat(),
}
NEW = "/office/appointments/new"


def test_a_new_customer_is_booked_in_one_go(cast: Cast, dan: Client) -> None:
    answer = dan.post(NEW, EMIL)

    visit = Visit.objects.get()
    assert answer["Location"] == reverse("office:visit", args=[visit.code])
    assert visit.customer.name == "Emil Novak"
    assert (visit.starts_at, visit.price_cents) == (at("09:00", on=TOMORROW), 15000)
    entry = Entry.objects.get(event="booking.visit.booked")
    assert (entry.actor_kind, entry.actor_label) == ("user", "Dan")


def test_a_known_customer_is_not_added_twice(cast: Cast, dan: Client) -> None:
    page = dan.get(NEW, {"customer": str(cast.dora.code)}).content.decode()
    assert "12 Calico Street" in page

    dan.post(NEW, EMIL | {"email": "DORA@example.com"})

    assert Customer.objects.get() == cast.dora


def test_in_the_dialog_the_answer_leads_to_the_visit(cast: Cast, dan: Client) -> None:
    opened = dan.get(NEW, headers={"hx-request": "true"}).content.decode()
    answer = dan.post(NEW, EMIL, headers={"hx-request": "true"})

    assert "<html" not in opened
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == reverse("office:visit", args=[Visit.objects.get().code])


def test_price_and_times_appear_as_the_home_is_told(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    promised(at("08:00", on=TOMORROW), cast.cleaners, minutes=240)

    part = dan.get("/office/appointments/offer", EMIL | {"on": TOMORROW.isoformat()}).content.decode()

    assert "$150" in part
    assert "Inside the oven" in part
    assert "2026-03-03T12:00:00-05:00" in part
    assert "2026-03-03T09:00:00-05:00" not in part


def test_without_scripts_a_button_shows_the_times_and_keeps_what_was_typed(cast: Cast, dan: Client) -> None:
    page = dan.get(NEW, EMIL | {"show": "1", "on": TOMORROW.isoformat()}).content.decode()

    assert "$150" in page
    assert "Emil Novak" in page


def test_a_postcode_we_do_not_serve_is_said_beside_it(cast: Cast, dan: Client) -> None:
    answer = dan.post(NEW, EMIL | {"postcode": "99999"})

    assert answer.status_code == 422
    assert "We do not clean at this postcode yet" in answer.content.decode()
    assert "Emil Novak" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_time_lost_meanwhile_is_explained_and_nothing_is_kept(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    promised(at("09:00", on=TOMORROW), cast.cleaners)
    quotes = Quote.objects.count()

    answer = dan.post(NEW, EMIL)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "That time has just been taken" in page
    assert "2026-03-03T11:00:00-05:00" in page
    assert "3 Falls Road" in page
    assert Quote.objects.count() == quotes
    assert not Customer.objects.filter(name="Emil Novak").exists()


def test_what_is_missing_is_asked_for(cast: Cast, dan: Client) -> None:
    answer = dan.post(NEW, {"service": "regular"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Choose one of the times." in page
    assert page.count("This field is required.") >= 5


def test_a_home_beyond_the_price_list_is_said(cast: Cast, dan: Client) -> None:
    answer = dan.post(NEW, EMIL | {"square_feet": "9000"})

    assert answer.status_code == 422
    assert "larger than our price list covers" in answer.content.decode()


def test_customers_are_offered_while_typing(cast: Cast, dan: Client) -> None:
    part = dan.get("/office/appointments/customers", {"find": "dor"}).content.decode()

    assert f"?customer={cast.dora.code}" in part
    assert "Nobody found" in dan.get("/office/appointments/customers", {"find": "zz"}).content.decode()


def test_half_baths_are_priced_and_kept_with_the_home(cast: Cast, dan: Client) -> None:
    regular = replace(RATES.services["regular"], half_bath_cents=1500, half_bath_minutes=15)
    rates = replace(RATES, services={**RATES.services, "regular": regular})
    make_price_list(branch=cast.branch, rates=rates, version=2, effective_on=TODAY)
    dan.post(NEW, EMIL | {"half_baths": "2", "extras": []})

    visit = Visit.objects.select_related("premises").get()
    assert (visit.premises.half_baths, visit.price_cents) == (2, 11_500 + 3000)
    page = dan.get(NEW, {"customer": str(visit.customer.code)}).content.decode()
    assert 'name="half_baths" value="2"' in page
    assert "2 half baths" in dan.get(reverse("office:customer", args=[visit.customer.code])).content.decode()


def test_the_price_shown_is_the_customers_own_and_at_their_homes_pace(cast: Cast, dan: Client) -> None:
    who = {"at": NOW, "by_label": "Olga"}
    Pace.objects.create(premises=cast.flat, service=cast.regular, percent=150, visits=3, **who)
    AgreedPrice.objects.create(
        customer=cast.dora, service=cast.regular, price_cents=9900, starts_on=TODAY, reason="", **who
    )
    told = EMIL | {"email": "dora@example.com", "line1": "12 Calico Street", "extras": []}
    shown = dan.get(reverse("office:appointment_offer"), told).content.decode()

    assert "$99" in shown
    assert "2 h 30 min" in shown

"""Finding customers, reading what is known of them, changing it, and the guarded way in."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.booking.plans.stage import TUESDAY, start, visit_on
from tests.cast import NOW, TODAY, Cast, at, make_customer, make_property, write_calendar
from tests.web.office.conftest import MakeVisit

from midway.booking.actions import skip_occurrence
from midway.core.actor import SYSTEM
from midway.customers.queries import customers_found
from midway.journal.models import Entry

DORA: dict[str, Any] = {
    "name": "Dora Miller",
    "email": "dora@example.com",
    "phone": "410-555-0199",
    "language": "es",
    "notes": "Cat",
}


@pytest.mark.parametrize("words", ["dor", "DORA", "dora@", "555-0120", "4105550120", "calico", "2120", "dora calico"])
def test_any_word_finds_her(cast: Cast, words: str) -> None:
    make_property(customer=make_customer(name="Emil", phone="443-111-2222"), line1="1 Other Way", postcode="30303")

    assert [found.name for found in customers_found(words)] == ["Dora"]


@pytest.mark.parametrize("words", ["nobody", "dora emil", "%", "_"])
def test_what_does_not_fit_finds_nobody(cast: Cast, words: str) -> None:
    assert customers_found(words) == []


def test_the_list_shows_the_next_visit(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    promised(at("09:00", on=TODAY + timedelta(days=2)), (cast.ana,))
    promised("13:00", (cast.ana,))

    page = dan.get(reverse("office:customers"), {"q": "dora"}).content.decode()

    assert "Monday 2 March, 13:00" in page
    assert "4 March" not in page


def test_typing_brings_only_the_rows(cast: Cast, dan: Client) -> None:
    part = dan.get(reverse("office:customers"), {"q": "dora"}, headers={"hx-request": "true"}).content.decode()

    assert "Dora" in part
    assert "<html" not in part


def test_search_from_anywhere_finds_customers_people_and_visits(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("13:00", (cast.ana,))

    assert "Dora" in dan.get(reverse("office:search"), {"q": "0120"}).content.decode()
    assert "Ana" in dan.get(reverse("office:search"), {"q": "ana"}).content.decode()
    assert dan.get(reverse("office:search"), {"q": str(visit.code)})["Location"] == f"/office/visits/{visit.code}/"
    assert "Nobody found" in dan.get(reverse("office:search"), {"q": "xyzzy"}).content.decode()


def test_the_page_tells_homes_and_visits_but_not_the_way_in(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    promised("13:00", (cast.ana,))

    page = dan.get(reverse("office:customer", args=[cast.dora.code])).content.decode()

    assert "12 Calico Street" in page
    assert "Monday 2 March, 13:00–14:45" in page
    assert "Key under the blue pot" not in page


def test_the_next_visits_and_the_last_are_shown_however_many_lie_ahead_with_the_plans(
    cast: Cast, dan: Client, promised: MakeVisit
) -> None:
    for cleaner in cast.cleaners:
        write_calendar(cleaner=cleaner, days=430)
    first, second = start(cast), start(cast)
    promised("06:00", (cast.ana,))
    skip_occurrence(visit=visit_on(first, TUESDAY + timedelta(days=7)).code, by=SYSTEM, now=NOW)

    page = dan.get(reverse("office:customer", args=[cast.dora.code])).content.decode()
    coming, called_off, earlier = (
        page.index(f"<h2>{words}</h2>") for words in ("Coming visits", "Called off", "Earlier")
    )
    assert "Tuesday 3 March" in page[coming:called_off]
    assert "Tuesday 10 March" in page[called_off:earlier]
    assert "Monday 2 March" in page[earlier:]
    for plan in (first, second):
        assert reverse("office:plan", args=[plan.code]) in page
    assert "Every week on Tuesday at 9:00" in page


def test_the_way_in_is_shown_on_asking_and_the_asking_is_kept(cast: Cast, dan: Client) -> None:
    answer = dan.post(reverse("office:access_notes", args=[cast.dora.code, cast.flat.code]))

    assert "Key under the blue pot" in answer.content.decode()
    entry = Entry.objects.get(event="customers.access_notes.shown")
    assert (entry.actor_label, entry.subject, entry.facts) == ("Dan", cast.dora.code, {"address": "12 Calico Street"})


def test_another_customers_home_is_not_found(cast: Cast, dan: Client) -> None:
    other = make_customer(name="Emil")

    assert dan.post(reverse("office:access_notes", args=[other.code, cast.flat.code])).status_code == 404
    assert not Entry.objects.exists()


def test_details_are_kept_and_the_journal_names_what_changed(cast: Cast, dan: Client) -> None:
    answer = dan.post(reverse("office:customer_details", args=[cast.dora.code]), DORA)

    cast.dora.refresh_from_db()
    assert answer.status_code == 302
    assert (cast.dora.name, cast.dora.language, cast.dora.notes) == ("Dora Miller", "es", "Cat")
    assert Entry.objects.get().facts == {"changed": ["name", "phone", "language", "notes"]}


def test_an_address_that_belongs_to_another_is_refused_beside_its_field(cast: Cast, dan: Client) -> None:
    make_customer(name="Emil", email="emil@example.com")

    answer = dan.post(reverse("office:customer_details", args=[cast.dora.code]), DORA | {"email": "EMIL@example.com"})

    assert answer.status_code == 422
    assert "Another customer already has this e-mail address" in answer.content.decode()
    assert "Dora Miller" in answer.content.decode()


def test_nothing_changed_writes_nothing(cast: Cast, dan: Client) -> None:
    same = {field: getattr(cast.dora, field) for field in ("name", "email", "phone", "language", "notes")}

    dan.post(reverse("office:customer_details", args=[cast.dora.code]), same)

    assert not Entry.objects.exists()

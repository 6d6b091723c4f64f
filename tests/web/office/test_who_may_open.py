"""Who may open the office's pages and who may do its deeds."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import Cast
from tests.web.office.conftest import MakeVisit

PAGES = (
    "today",
    "board",
    "customers",
    "people",
    "prices",
    "messages",
    "search",
    "appointment",
    "plans",
    "promises",
    "plan_start",
    "skills_and_teams",
)
DEEDS = ("placement", "rescheduling", "assignment", "cancellation")


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_is_asked_to_sign_in(cast: Cast, visitor: Client, page: str) -> None:
    response = visitor.get(reverse(f"office:{page}"))

    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/?next=/office/")


@pytest.mark.parametrize("page", PAGES)
def test_cleaners_and_customers_are_turned_away(outsiders: list[Client], page: str) -> None:
    assert [client.get(reverse(f"office:{page}")).status_code for client in outsiders] == [403, 403]


@pytest.mark.parametrize("page", PAGES)
def test_the_office_may_open_every_page(dan: Client, olga: Client, sue: Client, page: str) -> None:
    assert [client.get(reverse(f"office:{page}")).status_code for client in (dan, olga, sue)] == [200, 200, 200]


@pytest.mark.parametrize("deed", DEEDS)
def test_outsiders_change_nothing(outsiders: list[Client], visitor: Client, promised: MakeVisit, deed: str) -> None:
    visit = promised()

    answers = [client.post(reverse(f"office:{deed}", args=[visit.code])) for client in (*outsiders, visitor)]

    visit.refresh_from_db()
    assert [answer.status_code for answer in answers] == [403, 403, 302]
    assert visit.revision == 0


def test_support_sees_no_door_codes_and_changes_no_people_or_prices(cast: Cast, sue: Client) -> None:
    notes = reverse("office:access_notes", args=[cast.dora.code, cast.flat.code])

    assert sue.post(notes).status_code == 403
    assert sue.get(reverse("office:hire")).status_code == 403
    assert sue.post(reverse("office:week", args=[cast.ana.code])).status_code == 403
    assert sue.post(reverse("office:publish_prices")).status_code == 403


def test_the_dispatcher_does_not_change_prices(dan: Client) -> None:
    assert dan.post(reverse("office:publish_prices")).status_code == 403
    assert "Publish" not in dan.get(reverse("office:prices")).content.decode()


@pytest.mark.parametrize("page", ["visit", "customer", "person"])
def test_a_wrong_code_finds_nothing(dan: Client, page: str) -> None:
    assert dan.get(reverse(f"office:{page}", args=[uuid4()])).status_code == 404


def test_a_company_without_a_branch_is_told_what_to_do(db: None, monday_morning: None) -> None:
    from tests.cast import make_user
    from tests.web.office.conftest import browser_of

    page = browser_of(make_user(role="owner")).get(reverse("office:today"))

    assert page.status_code == 200
    assert "There is no branch yet" in page.content.decode()

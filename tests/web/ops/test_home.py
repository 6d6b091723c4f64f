"""One page that says whether everything is all right, what needs doing, and what was proved when."""

from datetime import timedelta

import pytest
from django.conf import settings as our
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings
from tests.cast import NOW, make_user
from tests.web.office.conftest import browser_of
from tests.web.ops.conftest import Found

from midway.accounts.models import Role
from midway.ops.backup.catalogue import ORDER, Catalogue, Note
from midway.ops.backup.keys import Keys
from midway.ops.backup.store import Store
from midway.ops.procedure import Status
from midway.ops.upkeep import scheduled

HOME = "/office/system/"


def page_of(client: Client) -> str:
    response = client.get(HOME)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def proved(settings: Settings, tmp_path: object) -> None:
    """A backup made and proved six hours ago."""
    from dataclasses import replace
    from pathlib import Path

    data = Path(str(tmp_path))
    settings.ENVIRONMENT = replace(our.ENVIRONMENT, data=data)
    store = Store(data / "backups")
    store.create()
    at = NOW - timedelta(hours=6)
    for state in ORDER:
        Catalogue(store, Keys(data / "keys" / "drill.key", our.SECRET_KEY)).note(Note("20260302T070000Z-ab", state, at))


def all_fine(found: Found) -> None:
    for procedure in scheduled():
        found(procedure.id)


def test_everything_is_all_right_with_the_proof(olga: Client, found: Found, proved: None) -> None:
    all_fine(found)

    page = page_of(olga)

    assert "<h1>Everything is all right. Last restore proved 3:00, all rows identical.</h1>" in page
    assert "What needs doing" not in page


def test_what_needs_doing_stands_there_with_its_button(olga: Client, found: Found, proved: None) -> None:
    all_fine(found)
    found("host.disk", Status.CRIT, used=97)
    found("tls.certificates", Status.WARN, says="Ends in 5 days")

    page = page_of(olga)

    assert "<h1>2 things need you.</h1>" in page
    assert "97 % used" in page
    assert "Ends in 5 days" in page
    assert f'action="{reverse("ops:run", args=["host.disk"])}"' in page


def test_the_worst_stands_first_and_says_what_is_wrong_before_what_it_is_about(
    olga: Client, found: Found, proved: None
) -> None:
    all_fine(found)
    found("backup.completed", Status.UNKNOWN, says="There is no backup yet.")
    found("host.disk", Status.WARN, says="It fills up")
    found("tls.certificates", Status.CRIT, says="It has expired")

    needs = page_of(olga).partition("What needs doing")[2].partition("</section>")[0]

    places = [needs.index(words) for words in ("It has expired", "It fills up", "There is no backup yet.")]
    assert places == sorted(places)
    assert needs.index("It has expired") < needs.index("Certificates as served are valid")


def test_only_what_is_not_well_is_unfolded(olga: Client, found: Found, proved: None) -> None:
    all_fine(found)
    found("host.disk", Status.WARN, says="It fills up")

    daily = page_of(olga).partition("Every day</h3>")[2].partition("Every week</h3>")[0]
    shown, _, folded = daily.partition("<details")

    assert "The disk has room" in shown
    assert "There is memory left" not in shown
    assert "There is memory left" in folded


def test_unknown_is_not_green(olga: Client, found: Found, proved: None) -> None:
    assert "Nothing has been looked at yet" in page_of(olga)
    for procedure in scheduled():
        found(procedure.id, at=NOW - timedelta(days=3) if procedure.id == "host.clock" else NOW)

    page = page_of(olga)

    assert "Nothing needs you, but one thing is not certain." in page
    assert "too long ago" in page


def test_without_a_proved_backup_not_everything_is_all_right(olga: Client, found: Found) -> None:
    all_fine(found)

    assert "no backup has been proved" in page_of(olga)


def test_a_year_is_a_strip_of_days_with_the_same_in_words(olga: Client, found: Found) -> None:
    for days in range(10):
        found("host.disk", Status.WARN if days == 4 else Status.OK, at=NOW - timedelta(days=days))
    found("host.disk", Status.CRIT, at=NOW - timedelta(days=4, hours=1))

    page = page_of(olga)

    assert "it was looked at on 10: fine on 9, warning on 0, critical on 1" in page
    assert '<rect class="crit" x="360" y="0" width="1" height="12"/>' in page
    assert '<rect class="ok" x="361" y="6" width="4" height="6"/>' in page


def test_the_page_asks_a_fixed_number_of_questions(
    olga: Client, found: Found, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    all_fine(found)
    with django_assert_max_num_queries(12):
        page_of(olga)


def test_only_who_may_see_the_system_opens_it(dan: Client, visitor: Client) -> None:
    cleaner = browser_of(make_user(role=Role.CLEANER))
    assert [client.get(HOME).status_code for client in (dan, cleaner, visitor)] == [403, 403, 302]

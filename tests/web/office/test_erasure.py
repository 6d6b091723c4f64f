"""The office erases a customer who asks for it."""

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import NOW, Cast, by_user, make_user
from tests.web.office.conftest import MakeVisit

from midway.accounts.models import Role
from midway.customers.actions import (
    Contact,
    ContactPreferences,
    CustomerDetails,
    CustomerErased,
    CustomerNotFound,
    change_customer,
    set_contact_preferences,
)
from midway.customers.models import Customer
from midway.customers.queries import customers_found
from midway.privacy.actions import erase_customer


def page_of(cast: Cast) -> str:
    return reverse("office:customer", args=[cast.dora.code])


def erasure_of(cast: Cast) -> str:
    return reverse("office:customer_erasure", args=[cast.dora.code])


def test_from_their_page_after_being_told_what_goes(cast: Cast, dan: Client) -> None:
    assert erasure_of(cast) in dan.get(page_of(cast)).content.decode()
    assert "It cannot be undone" in dan.get(erasure_of(cast)).content.decode()
    page = dan.post(erasure_of(cast), follow=True).content.decode()
    assert "Everything that named them was taken out" in page
    assert "Dora" not in page
    assert erasure_of(cast) not in page
    assert dan.get(erasure_of(cast)).status_code == 404


def test_what_is_open_is_said(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    promised("13:00", (cast.ana,))
    response = dan.post(erasure_of(cast))
    assert response.status_code == 409
    assert "Visits are still to come" in response.content.decode()


def test_who_answers_the_telephone_may_not(cast: Cast) -> None:
    client = Client()
    client.force_login(make_user(role=Role.SUPPORT))
    assert client.post(erasure_of(cast)).status_code == 403
    assert erasure_of(cast) not in client.get(page_of(cast)).content.decode()
    assert Customer.objects.get(pk=cast.dora.pk).erased_at is None


def test_nothing_is_written_about_them_again(cast: Cast, dan: Client) -> None:
    erase_customer(customer=cast.dora.code, by=by_user(cast.dan), now=NOW)
    assert customers_found("") == []
    details = CustomerDetails(Contact("Dora", "dora@example.com", "1"), "en")
    with pytest.raises(CustomerErased):
        change_customer(customer=cast.dora, details=details, by=by_user(cast.dan), now=NOW)
    wanted = ContactPreferences()
    with pytest.raises(CustomerNotFound):
        set_contact_preferences(customer=cast.dora.code, preferences=wanted, by=by_user(cast.dan), now=NOW)
    said = {"name": "Dora", "email": "dora@example.com", "phone": "1", "language": "en"}
    assert dan.post(reverse("office:customer_details", args=[cast.dora.code]), said).status_code == 404

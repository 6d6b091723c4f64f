"""Dora is signed in; Eva is another customer, with a home, a plan and visits of her own."""

from datetime import timedelta

import pytest
from django.test import Client
from tests.cast import TODAY, Cast, at, make_customer, make_property, make_user, make_visit

from midway.accounts.models import Role
from midway.booking.models import Visit
from midway.customers.models import Customer

FRIDAY_AT_TEN = at("10:00", on=TODAY + timedelta(days=4))


def browser_of(customer: Customer) -> Client:
    """A browser in which this customer is signed in."""
    customer.user = make_user(role=Role.CUSTOMER, name=customer.name, email=customer.email)
    customer.save()
    client = Client(headers={"accept-language": "en"})
    client.force_login(customer.user)
    return client


@pytest.fixture
def dora(cast: Cast) -> Client:
    return browser_of(cast.dora)


@pytest.fixture
def friday(cast: Cast) -> Visit:
    """Dora's visit on Friday, free to move and cancel."""
    return make_visit(
        premises=cast.flat, price_list=cast.price_list, service=cast.regular, start=FRIDAY_AT_TEN, cleaners=[cast.ana]
    )


@pytest.fixture
def evas(cast: Cast) -> Visit:
    """A visit of somebody else."""
    eva = make_customer(name="Eva", email="eva@example.com")
    home = make_property(customer=eva, line1="7 Attic Lane", access_notes="Door code 4711")
    return make_visit(
        premises=home, price_list=cast.price_list, service=cast.regular, start=FRIDAY_AT_TEN, cleaners=[cast.ben]
    )

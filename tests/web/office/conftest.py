"""The office signs in: Olga owns, Dan dispatches, Sue answers the telephone."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from tests.cast import Cast, at, make_user, make_visit

from midway.accounts.models import Role, User
from midway.booking.models import Visit
from midway.crew.models import Cleaner

MakeVisit = Callable[..., Visit]


def browser_of(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def dan(cast: Cast) -> Client:
    """The dispatcher at the desk."""
    return browser_of(cast.dan)


@pytest.fixture
def olga(cast: Cast) -> Client:
    """The owner at the desk."""
    return browser_of(cast.olga)


@pytest.fixture
def sue(cast: Cast) -> Client:
    """Support: may change visits, not people or prices, and sees no door codes."""
    return browser_of(make_user(role=Role.SUPPORT, name="Sue"))


@pytest.fixture
def outsiders(cast: Cast) -> list[Client]:
    """A cleaner and a customer, signed in."""
    return [browser_of(make_user(role=role)) for role in (Role.CLEANER, Role.CUSTOMER)]


@pytest.fixture
def promised(cast: Cast) -> MakeVisit:
    """Makes a visit at Dora's flat today, from a clock time on, for some cleaners."""

    def make(start: str | datetime = "13:00", cleaners: tuple[Cleaner, ...] = (), **fields: Any) -> Visit:
        begins = at(start) if isinstance(start, str) else start
        return make_visit(
            premises=cast.flat,
            price_list=cast.price_list,
            service=fields.pop("service", cast.regular),
            start=begins,
            cleaners=cleaners,
            **fields,
        )

    return make

"""People for the tests of signing in."""

import pytest
from django.core.cache import cache
from tests.cast import NOW

from midway.accounts.actions import create_user
from midway.accounts.models import Role, User
from midway.config.rate_limits import shared_counter
from midway.core.actor import SYSTEM

PASSWORD = "seven green kettles sing"


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    """Failed sign-ins of one test must not count in the next."""
    cache.clear()
    shared_counter.cache_clear()


@pytest.fixture
def olga(db: None) -> User:
    """The owner, who can sign in."""
    return create_user(email="olga@example.com", name="Olga", role=Role.OWNER, password=PASSWORD, by=SYSTEM, now=NOW)


@pytest.fixture
def dan(db: None) -> User:
    """A dispatcher, who can sign in."""
    return create_user(email="dan@example.com", name="Dan", role=Role.DISPATCHER, password=PASSWORD, by=SYSTEM, now=NOW)

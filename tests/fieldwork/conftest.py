"""A visit, and the cleaner who taps."""

import pytest
from tests.booking.deeds import visit_at
from tests.cast import Cast, at, by_user, make_cast, make_user

from midway.accounts.models import Role
from midway.booking.models import Visit
from midway.core.actor import Actor


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def ana(cast: Cast) -> Actor:
    cast.ana.user = make_user(role=Role.CLEANER, name="Ana")
    cast.ana.save()
    return by_user(cast.ana.user)


@pytest.fixture
def visit(cast: Cast) -> Visit:
    """Two hours at Dora's from nine, with Ana."""
    return visit_at(cast, at("09:00"), cast.ana)

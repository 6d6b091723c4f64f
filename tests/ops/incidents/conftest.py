"""Olga owns, Dan and Sue take turns on call; evidence is written as the engine writes it."""

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

import pytest
from tests.cast import NEW_YORK, NOW, Cast, by_user, make_cast, make_user

from midway.accounts.models import Role, User
from midway.core.actor import SYSTEM
from midway.core.triage import Impact, Severity
from midway.ops import evidence
from midway.ops.actions.incidents.open_incident import IncidentOrder, open_incident
from midway.ops.actions.rotate import RotationOrder, begin_rotation
from midway.ops.models import Incident, Run
from midway.ops.procedure import Outcome, Status
from midway.ops.registry import procedure_named

OpenOne = Callable[..., Incident]
Found = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def cast(db: None) -> Cast:
    return make_cast()


@pytest.fixture
def sue(cast: Cast) -> User:
    return make_user(role=Role.SUPPORT, name="Sue", email="sue@example.com")


@pytest.fixture(autouse=True)
def rotation(cast: Cast, sue: User) -> None:
    """Dan is on call this week, Sue the next."""
    order = RotationOrder([cast.dan, sue], date(2026, 3, 2), time(8), NEW_YORK)
    begin_rotation(order=order, by=by_user(cast.olga), now=NOW)


@pytest.fixture
def opened() -> OpenOne:
    """Opens an incident."""

    def make(title: str = "Booking does not work", *, now: datetime = NOW, **facts: Any) -> Incident:
        usual = {"source": Incident.Source.OFFICE, "severity": Severity.STOPPED, "impact": Impact.EVERYBODY}
        order = IncidentOrder(title, **{**usual, **facts})
        return open_incident(order=order, by=SYSTEM, now=now).incident

    return make


@pytest.fixture
def found() -> Found:
    """Writes that a procedure found this, and gives what it found."""

    def write(name: str = "host.disk", status: Status = Status.CRIT, *, at: datetime = NOW, **facts: Any) -> Outcome:
        usual = {"summary": "97 % used", "next_step": "Make room", "examined": 1, "is_raised": status is Status.CRIT}
        outcome = Outcome(procedure_named(name), status, **{**usual, **facts})
        evidence.append(Run.objects.create(asked="test", started_at=at), outcome, at=at)
        return outcome

    return write

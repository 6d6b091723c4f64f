"""The System pages: Olga owns, Dan dispatches and may not see them; evidence is written as the engine writes it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from tests.cast import NOW, Cast
from tests.web.office.conftest import browser_of

from midway.ops import evidence
from midway.ops.models import Evidence, Run
from midway.ops.procedure import Finding, Outcome, Status
from midway.ops.registry import procedure_named

Found = Callable[..., Evidence]


@pytest.fixture
def olga(cast: Cast) -> Client:
    """The owner at breakfast."""
    return browser_of(cast.olga)


@pytest.fixture
def dan(cast: Cast) -> Client:
    """The dispatcher."""
    return browser_of(cast.dan)


@pytest.fixture
def found(cast: Cast) -> Found:
    """Writes that a procedure found this."""

    def write(
        name: str = "host.disk", status: Status = Status.OK, *, at: datetime = NOW, used: float = 40, **facts: Any
    ) -> Evidence:
        procedure = procedure_named(name)
        limit = procedure.limits[0] if procedure.limits else None
        says = facts.pop("says", f"{used:g} % used")
        outcome = Outcome(
            procedure, status, says, "Make room", examined=1, is_raised=status is not Status.OK,
            findings=(Finding(status, says, value=used, limit=limit),), **facts,
        )  # fmt: skip
        return evidence.append(Run.objects.create(asked="test", started_at=at), outcome, at=at)

    return write

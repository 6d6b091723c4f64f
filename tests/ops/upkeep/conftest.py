"""One stage for all tests of upkeep in a worker: its servers start once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connections

from midway.ops.stage import Stage, open_stage
from midway.ops.stage.stage import let_go_of_connections


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They run one after the other in one worker, for they share what they break."""
    for item in items:
        if "ops/upkeep/" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("stage"))


@dataclass(frozen=True)
class SharedStage:
    """The stage, and where Django looks: at its database, or at that of all other tests."""

    stage: Stage
    there: dict[str, Any]
    here: dict[str, Any]


@pytest.fixture(scope="session")
def shared_stage(django_db_setup: None, django_db_blocker: Any) -> Iterator[SharedStage]:
    """The stage's servers. Other tests come after those of this folder: Django looks there only when one runs."""
    with django_db_blocker.unblock(), open_stage() as stage:
        here = dict(connections.settings["default"])
        assert stage.postgres
        there = dict(connections.settings["default"])
        _look(here)
        yield SharedStage(stage, there, here)


@pytest.fixture
def stage(shared_stage: SharedStage, django_db_blocker: Any) -> Iterator[Stage]:
    """The stage, with nothing remembered from the test before; Django looks at it meanwhile."""
    with django_db_blocker.unblock():
        _look(shared_stage.there)
        try:
            shared_stage.stage.forget()
            yield shared_stage.stage
        finally:
            _look(shared_stage.here)


def _look(place: dict[str, Any]) -> None:
    let_go_of_connections()
    connections.settings["default"].update(place)

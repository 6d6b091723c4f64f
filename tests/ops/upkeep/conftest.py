"""One stage for all tests of upkeep in a worker: its servers start once."""

from collections.abc import Iterator
from typing import Any

import pytest

from midway.ops.stage import Stage, open_stage


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They run one after the other in one worker, for they share what they break."""
    for item in items:
        if "ops/upkeep/" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("stage"))


@pytest.fixture(scope="package")
def shared_stage(django_db_blocker: Any) -> Iterator[Stage]:
    """The stage while the tests of this folder run; Django looks at it and not at the test database."""
    with django_db_blocker.unblock(), open_stage() as stage:
        assert stage.postgres
        yield stage


@pytest.fixture
def stage(shared_stage: Stage) -> Stage:
    """The stage, with nothing remembered from the test before."""
    shared_stage.forget()
    return shared_stage

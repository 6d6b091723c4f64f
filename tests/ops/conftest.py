"""What takes long is asked for."""

import os

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without MIDWAY_REQUIRE_ALL or `-m drills` the long tail of the drills is left out."""
    if os.environ.get("MIDWAY_REQUIRE_ALL") or "drills" in config.option.markexpr:
        return
    left = [item for item in items if item.get_closest_marker("drills")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]

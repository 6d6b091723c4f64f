"""Tests that share something dear, or would take it from each other, run one after the other in one worker.

They say so by `xdist_group`, which the plugin writes where pytest 9.2 does not look any more: without this the mark
does nothing, and says nothing (pytest-dev/pytest-xdist, 1386).
"""

from typing import Any

import pytest


@pytest.hookimpl(trylast=True)  # after whoever gives tests a group
def pytest_collection_modifyitems(config: pytest.Config, items: "list[Any]") -> None:
    """Will put a test's group behind its name, where the plugin's schedule looks for it."""
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        group = "_".join(sorted({str(mark.args[0]) for mark in item.iter_markers("xdist_group")}))
        if group and not item.nodeid.endswith(f"@{group}"):
            item._id = type(item._id).parse(f"{item.nodeid}@{group}")

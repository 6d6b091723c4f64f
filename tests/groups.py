"""By which names tests are shared out to the workers.

Tests that share something dear, or would take it from each other, run one after the other in one worker. They say so by
`xdist_group`, which the plugin writes where pytest 9.2 does not look any more: without this the mark does nothing, and
says nothing (pytest-dev/pytest-xdist, 1386). Of tests of one name the schedule runs the last alone, and says nothing
either.
"""

from collections import Counter
from typing import Any

import pytest


@pytest.hookimpl(trylast=True)  # after whoever gives tests a group
def pytest_collection_modifyitems(config: pytest.Config, items: "list[Any]") -> None:
    """Will put a test's group behind its name, where the plugin's schedule looks for it. Raises where two are named
    alike."""
    for item in items:
        _, bracket, case = item.name.partition("[")
        if case and "[" not in item.nodeid:  # schemathesis leaves the operation out
            _name(item, f"{item.nodeid}{bracket}{case}")
        group = "_".join(sorted({str(mark.args[0]) for mark in item.iter_markers("xdist_group")}))
        if getattr(config.option, "loadgroup", False) and group and not item.nodeid.endswith(f"@{group}"):
            _name(item, f"{item.nodeid}@{group}")
    twice = sorted(name for name, count in Counter(item.nodeid for item in items).items() if count > 1)
    if twice:
        raise pytest.UsageError(f"only one of the tests named {', '.join(twice)} would run: give each its own name")


def _name(item: Any, name: str) -> None:
    item._id = type(item._id).parse(name)

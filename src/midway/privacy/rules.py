"""The rules of every part, gathered: each says in its `retention.py` what it keeps of people."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from midway.core.retention import Clearing, Files, Obstacle, Table


@cache
def tables() -> tuple[Table, ...]:
    """Every table, in the order of the parts."""
    return tuple(_gathered("TABLES"))


def clearings() -> list[Clearing]:
    """What the night clears."""
    return list(_gathered("CLEARINGS"))


def files() -> list[Files]:
    """What is kept in files."""
    return list(_gathered("FILES"))


def obstacles() -> list[Obstacle]:
    """What must be settled with a customer before they can be erased."""
    return list(_gathered("OBSTACLES"))


def model_of(table: Table) -> Any:
    """The table's model."""
    return apps.get_model(table.model)


def _gathered(name: str) -> Iterator[Any]:
    for module in _modules():
        yield from getattr(module, name, ())


def _modules() -> Iterator[ModuleType]:
    for app in apps.get_app_configs():
        if app.module is not None and app.name.startswith("midway.") and module_has_submodule(app.module, "retention"):
            yield import_module(f"{app.name}.retention")

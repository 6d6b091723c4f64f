"""The laws of the architecture that tools do not know: one door for every change, rules without a clock."""

import ast
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from tests.house.test_sizes_and_names import ROOT, SOURCE, Function, modules, tree_of

import midway

CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time"),
          ("time", "monotonic"), ("timezone", "now")}  # fmt: skip
FRONT_DOORS = {"cli", "web", "api", "runtime", "ops", "config"}
"""Where a clock may be read: what is asked from outside, and the wiring (rate limits, reconnecting)."""


def action_modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(midway.__path__, "midway."):
        parts = found.name.split(".")
        if len(parts) > 2 and parts[2] == "actions":
            yield import_module(found.name)


def deeds() -> list[Callable[..., Any]]:
    """Every deed of every part: a public function of its actions that is one transaction."""
    return [
        function
        for module in action_modules()
        for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("_")
        if hasattr(function, "__wrapped__")
    ]


def takes(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(function).parameters)


def test_there_are_deeds_to_hold_to_the_law() -> None:
    assert {"book_visit", "reschedule_visit", "record_absence", "excuse_cleaner"} <= {f.__name__ for f in deeds()}


@pytest.mark.parametrize("deed", deeds(), ids=lambda f: f.__name__)
def test_a_deed_takes_names_and_the_time(deed: Callable[..., Any]) -> None:
    parameters = takes(deed)
    assert all(p.kind is p.KEYWORD_ONLY for p in parameters.values()), f"{deed.__module__}: keywords only"
    assert {"now", "at"} & set(parameters), f"{deed.__module__}: takes the time and does not read it"


def reads(path_tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(path_tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and isinstance(node.func.value, ast.Name | ast.Attribute)
        ):
            owner = node.func.value.id if isinstance(node.func.value, ast.Name) else node.func.value.attr
            if (owner, node.func.attr) in CLOCKS:
                yield f"{node.lineno} {owner}.{node.func.attr}()"


def test_reading_a_clock_is_noticed() -> None:
    assert list(reads(ast.parse("import datetime\ndatetime.datetime.now()"))) == ["2 datetime.now()"]
    assert list(reads(ast.parse("time.monotonic()"))) == ["1 time.monotonic()"]
    assert imported(ast.parse("import random\nfrom midway.crew.models import Cleaner")) == {"random", "midway.crew"}


def test_only_the_front_doors_read_the_clock() -> None:
    readers = [
        f"{path.relative_to(ROOT)}:{where}"
        for path in modules()
        if path.relative_to(SOURCE).parts[0] not in FRONT_DOORS
        for where in reads(tree_of(path))
    ]
    assert readers == []


PLAIN = {
    "bisect", "collections", "dataclasses", "datetime", "decimal", "enum", "fractions", "functools", "heapq",
    "itertools", "math", "midway.core", "typing", "zoneinfo",
}  # fmt: skip


def imported(tree: ast.Module) -> set[str]:
    """The packages a module imports; of ours, with the part."""
    names = [a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names]
    names += [n.module or "" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)]
    return {".".join(name.split(".")[: 2 if name.startswith("midway") else 1]) for name in names}


def test_the_rules_know_no_clock_no_chance_and_no_outside() -> None:
    for path in (SOURCE / "core").rglob("*.py"):
        arrays = {"numpy"} if path.parent.name == "routing" else set()
        if path.name == "compiled.py":
            arrays.add("numba")
        if path.name == "kept.py":  # reads the sources, to know whether what was compiled is still theirs
            arrays |= {"hashlib", "numba", "pathlib", "re"}
        assert imported(tree_of(path)) <= PLAIN | arrays, path.name


def test_only_the_calendar_writes_commitments() -> None:
    elsewhere = [
        str(path.relative_to(ROOT))
        for path in modules()
        if path.relative_to(SOURCE).parts[:2] != ("crew", "calendar.py")
        and any(
            word in path.read_text()
            for word in ("Commitment.objects.create", "Commitment(", "INTO crew_commitment", "UPDATE crew_commitment")
        )
        and "class Commitment(" not in path.read_text()
        # The demo company is loaded in bulk, under the same constraint.
        and path.relative_to(SOURCE).parts[0] != "demo"
        # A drill takes the constraint away on a stage, to see that the alarm rings.
        and path.relative_to(SOURCE).parts != ("ops", "stage", "damage.py")
    ]
    assert elsewhere == []


def does(function: Function) -> set[str]:
    return {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}


def test_every_deed_that_takes_by_writes_the_journal() -> None:
    functions = [
        function
        for module in action_modules()
        for function in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(function, Function)
    ]
    inner = {function.name: does(function) for function in functions}
    silent = []
    for deed in deeds():
        if "by" not in takes(deed):
            continue
        reached: set[str] = set()
        fresh = {deed.__name__}
        while fresh - reached:
            reached |= fresh
            fresh = set().union(*(inner.get(name, set()) for name in reached))
        if "record" not in reached:
            silent.append(f"{deed.__module__}.{deed.__name__}")
    assert silent == []


STORIES = {"api", "cli", "config", "crash", "deploy", "journeys", "ops", "races", "runtime", "topology", "product.py"}
"""Tests of whole processes, which wait for others with a limit."""


def test_no_test_of_a_deed_sleeps() -> None:
    tests = ROOT / "tests"
    asleep = [
        str(path.relative_to(ROOT))
        for path in tests.rglob("*.py")
        if path.relative_to(tests).parts[0] not in STORIES
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "time.sleep"
    ]
    assert asleep == []

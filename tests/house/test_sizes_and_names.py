"""The hard limits of the house: sizes, complexity, docstrings, names."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "midway"
Function = ast.FunctionDef | ast.AsyncFunctionDef

FILE_LINES, FUNCTION_LINES, VIEW_LINES, BRANCHES = 500, 60, 45, 10
VAGUE = {"utils", "util", "common", "helpers", "helper", "manager", "managers", "misc", "handler"}


def modules() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts)


def every_python_file() -> list[Path]:
    folders = (SOURCE, ROOT / "tests", ROOT / "tools", ROOT / "benchmarks")
    return sorted(path for folder in folders for path in folder.rglob("*.py") if "migrations" not in path.parts)


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, Function))


def lines_of(function: Function) -> int:
    """Lines from the name to the end, decorators and docstring aside."""
    assert function.end_lineno is not None
    length = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) and first.end_lineno is not None:
        length -= first.end_lineno - first.lineno + 1
    return length


def named(path: Path, node: Function) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"


def is_view(path: Path, function: Function) -> bool:
    arguments = [*function.args.posonlyargs, *function.args.args]
    return "web" in path.parts and bool(arguments) and arguments[0].arg == "request"


def test_no_file_is_too_long() -> None:
    too_long = {
        str(p.relative_to(ROOT)): n for p in every_python_file() if (n := len(p.read_text().splitlines())) > FILE_LINES
    }
    assert too_long == {}


def test_no_function_is_too_long() -> None:
    too_long = [
        named(path, function)
        for path in modules()
        for function in functions(path)
        if lines_of(function) > (VIEW_LINES if is_view(path, function) else FUNCTION_LINES)
    ]
    assert too_long == []


def test_no_function_divides_more_often_than_one_can_follow() -> None:
    """Ruff counts the ways through a function; this holds that it is asked to, and never told to look away."""
    lint = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    assert "C901" in lint["select"]
    assert lint["mccabe"]["max-complexity"] <= BRANCHES
    assert not [rule for rules in lint["per-file-ignores"].values() for rule in rules if "C901".startswith(rule)]
    excused = "noqa: " + "C901"
    assert [str(p.relative_to(ROOT)) for p in every_python_file() if excused in p.read_text()] == []


def test_every_module_says_what_it_is_for() -> None:
    allowed_silent = {"apps.py"}
    silent = [
        str(path.relative_to(ROOT))
        for path in modules()
        if path.name not in allowed_silent and path.read_text().strip() and not ast.get_docstring(tree_of(path))
    ]
    assert silent == []


def test_every_model_has_a_sentence() -> None:
    models_of_ours = [m for m in apps.get_models() if m.__module__.startswith("midway.")]
    assert models_of_ours
    assert [m.__name__ for m in models_of_ours if not m.__doc__ or m.__doc__.startswith(f"{m.__name__}(")] == []


def test_nothing_has_a_name_that_says_nothing() -> None:
    vague = [
        str(path.relative_to(ROOT))
        for path in (*SOURCE.rglob("*"), *(ROOT / "tests").rglob("*"))
        if path.stem in VAGUE and path.suffix in {"", ".py"}
    ]
    assert vague == []


def test_no_comment_asks_for_work_to_be_done_later() -> None:
    markers = ("TO" + "DO", "FIX" + "ME", "XX" + "X")
    assert [
        f"{path.relative_to(ROOT)}: {marker}"
        for path in every_python_file()
        for marker in markers
        if f"# {marker}" in path.read_text()
    ] == []


def fields_of_ours() -> list[models.Field]:  # type: ignore[type-arg]
    return [
        field
        for model in apps.get_models()
        if model.__module__.startswith("midway.")
        for field in model._meta.local_fields
        if field.name != "last_login"  # Django's own
    ]


@pytest.mark.parametrize(
    ("kind", "is_named_so"),
    [
        # Where a visit was moved to is a moment by its verb; the ends of a row of days say from and to.
        (models.DateTimeField, lambda name: name == "at" or name.endswith(("_at", "moved_to"))),
        (models.DateField, lambda name: name == "on" or name.endswith(("_on", "_from", "_to"))),
        (models.BooleanField, lambda name: name.startswith(("is_", "has_", "can_")) or name == "active"),
    ],
    ids=["moments end _at", "days end _on", "yes or no is a question"],
)
def test_fields_are_named_for_what_they_hold(kind: type, is_named_so: object) -> None:
    wrong = [str(f) for f in fields_of_ours() if type(f) is kind and not is_named_so(f.name)]  # type: ignore[operator]
    assert wrong == []


def test_units_are_in_the_name() -> None:
    whole = [f for f in fields_of_ours() if isinstance(f, models.IntegerField) and not f.primary_key]
    for hint, unit in (
        ("price", "_cents"),
        ("fee", "_cents"),
        ("total", "_cents"),
        ("duration", "_minutes"),
        ("notice", "_minutes"),
    ):
        # A share of the price carries its own unit.
        assert [str(f) for f in whole if hint in f.name.split("_") and not f.name.endswith((unit, "_percent"))] == []

"""Compiled code is never older than its sources, and says what the same source says without the compiler."""

import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.core.routing.days import plans

from midway.core.routing import anneal, classic_search, compiled
from midway.core.routing.kept import stamp_of

SOURCES = Path(compiled.__file__).parent
INNER = "from midway.core.routing.compiled import compiled\n\n\n@compiled\ndef times(x):\n    return x * {}\n"
OUTER = (
    "from midway.core.routing.compiled import entry\nfrom midway.core.routing.inner import times\n\n\n"
    "@entry\ndef answer(x):\n    return times(x)\n\n\nprint(answer(2))\n"
)


def said(code: str, *paths: Path, **environment: str) -> str:
    """What a fresh process prints."""
    path = os.pathsep.join(map(str, paths))
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path, **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def small_package(tmp_path: Path) -> Path:
    """A package like ours with one function Python calls, and in another file what that one calls."""
    folder = tmp_path / "midway" / "core" / "routing"
    folder.mkdir(parents=True)
    for package in (folder, *folder.parents[:2]):
        (package / "__init__.py").touch()
    for name in ("compiled.py", "kept.py"):
        shutil.copy(SOURCES / name, folder)
    (folder / "inner.py").write_text(INNER.format(2))
    (folder / "outer.py").write_text(OUTER)
    return folder


@pytest.mark.slow
def test_a_change_in_another_file_compiles_anew(small_package: Path, tmp_path: Path) -> None:
    def answer() -> int:
        return int(said("import midway.core.routing.outer", tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "kept")))

    assert answer() == 4
    assert list((tmp_path / "kept").rglob("*.nbc"))
    (small_package / "inner.py").write_text(INNER.format(3))
    assert answer() == 6


def test_what_python_calls_is_kept_under_the_mark_of_all_its_sources() -> None:
    for function in (anneal.anneal, classic_search.anneal_tours):
        kept = function._cache._impl.locator.get_source_stamp()  # type: ignore[attr-defined]
        assert kept == stamp_of(inspect.getfile(function.py_func))


def test_the_stamp_knows_every_file_the_search_is_put_together_from(tmp_path: Path) -> None:
    shutil.copytree(SOURCES, tmp_path / "routing")
    before = stamp_of(str(tmp_path / "routing" / "anneal.py"))
    for name in (
        "anneal",
        "arrays",
        "chance",
        "choosing",
        "columns",
        "compiled",
        "inserting",
        "places",
        "ruin",
        "timing",
        "undo",
    ):
        file = tmp_path / "routing" / f"{name}.py"
        text = file.read_text()
        file.write_text(text + "\n# changed\n")
        assert stamp_of(str(tmp_path / "routing" / "anneal.py")) != before, name
        file.write_text(text)
    (tmp_path / "routing" / "replan.py").write_text("# changed\n")
    assert stamp_of(str(tmp_path / "routing" / "anneal.py")) == before


WITHOUT = """
import sys
sys.modules["numba"] = None
from tests.core.routing.days import plans
from midway.core.routing import compiled
assert compiled.numba is None
print(plans({days}, {steps}))
"""


def plans_without(days: int, steps: int) -> str:
    root = Path(__file__).resolve().parents[3]
    return said(WITHOUT.format(days=days, steps=steps), root / "src", root).strip()


def test_the_same_plan_with_and_without_the_compiler() -> None:
    assert compiled.numba is not None
    assert str(plans(1, 15)) == plans_without(1, 15)


@pytest.mark.slow
def test_the_same_plan_with_and_without_the_compiler_on_many_days() -> None:
    assert str(plans(12, 120)) == plans_without(12, 120)

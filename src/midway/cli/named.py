"""What documents name besides commands: settings, targets of make, scripts; and which of them there are not."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

SETTING = r"(?!HTTP_)(?:MIDWAY_[A-Z_]+|[A-Z]+_(?:URL|DSN|TOKEN|KEY|BASE|HOST))"
"""How the name of a setting looks. `HTTP_…` are headers, in a WSGI environment."""
_NAMED = re.compile(r"\bMIDWAY_[A-Z_]*[A-Z]\b")
_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_TARGET = re.compile(r"\bmake ([a-z][a-z-]*)")
_SCRIPT = re.compile(r"\bpython3? ([\w/]+\.py)\b|\bpython3? -m (benchmarks|midway)((?:\.\w+)*)")


def settings_read(package: Path) -> set[str]:
    """The names the package asks the environment for."""
    asked = re.compile(rf'(?:env|environ)(?:\.get\(|\[|, )"({SETTING})"')
    found: set[str] = set()
    for path in package.rglob("*.py"):
        found |= set(asked.findall(path.read_text()))
    return {name for name in found if not name.startswith("HTTP_")}


def settings_documented(page: str) -> set[str]:
    """The names that have a row in the page of settings."""
    return set(re.findall(rf"^\| `({SETTING})` \|", page, re.MULTILINE))


def unknown_names(text: str, root: Path) -> list[str]:
    """Settings a page names that nothing here asks for, targets make has not, scripts that are not there."""
    wrong = sorted(set(_NAMED.findall(text)) - _known_settings(root))
    said = " ".join(_CODE.findall(text))
    wrong += [f"make {one}" for one in _TARGET.findall(said) if one not in _targets(root)]
    return [*wrong, *_missing_scripts(said, root)]


def _missing_scripts(said: str, root: Path) -> Iterator[str]:
    for script, package, module in _SCRIPT.findall(said):
        base = root / ("src/midway" if package == "midway" else package)
        there = [root / script] if script else [_module(base, module), base.joinpath(*module.split("."))]
        if not any(path.exists() for path in there):
            yield script or f"{package}{module}"


def _module(base: Path, module: str) -> Path:
    return base.joinpath(*module.strip(".").split(".")).with_suffix(".py") if module else base / "__main__.py"


@cache
def _known_settings(root: Path) -> frozenset[str]:
    """Those of the product, and those of its tests."""
    quoted = re.compile(r"""["'](MIDWAY_[A-Z_]+)["'=]""")
    files = (path for folder in ("src", "tests", "tools") for path in (root / folder).rglob("*.py"))
    return frozenset(name for path in files for name in quoted.findall(path.read_text()))


@cache
def _targets(root: Path) -> frozenset[str]:
    return frozenset(re.findall(r"^([a-z][a-z-]*):", (root / "Makefile").read_text(), re.MULTILINE))

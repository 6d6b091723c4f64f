"""What a command tells people to install is what the package's extra asks for."""

import re
import tomllib
from pathlib import Path

from midway.runtime.built_roads import REQUIREMENT

ROOT = Path(__file__).resolve().parents[2]


def test_the_extra_roads_asks_for_what_midway_roads_names() -> None:
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["roads"]

    assert REQUIREMENT in [line.partition(";")[0] for line in asked]


def test_the_lock_has_it_for_every_python() -> None:
    names = re.findall(r"^(pyvalhalla[\w-]*)==", (ROOT / "requirements" / "dev.txt").read_text(), re.MULTILINE)

    assert names == ["pyvalhalla", "pyvalhalla-weekly"]

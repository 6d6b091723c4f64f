"""The guides' pictures are taken anew from the demo company and are the same ones.

Tolerance: 0.3 % of a picture's points may differ visibly, which is less than one changed word, button or line; what the
drawing of letters does between two machines stays below it.
"""

import importlib.util
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image, ImageChops
from tests.journeys.stage import find_chromium
from tests.product import SOURCE

pytestmark = [pytest.mark.drills, pytest.mark.xdist_group("pictures")]
ROOT = SOURCE.parent
TOLERANCE, VISIBLY = 0.003, 48


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("screenshots", ROOT / "tools" / "screenshots.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def share_that_differs(one: Path, other: Path) -> float:
    """Of the points of both pictures; all of them where they are not of one size."""
    with Image.open(one) as left, Image.open(other) as right:
        if left.size != right.size:
            return 1.0
        apart = ImageChops.difference(left.convert("L"), right.convert("L")).histogram()
        return sum(apart[VISIBLY:]) / (left.width * left.height)


def test_every_picture_comes_out_as_it_lies_there(tmp_path: Path) -> None:
    if find_chromium() is None:
        pytest.skip("No Chromium on this machine (apt-get install chromium): pictures were not taken")
    pictures = tool()

    def take() -> None:
        with pictures.demo_company() as product, pictures.chromium() as browser:
            pictures.photograph_guides(browser, product, tmp_path)

    with ThreadPoolExecutor(1) as elsewhere:  # in this one the browser of the journeys may be open
        elsewhere.submit(take).result()
    taken = {str(path.relative_to(tmp_path)): path for path in tmp_path.rglob("*.webp")}
    kept = {str(path.relative_to(pictures.GUIDES)) for path in pictures.GUIDES.rglob("*.webp")}
    assert set(taken) == kept
    apart = {name: share_that_differs(path, pictures.GUIDES / name) for name, path in taken.items()}
    print({name: f"{share:.4%}" for name, share in apart.items()})  # noqa: T201 - how far from the tolerance
    assert {name: share for name, share in apart.items() if share > TOLERANCE} == {}


def test_each_guide_shows_pictures_in_its_language() -> None:
    pictures = tool()
    shown = set()
    for language in pictures.LANGUAGES:
        for guide in (ROOT / "docs" / "guide" / language).glob("*.md"):
            for found in re.findall(r"\]\(\.\./\.\./images/([^)]+)\)", guide.read_text()):
                assert found.startswith(f"guide/{language}/"), f"{guide}: {found}"
                shown.add(found.removeprefix("guide/"))
    assert shown == {f"{language}/{one.name}.webp" for language in pictures.LANGUAGES for one in pictures.OF_GUIDES}


def test_a_changed_word_is_outside_the_tolerance(tmp_path: Path) -> None:
    """A word of a heading moved by its own width."""
    pictures = tool()
    kept = pictures.GUIDES / "en" / "office-on-call.webp"
    with Image.open(kept) as drawn:
        changed = drawn.convert("RGB")
        heading = changed.crop((200, 60, 700, 160))
        changed.paste((255, 255, 255), (200, 60, 700, 160))
        changed.paste(heading, (260, 60))
        changed.save(tmp_path / "changed.png")
    assert share_that_differs(tmp_path / "changed.png", kept) > TOLERANCE

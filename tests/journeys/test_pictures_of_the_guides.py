"""The guides' pictures are taken anew from the demo company and are the same ones, within the tool's tolerance."""

import importlib.util
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest
from PIL import Image
from tests.journeys.stage import find_chromium
from tests.product import SOURCE

pytestmark = [pytest.mark.drills, pytest.mark.xdist_group("pictures")]
ROOT = SOURCE.parent


def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("screenshots", ROOT / "tools" / "screenshots.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_picture_comes_out_as_it_lies_there(tmp_path: Path) -> None:
    if find_chromium() is None:
        pytest.skip("No Chromium on this machine (apt-get install chromium): pictures were not taken")
    pictures = tool()

    def take() -> None:
        with pictures.demo_company() as product, pictures.chromium() as browser:
            pictures.photograph_guides(browser, product, tmp_path)

    with ThreadPoolExecutor(1) as elsewhere:  # in this one the browser of the journeys may be open
        elsewhere.submit(take).result()
    apart = pictures.how_far_apart(tmp_path, pictures.GUIDES)
    print({name: f"{share:.4%}" for name, share in apart.items()})  # noqa: T201 - how far from the tolerance
    assert {name: share for name, share in apart.items() if share > pictures.TOLERANCE} == {}


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
    assert pictures.share_that_differs(tmp_path / "changed.png", kept) > pictures.TOLERANCE


def test_a_picture_that_only_one_side_has_is_another(tmp_path: Path) -> None:
    pictures = tool()
    (tmp_path / "only.webp").write_bytes(b"")
    apart = pictures.how_far_apart(tmp_path, pictures.GUIDES)
    assert set(apart.values()) == {1.0}
    assert "only.webp" in apart

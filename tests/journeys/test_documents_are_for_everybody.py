"""The documents as they are served with the product, held to axe and to the width of the window."""

import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from tests.journeys.looking import DESK, elsewhere, on_a_desk

pytestmark = [pytest.mark.journeys, pytest.mark.slow]
ROOT = Path(__file__).resolve().parents[2]
KINDS = ("*.html", "guide/en/*.html", "guide/es/*.html", "results/*.html")
"""Every page of these; of the others, which are drawn alike, the longest."""
ALIKE = ("decisions", "how-it-works", "runbooks")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as a release builds them."""
    folder = tmp_path_factory.mktemp("documents")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-f", str(ROOT / "mkdocs.yml")]
    done = subprocess.run([*build, "-d", str(folder)], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_kind_of_page(browser: Browser, site: Path) -> None:
    pages = [path for kind in KINDS for path in sorted(site.glob(kind))]
    pages += [max((site / one).glob("*.html"), key=lambda path: path.stat().st_size) for one in ALIKE]
    assert len(pages) > len(ALIKE) + 12
    context = browser.new_context(viewport=DESK, locale="en-US")
    page = context.new_page()
    wrong: dict[str, list[str]] = {}
    for path in pages:
        page.goto(path.as_uri())
        if found := on_a_desk(page) + elsewhere(page):
            wrong[str(path.relative_to(site))] = found
    context.close()
    assert wrong == {}

"""Takes the pictures of the README and of the guides from the running demo company: `make screenshots`.

Starts the product in a throw-away folder on a day that is always the same, with a clock that stands still, books a
clean as a customer would, signs in as everybody does, and photographs each step, so that the pictures show what the
code does today and nothing else. `python tools/screenshots.py guides` takes only those of the guides, in each language;
`compare` takes these into a folder of its own, says which look different, and exits 1 when any does.

Tolerance: 0.3 % of a picture's points may differ visibly, which is less than one changed word, button or line; what the
drawing of letters does between two machines stays below it.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image, ImageChops

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright  # noqa: E402
from tests.journeys.stage import CHROMIUM_FLAGS, find_chromium  # noqa: E402
from tests.journeys.story import book_a_clean, sign_in  # noqa: E402
from tests.product import SOURCE, RunningProduct, running_product  # noqa: E402

PICTURES = ROOT / "docs" / "images"
GUIDES = PICTURES / "guide"
LANGUAGES = ("en", "es")
MOMENT = datetime(2026, 3, 3, 15, 40, tzinfo=UTC)
"""A Tuesday morning in Baltimore, in the middle of the work."""
QUALITY = 82
TOLERANCE, VISIBLY = 0.003, 48
DESK, PHONE = (1200, 780), (390, 780)

_STANDS_STILL = """
import datetime, signal, sys, time_machine
if "worker" in sys.orig_argv:
    signal.pause()  # what it would find out about this machine is no part of the pictures
time_machine.travel(datetime.datetime.fromisoformat({moment!r}), tick=False).start()
"""


@dataclass(frozen=True)
class Picture:
    """One page as somebody of the demo company sees it."""

    name: str
    path: str
    who: str = ""
    size: tuple[int, int] = DESK


OF_GUIDES = (
    Picture("customer-home", "/"),
    Picture("customer-my", "/my/", "customer@example.com", PHONE),
    Picture("customer-trouble", "/my/trouble/", "customer@example.com", PHONE),
    Picture("customer-status", "/status/", size=PHONE),
    Picture("cleaner-day", "/field/", "cleaner@example.com", PHONE),
    Picture("cleaner-trouble", "/trouble/", "cleaner@example.com", PHONE),
    Picture("office-today", "/office/", "owner@example.com"),
    Picture("office-board", "/office/board/", "owner@example.com"),
    Picture("office-plans", "/office/plans/", "owner@example.com"),
    Picture("office-prices", "/office/prices/", "owner@example.com"),
    Picture("office-on-call", "/office/incidents/on-call/", "owner@example.com"),
    Picture("office-incidents", "/office/incidents/", "owner@example.com"),
    Picture("operator-urgency", "/office/incidents/urgency/", "owner@example.com"),
)


def main(what: str = "") -> None:
    """Will replace every picture, or only those of the guides; or compare these with what lies there."""
    if what == "compare":
        sys.exit(compare(GUIDES))
    with demo_company() as product, chromium() as browser:
        photograph_guides(browser, product, GUIDES)
        if what != "guides":
            photograph_booking(browser, product)
            photograph_office(browser, product)


def compare(kept: Path) -> int:
    """Will take the guides' pictures anew, and say how far each is from the one kept. Gives 1 when one is too far."""
    with tempfile.TemporaryDirectory() as folder:
        with demo_company() as product, chromium() as browser:
            photograph_guides(browser, product, Path(folder))
        apart = how_far_apart(Path(folder), kept)
    print({name: f"{share:.4%}" for name, share in apart.items()})
    too_far = [name for name, share in apart.items() if share > TOLERANCE]
    print(f"{', '.join(too_far)} look different" if too_far else f"{len(apart)} pictures look as they lie there")
    return 1 if too_far else 0


def how_far_apart(taken: Path, kept: Path) -> dict[str, float]:
    """The share of points that differ visibly, by picture; all of them where only one of the two folders has it."""
    names = sorted({str(path.relative_to(folder)) for folder in (taken, kept) for path in folder.rglob("*.webp")})
    return {name: share_that_differs(taken / name, kept / name) for name in names}


def share_that_differs(one: Path, other: Path) -> float:
    """Of the points of both pictures; all of them where they are not of one size, or one is not there."""
    if not (one.exists() and other.exists()):
        return 1.0
    with Image.open(one) as left, Image.open(other) as right:
        if left.size != right.size:
            return 1.0
        apart = ImageChops.difference(left.convert("L"), right.convert("L")).histogram()
        return float(sum(apart[VISIBLY:]) / (left.width * left.height))


@contextmanager
def demo_company() -> Iterator[RunningProduct]:
    """The product with the demo company on its day; every process of it believes that time stands still."""
    folder = Path(tempfile.mkdtemp(prefix="midway-pictures-"))
    folder.chmod(0o755)
    try:
        (folder / "clock").mkdir()
        (folder / "clock" / "sitecustomize.py").write_text(_STANDS_STILL.format(moment=MOMENT.isoformat()))
        path = f"{folder / 'clock'}{os.pathsep}{SOURCE}"
        with running_product(folder / "data", PYTHONPATH=path) as product:
            yield product
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser that draws alike each time."""
    with sync_playwright() as playwright:
        flags = [*CHROMIUM_FLAGS, "--font-render-hinting=none", "--force-color-profile=srgb"]
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=flags)
        yield browser
        browser.close()
    asyncio.set_event_loop(None)  # Playwright's is gone; leave none behind for tests that come after


def photograph_guides(browser: Browser, product: RunningProduct, folder: Path) -> None:
    """Will take every picture of the guides in every language, small enough to lie beside the words."""
    for language in LANGUAGES:
        (folder / language).mkdir(parents=True, exist_ok=True)
        for who in dict.fromkeys(one.who for one in OF_GUIDES):
            context = _context(browser, product, language)
            page = context.new_page()
            if who:
                sign_in(page, product.url, who)
            for one in OF_GUIDES:
                if one.who == who:
                    page.set_viewport_size({"width": one.size[0], "height": one.size[1]})
                    page.goto(f"{product.url}{one.path}", wait_until="networkidle")
                    keep_small(page, folder / language / f"{one.name}.webp")
            context.close()


def _context(browser: Browser, product: RunningProduct, language: str) -> BrowserContext:
    context = browser.new_context(
        locale=language, timezone_id="America/New_York", reduced_motion="reduce", color_scheme="light"
    )
    context.clock.set_fixed_time(MOMENT)
    context.add_cookies([{"name": "django_language", "value": language, "url": product.url}])
    return context


def keep_small(page: Page, path: Path) -> None:
    """Will keep what the window shows as WebP."""
    whole = path.with_suffix(".png")
    page.screenshot(path=whole, animations="disabled", caret="hide")
    with Image.open(whole) as drawn:
        drawn.convert("RGB").save(path, quality=QUALITY, method=6)
    whole.unlink()
    print(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def photograph_booking(browser: Browser, product: RunningProduct) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.clock.set_fixed_time(MOMENT)
    book_a_clean(page, product.url, on_step=lambda name: take(page, f"booking-{name}"))
    phone = browser.new_page(viewport={"width": 360, "height": 740})
    phone.goto(product.url)
    take(phone, "booking-phone")


def photograph_office(browser: Browser, product: RunningProduct) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.clock.set_fixed_time(MOMENT)
    sign_in(page, product.url, "dispatcher@example.com")
    for name, path in {
        "today": "/office/",
        "board": "/office/board/",
        "board-week": "/office/board/?view=week",
    }.items():
        page.goto(f"{product.url}{path}")
        take(page, f"office-{name}")


def take(page: Page, name: str) -> None:
    page.screenshot(path=PICTURES / f"{name}.png")
    print(f"docs/images/{name}.png")


if __name__ == "__main__":
    main(*sys.argv[1:2])

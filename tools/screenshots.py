"""Takes the README's pictures from the running demo company: `make screenshots`.

Starts the product in a throw-away folder, books a clean as a customer would, signs in as the dispatcher, and
photographs each step, so that the pictures show what the code does today.
"""

import shutil
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402
from tests.journeys.stage import CHROMIUM_FLAGS, find_chromium  # noqa: E402
from tests.journeys.story import book_a_clean, sign_in  # noqa: E402
from tests.product import RunningProduct, running_product  # noqa: E402

PICTURES = ROOT / "docs" / "images"


def main() -> None:
    """Will replace every picture."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="midway-pictures-"))
    folder.chmod(0o755)
    try:
        with running_product(folder / "data") as product, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
            photograph_booking(browser, product)
            photograph_office(browser, product)
            browser.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def photograph_booking(browser: Browser, product: RunningProduct) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    book_a_clean(page, product.url, on_step=lambda name: take(page, f"booking-{name}"))
    phone = browser.new_page(viewport={"width": 360, "height": 740})
    phone.goto(product.url)
    take(phone, "booking-phone")


def photograph_office(browser: Browser, product: RunningProduct) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
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
    main()

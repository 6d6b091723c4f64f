"""A stage for stories: the shared running product, its mail server, and a real browser."""

import asyncio
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.journeys.stage import CHROMIUM_FLAGS, find_chromium
from tests.shared_product import Mailbox


@pytest.fixture
def mailbox(product_mailbox: Mailbox) -> Mailbox:
    """Where the product's mail arrives."""
    return product_mailbox


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    chromium = find_chromium()
    if chromium is None:
        pytest.skip("No Chromium on this machine (apt-get install chromium): journeys were not exercised")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS)
        yield found
        found.close()
    # Playwright's loop is gone; leave none behind for the tests that come after.
    asyncio.set_event_loop(None)


@pytest.fixture
def desk(browser: Browser) -> Iterator[BrowserContext]:
    """A desktop browser of its own: no cookies of anybody else."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-US")
    yield context
    context.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[BrowserContext]:
    """A small phone."""
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, locale="en-US")
    yield context
    context.close()


@pytest.fixture
def page(desk: BrowserContext) -> Page:
    return desk.new_page()

"""A stage for stories: the running product with the demo company, a mail server, and a real browser."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from tests.journeys.stage import CHROMIUM_FLAGS, find_chromium
from tests.product import RunningProduct, free_port, running_product


@dataclass
class Mailbox:
    """A real SMTP server on loopback and what it was given."""

    port: int
    letters: "Queue[Message]" = field(default_factory=Queue)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.letters.put(message_from_bytes(envelope.content))
        return "250 Accepted"

    def next_letter_to(self, address: str) -> Message:
        """Will wait for the next letter to this address."""
        while True:
            letter = self.letters.get(timeout=60)
            if address in str(letter["To"]):
                return letter


@pytest.fixture(scope="session")
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox(port=free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()


@pytest.fixture(scope="session")
def product(mailbox: Mailbox) -> Iterator[RunningProduct]:
    """The product with the demo company, its mail going to the mailbox."""
    folder = Path(tempfile.mkdtemp(prefix="midway-journey-"))
    folder.chmod(0o755)
    try:
        with running_product(folder / "data", EMAIL_URL=f"smtp://127.0.0.1:{mailbox.port}") as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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

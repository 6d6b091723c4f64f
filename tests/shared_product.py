"""The running product with the demo company, started once for the stories and the crowds that only use it.

It takes a quarter of a minute to start and works on in the background: whoever needs one to kill or to stop starts
their own (`tests.product.running_product`).
"""

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
def product_mailbox() -> Iterator[Mailbox]:
    """Where the shared product's mail goes."""
    from aiosmtpd.controller import Controller

    box = Mailbox(port=free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()


@pytest.fixture(scope="session")
def product(product_mailbox: Mailbox) -> Iterator[RunningProduct]:
    """The shared product. Tests that ask for it run in one worker."""
    folder = Path(tempfile.mkdtemp(prefix="midway-shared-"))
    folder.chmod(0o755)
    try:
        with running_product(folder / "data", EMAIL_URL=f"smtp://127.0.0.1:{product_mailbox.port}") as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)  # before the groups are read
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Those that use the shared product run one after the other in one worker, so that it starts once."""
    for item in items:
        if "product" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("product"))

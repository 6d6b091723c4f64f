"""A stage of its own, and a mail server that really listens."""

import email
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from queue import Queue
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pytest_django import Settings
from tests.product import free_port

from midway.ops.stage import Stage, open_stage


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They run in one worker: Django is pointed at the stage meanwhile."""
    for item in items:
        if "ops/rehearsal/" in item.nodeid:
            item.add_marker(pytest.mark.xdist_group("stage"))


@dataclass
class Mailbox:
    """A real SMTP server on loopback and what it was given."""

    port: int
    letters: "Queue[Message]" = field(default_factory=Queue)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.letters.put(email.message_from_bytes(envelope.content))
        return "250 Accepted"

    def next_letter(self, about: str) -> Message:
        """Will wait for the next one about this; others are passed over."""
        while about not in str((letter := self.letters.get(timeout=90))["Subject"]):
            continue
        return letter

    def all_so_far(self) -> list[Message]:
        """What has arrived; sending waits for the server's answer, so nothing is still under way."""
        return [self.letters.get_nowait() for _ in range(self.letters.qsize())]


@pytest.fixture
def mail_server() -> Iterator[Mailbox]:
    """The server, for whoever is told its port."""
    box = Mailbox(port=free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    yield box
    controller.stop()


@pytest.fixture
def mailbox(mail_server: Mailbox, settings: Settings) -> Mailbox:
    """Django's mail goes there."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", mail_server.port, False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    return mail_server


@pytest.fixture
def stage(django_db_setup: None, django_db_blocker: Any) -> Iterator[Stage]:
    """Throw-away servers; Django looks at them and not at the test database."""
    with django_db_blocker.unblock(), open_stage() as made:
        assert made.postgres
        yield made

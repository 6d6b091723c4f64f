"""A real mail server on this machine that answers as told and keeps what it accepted."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings
from tests.cast import NOW

from midway.messaging.actions import enqueue_message
from midway.messaging.models import OutboxMessage

FACTS = {
    "name": "Dora",
    "service": "Deep clean",
    "service_es": "Limpieza a fondo",
    "start": "2026-11-24T09:00:00-05:00",
    "end": "2026-11-24T11:30:00-05:00",
    "zone": "America/New_York",
    "address": "1 Main St, 21201",
    "price_cents": 14250,
    "currency": "USD",
    "fee_cents": 0,
    "revision": 2,
    "manage_url": "http://127.0.0.1:8000/visits/abc",
    "branch": "Baltimore",
    "phone": "410-555-0100",
}


@dataclass
class MailServer:
    """What the server was given, and how it answers."""

    port: int
    answers: dict[str, str] = field(default_factory=dict)
    data_answer: str = "250 OK"
    accepted: list[bytes] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.answers.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.data_answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.accepted.append(envelope.content)
        return self.data_answer

    @property
    def letters(self) -> list[EmailMessage]:
        """What it accepted."""
        return [message_from_bytes(one, policy=policy.default) for one in self.accepted]  # type: ignore[misc]


@pytest.fixture
def mail_server(settings: Settings) -> Iterator[MailServer]:
    """The server, and Django pointed at it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = MailServer(port)
    controller = Controller(server, hostname="127.0.0.1", port=port)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    controller.start()
    yield server
    controller.stop()


def queue(to: str = "dora@example.com", template: str = "visit_confirmed", **changes: Any) -> OutboxMessage:
    """One message in the outbox."""
    key = str(uuid4())
    now: datetime = changes.pop("now", NOW)
    language = changes.pop("language", "en")
    facts = changes.pop("facts", {**FACTS, **changes})
    enqueue_message(key=key, template=template, to=to, language=language, subject_code=uuid4(), facts=facts, now=now)
    return OutboxMessage.objects.get(key=key)

"""Real workers killed with -9 between sending and noting it: a text message goes once, an e-mail's copy has its id."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings
from tests.messaging.conftest import FACTS, MailServer, queue
from tests.messaging.gateway import GatewayServer, gateway_server
from tests.product import free_port
from tests.runtime.test_worker import wait_until, worker

from midway.messaging.actions import tell
from midway.messaging.delivery import deliver_due
from midway.messaging.models import OutboxMessage
from midway.messaging.recipient import Channel, Recipient
from midway.runtime.clock import now

pytestmark = pytest.mark.django_db(transaction=True)
EACH = 3


@dataclass
class Hangman:
    """Kills the worker of the moment once, right after a server has taken its second message."""

    victim: int = 0
    killed: threading.Event = field(default_factory=threading.Event)

    def watch(self, taken: int) -> None:
        if taken == 2 and self.victim and not self.killed.is_set():
            os.kill(self.victim, signal.SIGKILL)
            self.killed.set()


@dataclass
class DeadlyMailServer(MailServer):
    hangman: Hangman = field(default_factory=Hangman)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = await super().handle_DATA(server, session, envelope)
        self.hangman.watch(len(self.accepted))
        return answer


@pytest.fixture
def mail() -> Iterator[DeadlyMailServer]:
    server = DeadlyMailServer(free_port())
    controller = Controller(server, hostname="127.0.0.1", port=server.port)
    controller.start()
    yield server
    controller.stop()


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[GatewayServer, Hangman]]:
    hangman = Hangman()
    with gateway_server() as running:
        plain: Callable[..., tuple[int, Any]] = running.answer

        def answer(method: str, path: str, form: dict[str, str], key: str) -> tuple[int, Any]:
            said = plain(method, path, form, key)
            hangman.watch(len(running.taken) if method == "POST" else 0)
            return said

        monkeypatch.setattr(running, "answer", answer)
        yield running, hangman


def waiting() -> Any:
    return OutboxMessage.objects.filter(state="waiting")


def text_to(phone: str) -> None:
    recipient = Recipient(email="dora@example.com", language="en", phone=phone, channel=Channel.SMS)
    tell(key=phone, template="visit_moved", recipient=recipient, subject_code=uuid4(), facts=FACTS, now=now())


@pytest.mark.slow
def test_killed_workers_send_no_text_message_twice_and_only_the_e_mail_in_their_hands(
    mail: DeadlyMailServer, gateway: tuple[GatewayServer, Hangman], tmp_path: Path, settings: Settings
) -> None:
    texts, at_the_gateway = gateway
    environ = {"EMAIL_URL": f"smtp://127.0.0.1:{mail.port}", "SMS_URL": texts.url}
    for number in range(EACH):
        queue(to=f"guest{number}@example.com", now=now())
        text_to(f"+1410555010{number}")

    for hangman in (mail.hangman, at_the_gateway):
        with worker(tmp_path, **environ) as child:
            hangman.victim = child.pid
            assert child.wait(timeout=60) == -signal.SIGKILL
        assert hangman.killed.is_set()
    # What the first left behind the second has sent; what the second left behind is sent here.
    settings.SMS_URL = texts.url
    wait_until(lambda: deliver_due(clock=now) >= 0 and not waiting().exists(), "the rest")
    assert OutboxMessage.objects.filter(state="sent").count() == 2 * EACH

    assert Counter(sms["to"] for sms in texts.taken) == {f"+1410555010{number}": 1 for number in range(EACH)}
    copies = Counter(letter["Message-ID"] for letter in mail.letters)
    assert sorted(copies.values()) == [1, 1, 2]
    in_its_hands = mail.letters[1]
    assert copies[in_its_hands["Message-ID"]] == 2
    assert len({letter["To"] for letter in mail.letters}) == EACH
    by_number = {message.to: message.gateway_code for message in OutboxMessage.objects.filter(channel="sms")}
    assert by_number == {sms["to"]: sms["sid"] for sms in texts.taken}

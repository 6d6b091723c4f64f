import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from pytest_django import Settings
from tests.cast import NOW
from tests.messaging.conftest import MailServer, queue

from midway.messaging.actions import enqueue_message
from midway.messaging.delivery import deliver_due
from midway.messaging.models import OutboxMessage

pytestmark = pytest.mark.django_db


def deliver(after: timedelta = timedelta(0)) -> int:
    return deliver_due(clock=lambda: NOW + after)


def test_accepted_message_is_sent_once(mail_server: MailServer) -> None:
    message = queue()
    assert deliver() == 1
    assert deliver(timedelta(days=1)) == 0
    message.refresh_from_db()
    assert (message.state, message.sent_at, message.attempts) == ("sent", NOW, 1)
    (letter,) = mail_server.letters
    assert letter["To"] == "dora@example.com"
    assert letter["Message-ID"] == f"<{message.code}@127.0.0.1>"


def test_message_for_later_waits(mail_server: MailServer) -> None:
    queue(now=NOW + timedelta(hours=1))
    assert deliver() == 0
    assert deliver(timedelta(hours=1)) == 1


def test_refused_for_now_is_tried_again_later_and_later(mail_server: MailServer) -> None:
    mail_server.answers["dora@example.com"] = "451 Try again later"
    message = queue()
    waits = []
    at = timedelta(0)
    for _ in range(8):
        assert deliver(at) == 0
        message.refresh_from_db()
        waits.append(message.next_try_at - (NOW + at))
        at = message.next_try_at - NOW
    assert message.state == "waiting"
    assert "451 Try again later" in message.last_error
    assert waits[:3] == [timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=2)]
    assert waits[-1] == timedelta(minutes=15)
    mail_server.answers.clear()
    assert deliver(at) == 1
    assert len(mail_server.accepted) == 1


def test_refused_for_good_is_not_tried_again_and_says_why(mail_server: MailServer) -> None:
    mail_server.answers["dora@example.com"] = "550 No such mailbox"
    message = queue()
    deliver()
    message.refresh_from_db()
    assert (message.state, message.sent_at) == ("failed", None)
    assert message.last_error == "550 No such mailbox"
    mail_server.answers.clear()
    assert deliver(timedelta(days=1)) == 0


@pytest.mark.parametrize(("answer", "state"), [("552 Too large", "failed"), ("452 Disk full", "waiting")])
def test_refusal_after_the_text_counts_too(mail_server: MailServer, answer: str, state: str) -> None:
    mail_server.data_answer = answer
    message = queue()
    assert deliver() == 0
    message.refresh_from_db()
    assert (message.state, message.sent_at) == (state, None)


def test_one_refused_recipient_does_not_hold_up_the_others(mail_server: MailServer) -> None:
    mail_server.answers["bad@example.com"] = "550 No such mailbox"
    for to in ("a@example.com", "bad@example.com", "b@example.com"):
        queue(to=to)
    assert deliver() == 2
    assert [letter["To"] for letter in mail_server.letters] == ["a@example.com", "b@example.com"]


def test_message_that_cannot_be_written_fails_alone(mail_server: MailServer) -> None:
    broken = queue(template="no_such_template")
    queue()
    assert deliver() == 1
    broken.refresh_from_db()
    assert broken.state == "parked"
    assert "no_such_template" in broken.last_error


def test_unreachable_server_puts_everything_off_and_says_so(mail_server: MailServer, settings: Settings) -> None:
    settings.EMAIL_PORT = 1  # nobody listens there
    message = queue()
    assert deliver() == 0
    message.refresh_from_db()
    assert message.state == "waiting"
    assert "refused" in message.last_error.lower()
    assert message.next_try_at == NOW + timedelta(seconds=30)
    settings.EMAIL_PORT = mail_server.port
    assert deliver(timedelta(seconds=30)) == 1


def test_is_given_up_after_three_days(mail_server: MailServer) -> None:
    mail_server.answers["dora@example.com"] = "451 Try again later"
    message = queue()
    deliver(timedelta(days=3))
    message.refresh_from_db()
    assert message.state == "failed"


def test_key_to_an_account_is_forgotten_once_sent(mail_server: MailServer) -> None:
    message = queue(template="sign_in_mail", facts={"subject": "New password", "body": "Open https://x/key/secret"})
    deliver()
    message.refresh_from_db()
    assert message.facts == {}
    assert "secret" in mail_server.letters[0].get_content()


def test_same_key_is_queued_once(db: None) -> None:
    for _ in range(2):
        enqueue_message(
            key="k",
            template="visit_confirmed",
            to="a@example.com",
            language="en",
            subject_code=uuid4(),
            facts={},
            now=NOW,
        )
    assert OutboxMessage.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_message_being_sent_by_one_worker_is_not_sent_by_another(mail_server: MailServer) -> None:
    queue(to="a@example.com")
    queue(to="b@example.com")
    sent_by_other: list[int] = []

    def other_worker() -> None:
        sent_by_other.append(deliver())
        connection.close()

    with transaction.atomic():
        held = OutboxMessage.objects.due(NOW).select_for_update().first()
        assert held is not None
        thread = threading.Thread(target=other_worker)
        thread.start()
        thread.join(timeout=30)
    assert sent_by_other == [1]
    assert [letter["To"] for letter in mail_server.letters] == ["b@example.com"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_everything_once(mail_server: MailServer) -> None:
    for number in range(20):
        queue(to=f"guest{number}@example.com")

    def work() -> None:
        deliver()
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    recipients = [letter["To"] for letter in mail_server.letters]
    assert sorted(recipients) == sorted(f"guest{number}@example.com" for number in range(20))

"""What the office does with a message that did not arrive: sends it again, or says that it is taken care of."""

from datetime import timedelta
from uuid import uuid4

import pytest
from tests.cast import NOW
from tests.messaging.conftest import MailServer, queue

from midway.core.actor import Actor, ActorKind
from midway.journal.models import Entry
from midway.messaging.actions import resend_message, settle_message
from midway.messaging.actions.look_after import CannotBeSentAgain, MessageNotFound, StillOnItsWay
from midway.messaging.delivery import deliver_due
from midway.messaging.models import OutboxMessage
from midway.messaging.queries import undeliverable_messages

pytestmark = pytest.mark.django_db
DAN = Actor(kind=ActorKind.USER, label="Dan")
LATER = NOW + timedelta(hours=1)


def failed(state: str = "failed", template: str = "visit_moved") -> OutboxMessage:
    message = queue(to="gone@example.com", template=template)
    message.state, message.last_error = state, "550 No such mailbox"
    message.save()
    return message


def waiting_for_somebody() -> int:
    return undeliverable_messages(limit=5).count


@pytest.mark.parametrize("state", ["failed", "parked"])
def test_what_did_not_arrive_needs_somebody_until_it_is_settled(state: str) -> None:
    message = failed(state)
    assert (waiting_for_somebody(), undeliverable_messages(limit=5).latest) == (1, [message])
    settle_message(message=message.code, by=DAN, now=LATER)
    message.refresh_from_db()
    assert (waiting_for_somebody(), message.settled_at, message.settled_by) == (0, LATER, "Dan")
    assert message.state == state


def test_settling_twice_is_written_down_once() -> None:
    message = failed()
    for hour in (1, 2):
        settle_message(message=message.code, by=DAN, now=NOW + timedelta(hours=hour))
    message.refresh_from_db()
    assert message.settled_at == LATER
    assert Entry.objects.filter(event="messaging.message.settled", subject=message.subject_code).count() == 1


@pytest.mark.parametrize("state", ["failed", "parked"])
def test_sent_again_to_another_address_it_needs_nobody(mail_server: MailServer, state: str) -> None:
    message = failed(state)
    again = resend_message(message=message.code, to=" dora@example.com ", by=DAN, now=LATER)
    assert waiting_for_somebody() == 0
    assert deliver_due(clock=lambda: LATER) == 1
    (letter,) = mail_server.letters
    assert letter["To"] == "dora@example.com"
    again.refresh_from_db()
    message.refresh_from_db()
    assert (again.state, message.state, message.settled_by) == ("sent", state, "Dan")
    assert (again.facts, again.subject_code) == (message.facts, message.subject_code)


def test_without_an_address_it_goes_where_it_went() -> None:
    assert resend_message(message=failed().code, by=DAN, now=LATER).to == "gone@example.com"


def test_what_arrived_can_be_sent_once_more_and_is_not_settled(mail_server: MailServer) -> None:
    message = queue()
    deliver_due(clock=lambda: NOW)
    resend_message(message=message.code, by=DAN, now=LATER)
    assert deliver_due(clock=lambda: LATER) == 1
    message.refresh_from_db()
    assert (message.state, message.settled_at, len(mail_server.letters)) == ("sent", None, 2)


def test_failing_again_needs_somebody_again() -> None:
    again = resend_message(message=failed().code, by=DAN, now=LATER)
    OutboxMessage.objects.filter(pk=again.pk).update(state="failed")
    assert waiting_for_somebody() == 1


def test_a_key_to_an_account_is_not_sent_again() -> None:
    message = failed(template="sign_in_link")
    with pytest.raises(CannotBeSentAgain):
        resend_message(message=message.code, by=DAN, now=LATER)
    assert waiting_for_somebody() == 1


def test_what_is_on_its_way_is_not_doubled() -> None:
    message = queue()
    with pytest.raises(StillOnItsWay):
        resend_message(message=message.code, by=DAN, now=LATER)
    assert OutboxMessage.objects.count() == 1


def test_an_unknown_message_is_not_found() -> None:
    with pytest.raises(MessageNotFound):
        settle_message(message=uuid4(), by=DAN, now=LATER)
    with pytest.raises(MessageNotFound):
        resend_message(message=uuid4(), by=DAN, now=LATER)


def test_the_journal_names_both() -> None:
    message = failed()
    again = resend_message(message=message.code, by=DAN, now=LATER)
    entry = Entry.objects.get(event="messaging.message.resent")
    assert (entry.subject, entry.actor_label) == (message.subject_code, "Dan")
    assert entry.facts == {"message": str(message.code), "again": str(again.code), "template": "visit_moved"}

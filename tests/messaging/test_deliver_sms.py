"""Text messages leave once, by day, and what the gateway is not sure of is asked before it is sent again."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from pytest_django import Settings
from tests.cast import NOW, TODAY, at
from tests.messaging.conftest import FACTS, MailServer
from tests.messaging.gateway import GatewayServer, gateway_server

from midway.core.quiet import Quiet
from midway.messaging.actions import tell
from midway.messaging.delivery import deliver_due
from midway.messaging.models import OutboxMessage
from midway.messaging.recipient import Channel, Recipient
from midway.runtime.clock import now as clock_now

pytestmark = pytest.mark.django_db
NIGHT = Quiet(time(21), time(8))
DORA = Recipient(
    email="dora@example.com",
    language="en",
    phone="+14105550120",
    channel=Channel.SMS,
    zone="America/New_York",
    quiet=NIGHT,
)


@pytest.fixture
def gateway(settings: Settings) -> Iterator[GatewayServer]:
    with gateway_server() as running:
        settings.SMS_URL = running.url
        yield running


def text(now: datetime = NOW, recipient: Recipient = DORA, template: str = "visit_confirmed") -> OutboxMessage:
    key = str(uuid4())
    tell(key=key, template=template, recipient=recipient, subject_code=uuid4(), facts=FACTS, now=now)
    return OutboxMessage.objects.get(key=f"{key}:sms")


@pytest.mark.parametrize(
    ("clock", "at_latest", "leaves"),
    [
        ("06:30", "07:30", "06:30"),  # quiet until eight would be after they expected us
        ("06:30", "08:00", "06:30"),
        ("06:30", "08:15", "08:00"),
        ("06:30", "06:00", "08:00"),  # too late already: no reason to wake anybody
        ("06:30", None, "08:00"),
        ("09:00", "09:30", "09:00"),
    ],
)
def test_what_would_come_too_late_after_the_night_is_not_kept_for_its_end(
    gateway: GatewayServer, clock: str, at_latest: str | None, leaves: str
) -> None:
    now, key = at(clock), str(uuid4())
    latest = at(at_latest) if at_latest else None
    tell(
        key=key, template="visit_moved", recipient=DORA, subject_code=uuid4(), facts=FACTS, now=now, at_latest=latest
    )  # fmt: skip

    assert OutboxMessage.objects.get().next_try_at == at(leaves)
    assert deliver(now) == (leaves == clock)
    assert deliver(at(leaves)) == (leaves != clock)


def deliver(at_moment: datetime = NOW) -> int:
    return deliver_due(clock=lambda: at_moment)


def test_it_is_one_line_in_the_reader_s_language(gateway: GatewayServer) -> None:
    message = text()
    assert deliver() == 1
    assert deliver() == 0
    message.refresh_from_db()
    (taken,) = gateway.taken
    assert taken["body"] == (
        "Baltimore: booked, Deep clean on Tuesday 24 November, 9:00-11:30. See, move or cancel:"
        " http://127.0.0.1:8000/visits/abc"
    )
    assert (message.state, message.gateway_code, message.wording) == ("sent", taken["sid"], taken["body"])
    assert taken["callback"].endswith(f"/api/hooks/sms/status/{message.code}")


def test_nothing_arrives_at_night_but_at_its_end(gateway: GatewayServer) -> None:
    message = text(now=at("22:30"))
    morning = at("08:00", on=TODAY + timedelta(days=1))
    assert message.next_try_at == morning
    assert [deliver(at("22:30")), deliver(morning - timedelta(seconds=1)), deliver(morning)] == [0, 0, 1]


def test_a_retry_that_falls_into_the_night_waits_too(gateway: GatewayServer) -> None:
    evening = at("20:59")
    message = text(now=evening)
    gateway.is_away = True
    assert deliver(evening) == 0
    gateway.is_away = False
    later = at("21:05")
    assert deliver(later) == 0
    message.refresh_from_db()
    assert message.next_try_at == at("08:00", on=TODAY + timedelta(days=1))
    assert message.attempts == 1


def test_email_knows_no_night(gateway: GatewayServer, mail_server: MailServer) -> None:
    both = Recipient(**{**vars(DORA), "channel": Channel.BOTH})
    text(now=at("22:30"), recipient=both)
    assert deliver(at("22:30")) == 1
    assert len(mail_server.letters) == 1
    assert gateway.taken == []


def test_a_refused_number_is_not_tried_again(gateway: GatewayServer) -> None:
    gateway.refuses[DORA.phone] = "21610 Attempt to send to unsubscribed recipient"
    message = text()
    deliver()
    message.refresh_from_db()
    assert (message.state, message.last_error) == ("failed", "21610 Attempt to send to unsubscribed recipient")


def test_taken_but_not_answered_is_sent_once(gateway: GatewayServer) -> None:
    moment = clock_now()
    wide_awake = Recipient(**{**vars(DORA), "quiet": None})
    message = text(now=moment, recipient=wide_awake)
    gateway.dies_after_taking = True
    assert deliver(moment) == 0
    gateway.dies_after_taking = False
    message.refresh_from_db()
    assert message.state == "waiting"
    assert deliver(message.next_try_at) == 1
    message.refresh_from_db()
    assert (len(gateway.taken), message.gateway_code) == (1, gateway.taken[0]["sid"])


def test_a_first_attempt_asks_nothing(gateway: GatewayServer) -> None:
    text()
    deliver()
    assert gateway.asked == 0


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_between_sending_and_noting_it_sends_once(gateway: GatewayServer) -> None:
    moment = clock_now()
    message = text(now=moment, recipient=Recipient(**{**vars(DORA), "quiet": None}))

    class KilledError(BaseException):
        """What kill -9 leaves behind: the transaction is gone, what the gateway took is not."""

    def dies_when_noting() -> datetime:
        if gateway.taken:
            raise KilledError
        return moment

    with pytest.raises(KilledError):
        deliver_due(clock=dies_when_noting)
    message.refresh_from_db()
    assert (message.state, len(gateway.taken)) == ("waiting", 1)
    assert deliver(moment) == 1
    assert len(gateway.taken) == 1


def test_what_was_rolled_back_is_not_sent(gateway: GatewayServer) -> None:
    with transaction.atomic():
        text()
        transaction.set_rollback(True)
    assert deliver() == 0
    assert gateway.taken == []

"""Webhooks: queued with the journal, signed, tried again, given up on, replayed, never into our own network."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings
from tests.cast import NOW
from tests.messaging.gateway import serving

from midway.core.actor import SYSTEM
from midway.journal.actions import record
from midway.journal.models import Entry
from midway.messaging.actions import AddressRefused, register_endpoint, replay_delivery, switch_endpoint
from midway.messaging.actions.webhooks import DeliveryNotFound, EndpointNotFound
from midway.messaging.models import WebhookDelivery, WebhookEndpoint
from midway.messaging.webhooks import deliver_webhooks
from midway.runtime.outgoing import AddressNotAllowed, CallFailed, call, check_public

pytestmark = pytest.mark.django_db


@dataclass
class Listener:
    """Somebody's program: what it heard, and how it answers."""

    url: str = ""
    status: int = 200
    location: str = ""
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[Listener]:
    told = Listener()

    class Talk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(told.status)
            if told.location:
                self.send_header("Location", told.location)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"no")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Says nothing."""

    with serving(Talk) as port:
        told.url = f"http://127.0.0.1:{port}/heard?from=midway"
        yield told


@pytest.fixture
def listener(settings: Settings) -> Iterator[Listener]:
    settings.WEBHOOKS_TO_PRIVATE = True
    with listening() as told:
        yield told


def register(url: str, *events: str) -> tuple[WebhookEndpoint, str]:
    return register_endpoint(url=url, events=events or ("booking.*",), by=SYSTEM, now=NOW)


def happen(event: str = "booking.visit.booked", at: datetime = NOW) -> Entry:
    subject = uuid4()
    record(event=event, subject=subject, by=SYSTEM, at=at, facts={"price_cents": 9900})
    return Entry.objects.get(subject=subject)


def deliver(after: timedelta = timedelta(0)) -> int:
    return deliver_webhooks(clock=lambda: NOW + after)


def test_it_is_told_what_happened_and_can_tell_that_it_was_us(listener: Listener) -> None:
    _endpoint, secret = register(listener.url)
    entry = happen()
    assert deliver() == 1
    ((headers, body),) = listener.heard
    assert json.loads(body) == {
        "type": "booking.visit.booked",
        "timestamp": entry.at.isoformat(),
        "data": {"subject": str(entry.subject), "by": "system", "facts": {"price_cents": 9900}},
    }
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == expected
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert deliver(timedelta(days=1)) == 0


def test_the_secret_is_not_readable_in_the_database(listener: Listener) -> None:
    _endpoint, secret = register(listener.url)
    assert secret.removeprefix("whsec_") not in WebhookEndpoint.objects.get().secret


@pytest.mark.parametrize(
    ("wanted", "event", "is_told"),
    [
        (("booking.visit.booked",), "booking.visit.booked", True),
        (("booking.visit.booked",), "booking.visit.cancelled", False),
        (("booking.*",), "booking.visit.cancelled", True),
        (("booking.*",), "customers.customer.changed", False),
        (("*",), "customers.customer.changed", True),
        (("booking.*", "*"), "booking.visit.booked", True),
    ],
)
def test_it_is_told_of_what_it_asked_for_once(
    listener: Listener, wanted: tuple[str, ...], event: str, is_told: bool
) -> None:
    register(listener.url, *wanted)
    WebhookDelivery.objects.all().delete()  # "*" hears of its own registration
    happen(event)
    assert WebhookDelivery.objects.count() == is_told


def test_what_is_rolled_back_is_not_told(listener: Listener) -> None:
    register(listener.url)
    with transaction.atomic():
        happen()
        transaction.set_rollback(True)
    assert deliver() == 0
    assert listener.heard == []


def test_one_event_is_queued_once(listener: Listener) -> None:
    endpoint, _secret = register(listener.url)
    entry = happen()
    with pytest.raises(IntegrityError, match="one_delivery"), transaction.atomic():
        WebhookDelivery.objects.create(endpoint=endpoint, entry=entry, next_try_at=NOW, created_at=NOW)


def test_it_is_tried_again_later_and_later_with_the_same_id(listener: Listener) -> None:
    register(listener.url)
    happen()
    listener.status = 500
    at, waits = timedelta(0), []
    for _ in range(4):
        assert deliver(at) == 1
        delivery = WebhookDelivery.objects.get()
        waits.append(delivery.next_try_at - NOW - at)
        at = delivery.next_try_at - NOW
    assert waits == [timedelta(seconds=seconds) for seconds in (5, 20, 80, 320)]
    assert (delivery.status, delivery.last_error) == (500, "answered 500: no")
    listener.status = 204
    assert deliver(at) == 1
    assert WebhookDelivery.objects.get().state == "delivered"
    assert len({headers["webhook-id"] for headers, _ in listener.heard}) == 1
    assert WebhookEndpoint.objects.get().failing_since_at is None


def test_one_that_is_away_is_left_alone_and_the_others_are_told(listener: Listener) -> None:
    away, _ = register("http://127.0.0.1:1/nobody")
    register(listener.url)
    for _ in range(3):
        happen()
    assert deliver() == 1 + 3
    assert len(listener.heard) == 3
    away.refresh_from_db()
    assert away.failures == 1
    assert away.retry_at == NOW + timedelta(seconds=5)


def test_after_three_days_it_is_switched_off_and_the_journal_says_so(listener: Listener) -> None:
    endpoint, _ = register(listener.url)
    listener.status = 503
    happen()
    deliver()
    deliver(timedelta(days=3))
    endpoint.refresh_from_db()
    assert (endpoint.active, endpoint.switched_off_at) == (False, NOW + timedelta(days=3))
    assert Entry.objects.filter(event="messaging.endpoint.given_up", subject=endpoint.code).exists()
    assert WebhookDelivery.objects.first().state == "failed"  # type: ignore[union-attr]
    before = len(listener.heard)
    assert deliver(timedelta(days=4)) == 0
    assert len(listener.heard) == before
    happen()
    assert deliver(timedelta(days=4)) == 0


def test_switched_on_again_it_gets_what_waited(listener: Listener) -> None:
    endpoint, _ = register(listener.url)
    happen()
    switch_endpoint(endpoint=endpoint.code, is_on=False, by=SYSTEM, now=NOW)
    assert deliver() == 0
    switch_endpoint(endpoint=endpoint.code, is_on=True, by=SYSTEM, now=NOW)
    assert deliver() == 1


def test_what_is_not_there_is_neither_switched_nor_sent_again(db: None) -> None:
    with pytest.raises(EndpointNotFound):
        switch_endpoint(endpoint=uuid4(), is_on=True, by=SYSTEM, now=NOW)
    with pytest.raises(DeliveryNotFound):
        replay_delivery(delivery=0, by=SYSTEM, now=NOW)
    assert not Entry.objects.exists()


def test_gone_switches_off_at_once(listener: Listener) -> None:
    endpoint, _ = register(listener.url)
    listener.status = 410
    happen()
    deliver()
    endpoint.refresh_from_db()
    assert not endpoint.active


def test_a_delivery_can_be_replayed(listener: Listener) -> None:
    register(listener.url)
    happen()
    deliver()
    replay_delivery(delivery=WebhookDelivery.objects.get().pk, by=SYSTEM, now=NOW + timedelta(days=9))
    assert deliver(timedelta(days=9)) == 1
    assert listener.heard[0][0]["webhook-id"] == listener.heard[1][0]["webhook-id"]


def test_redirects_are_not_followed(listener: Listener) -> None:
    register(listener.url)
    happen()
    with listening() as elsewhere:
        listener.status, listener.location = 302, elsewhere.url
        deliver()
        assert elsewhere.heard == []
    assert WebhookDelivery.objects.get().last_error == "answered 302: no"


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://10.1.2.3/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://[64:ff9b::a00:1]/x",
        "https://[fd00::1]/x",
        "https://0.0.0.0/x",
        "https://100.64.0.1/x",
        "https://2130706433/x",
        "http://203.0.113.5/x",
        "ftp://example.com/x",
        "https:///x",
    ],
)
def test_addresses_of_our_own_network_are_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        register(url)


def test_an_address_that_became_private_is_refused_at_delivery(listener: Listener, settings: Settings) -> None:
    register(listener.url)
    happen()
    settings.WEBHOOKS_TO_PRIVATE = False
    deliver()
    assert listener.heard == []
    assert "not on the public internet" in WebhookDelivery.objects.get().last_error


def test_public_addresses_are_allowed() -> None:
    check_public("8.8.8.8", 443)
    check_public("2001:4860:4860::8888", 443)
    with pytest.raises(AddressNotAllowed):
        check_public("192.168.1.1", 443)


def test_what_is_no_web_address_or_no_http_is_a_failed_call() -> None:
    with pytest.raises(CallFailed):
        call("GET", "gopher://example.com/", body=None, headers={}, seconds=1)
    with pytest.raises(CallFailed):
        call("GET", "http://127.0.0.1:1/", body=None, headers={}, seconds=1, may_be_private=True)

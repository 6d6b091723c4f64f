"""Programs that are told, in the office: the owner registers one, reads what it was told, and tells it again."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import NOW, Cast

from midway.core.actor import SYSTEM
from midway.journal.actions import record
from midway.messaging.models import WebhookDelivery, WebhookEndpoint

FORM: dict[str, Any] = {"url": "https://hooks.invalid/midway", "parts": ["booking.*"], "single": ""}


def register(client: Client, **changes: Any) -> Any:
    return client.post(reverse("office:webhook_registration"), FORM | changes)


@pytest.fixture
def endpoint(cast: Cast, olga: Client) -> WebhookEndpoint:
    register(olga)
    return WebhookEndpoint.objects.get()


def happen(**fields: Any) -> WebhookDelivery:
    record(event="booking.visit.booked", subject=uuid4(), by=SYSTEM, at=NOW, facts={"note": "<b>"})
    found = WebhookDelivery.objects.order_by("-id")[:1].get()
    WebhookDelivery.objects.filter(pk=found.pk).update(**fields)
    return found


def page_of(client: Client, endpoint: WebhookEndpoint) -> str:
    return client.get(reverse("office:webhook", args=[endpoint.code])).content.decode()


def test_the_secret_is_shown_once(cast: Cast, olga: Client) -> None:
    answer = register(olga, single="crew.absence.recorded, booking.*")
    page = answer.content.decode()
    assert answer.status_code == 201
    assert "whsec_" in page
    assert "no-store" in answer["Cache-Control"]
    endpoint = WebhookEndpoint.objects.get()
    assert endpoint.events == ["booking.*", "crew.absence.recorded"]
    assert endpoint.created_by == "Olga"
    assert "whsec_" not in page_of(olga, endpoint)
    assert "hooks.invalid" in olga.get(reverse("office:webhooks")).content.decode()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"url": "http://hooks.invalid/"}, "must be https"),
        ({"url": "https://127.0.0.1/"}, "must be https and lie on the public internet"),
        ({"url": "https://169.254.169.254/latest"}, "must be https and lie on the public internet"),
        ({"url": "nonsense"}, "Enter a valid URL"),
        ({"parts": []}, "Tick what the program wants to hear"),
        ({"single": "Booking"}, "no names of events: Booking"),
        ({"single": "booking.visit"}, "no names of events: booking.visit"),
        ({"parts": ["everything"]}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_told_is_refused_beside_its_field(
    cast: Cast, olga: Client, changes: dict[str, Any], problem: str
) -> None:
    answer = register(olga, **changes)
    assert answer.status_code == 422
    assert problem in answer.content.decode()
    assert not WebhookEndpoint.objects.exists()


def test_the_log_shows_what_it_was_told_and_how_it_answered(endpoint: WebhookEndpoint, olga: Client) -> None:
    happen(state="failed", status=500, last_error="answered 500: no", attempts=9)
    page = page_of(olga, endpoint)
    for said in ("booking.visit.booked", "Monday 2 March, 9:00", "answered 500: no", "9 attempts", "Given up"):
        assert said in page
    assert "&lt;b&gt;" in page
    assert "1 failed" in olga.get(reverse("office:webhooks")).content.decode()


@pytest.mark.parametrize("state", ["failed", "delivered"])
def test_it_can_be_told_again(endpoint: WebhookEndpoint, olga: Client, state: str) -> None:
    delivery = happen(state=state, next_try_at=NOW - timedelta(days=9))
    olga.post(reverse("office:replay", args=[endpoint.code, delivery.pk]))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.next_try_at) == ("waiting", NOW)


def test_another_programs_delivery_is_not_found(endpoint: WebhookEndpoint, olga: Client) -> None:
    delivery = happen(state="failed")
    register(olga, url="https://other.invalid/")
    other = WebhookEndpoint.objects.latest("id")
    assert olga.post(reverse("office:replay", args=[other.code, delivery.pk])).status_code == 404
    assert olga.get(reverse("office:webhook", args=[uuid4()])).status_code == 404
    assert olga.post(reverse("office:webhook_switch", args=[uuid4()])).status_code == 404


def test_it_is_switched_off_and_on(endpoint: WebhookEndpoint, olga: Client) -> None:
    switch = reverse("office:webhook_switch", args=[endpoint.code])
    olga.post(switch, {"to": "off"})
    endpoint.refresh_from_db()
    assert not endpoint.active
    assert "What happens while it is off is not kept for it." in page_of(olga, endpoint)
    olga.post(switch, {"to": "on"})
    endpoint.refresh_from_db()
    assert endpoint.active


def test_today_tells_the_owner_of_one_that_was_given_up(endpoint: WebhookEndpoint, olga: Client, dan: Client) -> None:
    WebhookEndpoint.objects.update(active=False, switched_off_at=NOW)
    today = reverse("office:today")
    assert "A program is not told any more" in olga.get(today).content.decode()
    assert "A program is not told any more" not in dan.get(today).content.decode()
    olga.post(reverse("office:webhook_switch", args=[endpoint.code]), {"to": "on"})
    assert "All is well" in olga.get(today).content.decode()


def test_the_owner_alone_sees_and_changes_them(
    endpoint: WebhookEndpoint, dan: Client, sue: Client, outsiders: list[Client], visitor: Client
) -> None:
    delivery = happen(state="failed")
    others = (dan, sue, *outsiders)
    reads = [reverse("office:webhooks"), reverse("office:webhook", args=[endpoint.code])]
    deeds = [
        reverse("office:webhook_registration"),
        reverse("office:webhook_switch", args=[endpoint.code]),
        reverse("office:replay", args=[endpoint.code, delivery.pk]),
    ]
    assert {client.get(address).status_code for client in others for address in reads} == {403}
    assert {client.post(address, FORM).status_code for client in others for address in deeds} == {403}
    assert {visitor.post(address).status_code for address in deeds} == {302}
    delivery.refresh_from_db()
    endpoint.refresh_from_db()
    assert (WebhookEndpoint.objects.count(), endpoint.active, delivery.state) == (1, True, "failed")

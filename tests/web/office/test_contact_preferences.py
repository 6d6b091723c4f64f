"""The office keeps how a customer wants to hear from us."""

from datetime import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import NOW, Cast

from midway.customers.actions import record_sms_reply
from midway.journal.models import Entry

WANTED: dict[str, Any] = {
    "channel": "both",
    "quiet_starts": "20:30",
    "quiet_ends": "09:00",
    "zone": "Europe/Paris",
    "has_reminders": "on",
}


def keep(client: Client, cast: Cast, **changes: Any) -> Any:
    return client.post(reverse("office:contact_preferences", args=[cast.dora.code]), WANTED | changes)


def test_they_are_kept_with_the_language_untouched(cast: Cast, sue: Client) -> None:
    cast.dora.language = "es"
    cast.dora.save()
    assert keep(sue, cast).status_code == 302
    cast.dora.refresh_from_db()
    dora = cast.dora
    assert (dora.channel, dora.quiet_starts, dora.quiet_ends) == ("both", time(20, 30), time(9))
    assert (dora.zone, dora.has_reminders, dora.is_asked_for_rating) == ("Europe/Paris", True, False)
    assert dora.language == "es"
    page = sue.get(reverse("office:customer", args=[dora.code])).content.decode()
    assert 'value="20:30"' in page
    assert "Dora: hears from us another way" in sue.get(reverse("office:today")).content.decode()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"zone": "Baltimore"}, "not a time zone we know"),
        ({"channel": "pigeon"}, "Select a valid choice"),
        ({"quiet_starts": "25:00"}, "Enter a valid time"),
        ({"quiet_ends": ""}, "This field is required"),
    ],
)
def test_nonsense_is_refused_and_stays_as_typed(cast: Cast, dan: Client, changes: dict[str, str], problem: str) -> None:
    answer = keep(dan, cast, **changes)
    assert answer.status_code == 422
    assert problem in answer.content.decode()
    assert "Europe/Paris" in answer.content.decode() or "zone" in changes
    assert not Entry.objects.exists()


def test_keeping_something_else_does_not_take_back_a_stop(cast: Cast, dan: Client) -> None:
    keep(dan, cast, channel="sms")
    record_sms_reply(gateway_code="SM1", phone="+14105550120", text="STOP", now=NOW)
    page = dan.get(reverse("office:customer", args=[cast.dora.code])).content.decode()
    assert "They answered STOP" in page
    assert '<option value="email" selected>' in page
    keep(dan, cast, channel="email", quiet_ends="10:00")
    cast.dora.refresh_from_db()
    assert cast.dora.sms_stopped_at == NOW
    keep(dan, cast, channel="sms")
    cast.dora.refresh_from_db()
    assert cast.dora.sms_stopped_at is None


def test_outsiders_change_nothing(cast: Cast, outsiders: list[Client], visitor: Client) -> None:
    assert [keep(client, cast).status_code for client in (*outsiders, visitor)] == [403, 403, 302]
    cast.dora.refresh_from_db()
    assert cast.dora.channel == "email"

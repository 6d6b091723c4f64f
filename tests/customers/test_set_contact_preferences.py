"""How customers want to hear from us: kept, journalled, checked, and followed by the messages."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from tests.booking.deeds import visit_at
from tests.cast import NOW, TODAY, Cast, at, by_user, make_cast

from midway.booking.actions import cancel_visit
from midway.core.actor import VISITOR
from midway.customers.actions import (
    ContactPreferences,
    CustomerNotFound,
    UnknownZone,
    preferences_of,
    set_contact_preferences,
)
from midway.customers.models import Customer
from midway.customers.reach import international, recipient_of
from midway.journal.models import Entry
from midway.messaging.models import OutboxMessage

pytestmark = pytest.mark.django_db
FRIDAY = at("10:00", on=TODAY + timedelta(days=4))


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def want(cast: Cast, **wishes: Any) -> Customer:
    return set_contact_preferences(
        customer=cast.dora.code, preferences=ContactPreferences(**wishes), by=VISITOR, now=NOW
    )


def ways(cast: Cast) -> list[tuple[str, str]]:
    """How Dora is told that a visit was called off."""
    cancel_visit(visit=visit_at(cast, FRIDAY, cast.ana).code, reason="", by=by_user(cast.dan), now=NOW)
    return list(OutboxMessage.objects.order_by("id").values_list("channel", "to"))


def test_wishes_are_kept_and_the_journal_says_which(cast: Cast) -> None:
    wishes = ContactPreferences("es", "both", time(20, 30), time(9), "America/Chicago", has_reminders=False)
    set_contact_preferences(customer=cast.dora.code, preferences=wishes, by=VISITOR, now=NOW)
    assert preferences_of(Customer.objects.get(pk=cast.dora.pk)) == wishes
    assert Entry.objects.get().facts == {
        "language": "es",
        "channel": "both",
        "quiet_starts": "20:30:00",
        "quiet_ends": "09:00:00",
        "zone": "America/Chicago",
        "has_reminders": False,
    }


def test_the_same_wishes_again_write_nothing(cast: Cast) -> None:
    want(cast)
    assert not Entry.objects.exists()


def test_nobody_and_nowhere_are_refused(cast: Cast) -> None:
    with pytest.raises(CustomerNotFound):
        set_contact_preferences(customer=uuid4(), preferences=ContactPreferences(), by=VISITOR, now=NOW)
    for zone in ("America/Atlantis", "../../etc/passwd", "nonsense"):
        with pytest.raises(UnknownZone):
            want(cast, zone=zone)


def test_the_database_knows_the_channels(cast: Cast) -> None:
    with pytest.raises(IntegrityError, match="known_channel"), transaction.atomic():
        want(cast, channel="pager")


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ("email", [("email", "dora@example.com")]),
        ("sms", [("sms", "+14105550120")]),
        ("both", [("email", "dora@example.com"), ("sms", "+14105550120")]),
    ],
)
def test_messages_take_the_way_that_was_wished(cast: Cast, channel: str, expected: list[tuple[str, str]]) -> None:
    want(cast, channel=channel)
    assert ways(cast) == expected


@pytest.mark.parametrize("phone", ["", "ask my sister", "12"])
def test_who_has_no_number_to_text_gets_an_email(cast: Cast, phone: str) -> None:
    want(cast, channel="sms")
    Customer.objects.update(phone=phone)
    cast.dora.refresh_from_db()
    reached = recipient_of(cast.dora, zone=cast.branch.zone)
    assert reached.ways(is_short=True) == [("email", "dora@example.com")]


def test_what_is_too_long_for_a_text_message_goes_by_email(cast: Cast) -> None:
    reached = replace(recipient_of(want(cast, channel="sms"), zone=cast.branch.zone))
    assert reached.ways(is_short=False) == [("email", "dora@example.com")]


def test_stop_is_heeded_until_text_messages_are_wished_again(cast: Cast) -> None:
    customer = want(cast, channel="both")
    Customer.objects.update(sms_stopped_at=NOW)
    customer.refresh_from_db()
    assert recipient_of(customer, zone="UTC").ways(is_short=True) == [("email", "dora@example.com")]
    again = want(cast, channel="both", language="es")
    assert again.sms_stopped_at is None


@pytest.mark.parametrize(
    ("phone", "zone", "expected"),
    [
        ("410-555-0120", "America/New_York", "+14105550120"),
        ("(410) 555 0120", "America/New_York", "+14105550120"),
        ("01 23 45 67 89", "Europe/Paris", "+33123456789"),
        ("+44 20 7946 0018", "Europe/Paris", "+442079460018"),
        ("410-555-0120", "UTC", ""),
    ],
)
def test_numbers_are_written_as_networks_take_them(phone: str, zone: str, expected: str) -> None:
    assert international(phone, zone=zone) == expected

"""What we wrote to a customer, as it was sent."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.test import Client
from tests.cast import NOW, Cast

from midway.messaging.models import OutboxMessage


def letter(cast: Cast, **fields: Any) -> OutboxMessage:
    return OutboxMessage.objects.create(
        **{
            "key": str(uuid4()), "template": "visit_confirmed", "to": "dora@example.com", "subject_code": uuid4(),
            "recipient_code": cast.dora.code, "state": "sent", "created_at": NOW, "sent_at": NOW, "next_try_at": NOW,
            "wording": "See you on Friday\n\nHello Dora, <b>all</b> is set.", "facts": {"zone": "America/New_York"},
            **fields,
        }
    )  # fmt: skip


def test_a_letter_is_listed_and_read_word_for_word(cast: Cast, dora: Client) -> None:
    sent = letter(cast)
    page = dora.get("/my/documents/").content.decode()
    assert "Booking confirmed" in page
    assert "Monday 2 March, 9:00" in page
    page = dora.get(f"/my/documents/{sent.code}").content.decode()
    assert "See you on Friday" in page
    assert "&lt;b&gt;all&lt;/b&gt;" in page


def test_what_was_not_sent_or_holds_a_key_is_no_document(cast: Cast, dora: Client) -> None:
    hidden = [
        letter(cast, state="waiting", wording=""),
        letter(cast, state="dropped"),
        letter(cast, template="sign_in_link"),
        letter(cast, recipient_code=uuid4()),
    ]
    assert "Nothing yet" in dora.get("/my/documents/").content.decode()
    assert {dora.get(f"/my/documents/{found.code}").status_code for found in hidden} == {404}


def test_many_are_turned_over(cast: Cast, dora: Client) -> None:
    for days in range(31):
        letter(cast, created_at=NOW - timedelta(days=days))
    assert dora.get("/my/documents/").content.decode().count("/my/documents/") > 30
    assert "Later" in dora.get("/my/documents/?page=2").content.decode()

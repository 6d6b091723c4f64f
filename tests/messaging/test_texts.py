"""The company's own words: used from the next message on, versioned, never with a placeholder nobody fills."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from tests.cast import NOW
from tests.messaging.conftest import FACTS, MailServer, queue

from midway.core.actor import SYSTEM
from midway.journal.models import Entry
from midway.messaging.actions import UnknownPlaceholder, change_text, restore_built_in_text
from midway.messaging.actions.change_text import TextEmpty, TextNotEditable, TextPlace
from midway.messaging.catalogue import KINDS, Kind
from midway.messaging.delivery import deliver_due
from midway.messaging.models import MessageText, OutboxMessage
from midway.messaging.queries import texts_in_force, versions_of
from midway.messaging.texts import PLACEHOLDER, editable, own_text, wording_of, words_of, written

pytestmark = pytest.mark.django_db
MOVED = TextPlace("visit_moved", "en", "email")
EDITABLE = [
    (kind, language, channel)
    for kind in KINDS
    if kind.is_editable
    for channel in (("email", "sms") if kind.is_short else ("email",))
    for language in ("en", "es")
]


def change(place: TextPlace = MOVED, subject: str = "Now {{ day }}", body: str = "Hi {{ name }}!") -> MessageText:
    return change_text(place=place, subject=subject, body=body, by=SYSTEM, now=NOW)


def test_own_words_are_sent_also_for_what_was_queued_before(mail_server: MailServer) -> None:
    queue(template="visit_moved")
    change()
    deliver_due(clock=lambda: NOW)
    (letter,) = mail_server.letters
    assert letter["Subject"] == "Now Tuesday 24 November"
    body = letter.get_body()
    assert body is not None
    assert body.get_content().strip() == "Hi Dora!"


def test_each_language_and_channel_has_its_own() -> None:
    change()
    assert words_of(queue(template="visit_moved", language="es")).subject.startswith("Cambiada: ")
    assert words_of(queue(template="visit_cancelled")).subject != "Now Tuesday 24 November"
    assert own_text("visit_moved", "en", "sms") is None


def test_every_change_is_a_version_with_who_and_when() -> None:
    change()
    change(body="Dear {{ name }},")
    restore_built_in_text(place=MOVED, by=SYSTEM, now=NOW)
    versions = versions_of("visit_moved", "en", "email")
    assert [(v.version, v.is_built_in, v.body, v.by_label) for v in versions] == [
        (3, True, "", SYSTEM.label),
        (2, False, "Dear {{ name }},", SYSTEM.label),
        (1, False, "Hi {{ name }}!", SYSTEM.label),
    ]
    assert own_text("visit_moved", "en", "email") is None
    assert [entry.event for entry in Entry.objects.order_by("id")] == [
        "messaging.text.changed",
        "messaging.text.changed",
        "messaging.text.restored",
    ]


@pytest.mark.parametrize(
    ("body", "unknown"),
    [
        ("{{ nme }}", ["nme"]),
        ("{{ name }} {{ door_code }} {{ nme }} {{ nme }}", ["door_code", "nme"]),
        ("{% if fee %}x{% endif %}", ["{%", "%}"]),
        ("{{ name|upper }}", ["{{", "}}"]),
        ("{{ name", ["{{"]),
        ("{{ fee_note }}", []),
    ],
)
def test_a_placeholder_it_does_not_know_is_refused_with_those_it_knows(body: str, unknown: list[str]) -> None:
    if not unknown:
        change(body=body)
        return
    with pytest.raises(UnknownPlaceholder) as refusal:
        change(body=body)
    assert refusal.value.unknown == unknown
    assert "fee_note" in refusal.value.known
    assert not MessageText.objects.exists()


def test_the_subject_is_looked_at_too() -> None:
    with pytest.raises(UnknownPlaceholder):
        change(subject="{{ nme }}")


@pytest.mark.parametrize(("subject", "body"), [("", "x"), (" ", "x"), ("x", ""), ("x", " \n ")])
def test_a_message_must_say_something(subject: str, body: str) -> None:
    with pytest.raises(TextEmpty):
        change(subject=subject, body=body)


@pytest.mark.parametrize(
    "place",
    [TextPlace("sign_in_mail", "en", "email"), TextPlace("plan_started", "en", "sms"), TextPlace("no", "en", "email")],
)
def test_what_has_no_text_of_its_own_is_refused(place: TextPlace) -> None:
    with pytest.raises(TextNotEditable):
        change(place)
    with pytest.raises(TextNotEditable):
        restore_built_in_text(place=place, by=SYSTEM, now=NOW)


@pytest.mark.parametrize(("kind", "language", "channel"), EDITABLE, ids=lambda v: getattr(v, "template", v))
def test_the_built_in_text_kept_as_own_words_says_the_same(kind: Kind, language: str, channel: str) -> None:
    facts = {**FACTS, "every": 2, "from_on": "2026-11-24", "new_price_cents": 15000, "fee_cents": 700, "minutes": 20}
    facts |= {"rating_url": "http://x/r", "sign_in_url": "http://x/s", "resumes_on": "2026-12-24"}
    start = editable(kind, language, channel)
    assert set(PLACEHOLDER.findall(start.subject + start.body)) <= set(kind.placeholders)
    own = MessageText(subject=start.subject, body=start.body)
    built_in = written(kind.template, language, channel, facts=facts)
    assert written(kind.template, language, channel, facts=facts, own=own) == built_in
    assert "{{" not in built_in.body


def test_what_does_not_apply_leaves_no_gap() -> None:
    own = MessageText(subject="x", body="A\n\n{{ fee_note }}\n\nB")
    words = written("visit_moved", "en", "email", facts={**FACTS, "fee_cents": 0}, own=own)
    assert words.body == "A\n\nB\n"


def test_facts_cannot_bring_placeholders_of_their_own() -> None:
    own = MessageText(subject="x", body="{{ name }}")
    facts = {**FACTS, "name": "{{ manage_url }} {% now %} <b>"}
    assert written("visit_moved", "en", "email", facts=facts, own=own).body == "{{ manage_url }} {% now %} <b>\n"


def test_a_text_message_is_one_line_of_plain_marks() -> None:
    own = MessageText(body="{{ hours }}\n\n  it’s {{ name }}")
    assert written("visit_moved", "en", "sms", facts=FACTS, own=own).body == "9:00-11:30 it's Dora"


def test_all_texts_in_force_are_one_question() -> None:
    change()
    with CaptureQueriesContext(connection) as queries:
        found = texts_in_force(["en", "es"])
    assert len(queries) == 1
    assert [(s.kind.template, s.language, s.channel) for s in found if s.own] == [("visit_moved", "en", "email")]
    assert len(found) == len(EDITABLE)


@pytest.mark.parametrize(
    ("changes", "is_shown"),
    [
        ({}, True),
        ({"wording": "As it was sent"}, True),
        ({"state": OutboxMessage.State.PARKED, "wording": ""}, False),
        ({"template": "sign_in_link", "wording": "https://x/key"}, False),
        ({"template": "no_such"}, False),
    ],
)
def test_what_a_message_says_is_shown_unless_it_holds_a_key(changes: dict[str, Any], is_shown: bool) -> None:
    message = queue(template="visit_moved")
    for name, value in changes.items():
        setattr(message, name, value)
    said = wording_of(message)
    assert bool(said) == is_shown
    assert changes.get("wording", "") in said or not is_shown


def test_no_version_is_overwritten() -> None:
    first = change()
    with pytest.raises(IntegrityError, match="one_text_per_version"), transaction.atomic():
        MessageText.objects.create(
            template="visit_moved", language="en", channel="email", version=first.version, body="x", at=NOW, by_label=""
        )

from pathlib import Path

import icalendar
import pytest
from django.core.mail import EmailMultiAlternatives
from tests.messaging.conftest import queue

from midway.messaging.letter import letter
from midway.messaging.models import OutboxMessage

pytestmark = pytest.mark.django_db
TEMPLATES = Path(__file__).parents[2] / "src/midway/messaging/templates/messaging"
VISIT_TEMPLATES = ["visit_confirmed", "visit_moved", "visit_cancelled"]


def text_of(message: OutboxMessage) -> str:
    email = letter(message)
    return f"{email.subject}\n{email.body}"


def calendar_in(email: EmailMultiAlternatives) -> icalendar.Calendar:
    ((name, content, kind),) = email.attachments
    assert (name, kind) == ("visit.ics", "text/calendar")
    found = icalendar.Calendar.from_ical(content)
    assert isinstance(found, icalendar.Calendar)
    return found


def test_confirmation_says_what_when_where_and_for_how_much() -> None:
    email = letter(queue())
    assert email.subject == "Booked: Deep clean on Tuesday 24 November, 9:00–11:30"
    for words in ("Hello Dora,", "1 Main St, 21201", "$142.50", "http://127.0.0.1:8000/visits/abc", "410-555-0100"):
        assert words in email.body


def test_spanish_reader_gets_spanish_words_day_and_service() -> None:
    email = letter(queue(language="es"))
    assert email.subject == "Reservada: Limpieza a fondo, martes 24 de noviembre, 9:00–11:30"
    assert "Hola, Dora:" in email.body


@pytest.mark.parametrize("template", VISIT_TEMPLATES)
@pytest.mark.parametrize("language", ["en", "es"])
def test_every_letter_is_complete(template: str, language: str) -> None:
    text = text_of(queue(template=template, language=language, fee_cents=2500))
    assert "{" not in text
    assert "  Dora" not in text
    assert "25" in text or template == "visit_confirmed"
    assert "http://127.0.0.1:8000/visits/abc" in text


@pytest.mark.parametrize("template", VISIT_TEMPLATES)
def test_spanish_letters_share_no_sentence_with_the_english(template: str) -> None:
    english = {line for line in text_of(queue(template=template)).splitlines() if len(line) > 30}
    spanish = set(text_of(queue(template=template, language="es")).splitlines())
    assert {line for line in english & spanish if not line.startswith(("http", "  "))} == set()


def test_names_are_not_escaped_for_html_nor_able_to_add_headers() -> None:
    email = letter(queue(name="O'Hara & Söhne", service="Deep\nBcc: eve@example.com"))
    assert "O'Hara & Söhne" in email.body
    assert "\n" not in email.subject


def test_fee_is_named_only_when_there_is_one() -> None:
    assert "fee" not in text_of(queue(template="visit_cancelled"))
    assert "$25.00" in text_of(queue(template="visit_cancelled", fee_cents=2500))


def test_calendar_file_has_the_visit_in_the_branchs_zone() -> None:
    message = queue()
    calendar = calendar_in(letter(message))
    (event,) = calendar.walk("VEVENT")
    assert event["UID"] == f"{message.subject_code}@midway"
    assert event["SEQUENCE"] == 2
    assert event["DTSTART"].dt.isoformat() == "2026-11-24T09:00:00-05:00"
    assert calendar.walk("VTIMEZONE")


@pytest.mark.parametrize("template", ["visit_cancelled", "visit_skipped"])
def test_calendar_file_of_a_visit_called_off_takes_it_out(template: str) -> None:
    calendar = calendar_in(letter(queue(template=template)))
    assert calendar["METHOD"] == "CANCEL"
    assert calendar.walk("VEVENT")[0]["STATUS"] == "CANCELLED"


def test_calendar_file_of_a_visit_that_takes_place_after_all_brings_it_back() -> None:
    calendar = calendar_in(letter(queue(template="visit_restored")))
    assert (calendar["METHOD"], calendar.walk("VEVENT")[0]["STATUS"]) == ("PUBLISH", "CONFIRMED")


def test_a_second_copy_has_the_same_message_id() -> None:
    message = queue()
    assert letter(message).extra_headers["Message-ID"] == letter(message).extra_headers["Message-ID"]


def test_every_template_has_a_subject_and_a_body() -> None:
    subjects = {path.name.split(".")[0] for path in TEMPLATES.glob("*.subject.txt")}
    bodies = {path.name.split(".")[0] for path in TEMPLATES.glob("*.body.txt")}
    assert subjects == bodies
    assert set(VISIT_TEMPLATES) <= bodies

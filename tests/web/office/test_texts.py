"""The company's own words in the office: editing, seeing them as a customer would, and going back."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import Cast
from tests.web.office.conftest import MakeVisit

from midway.messaging.models import MessageText

PLACE = ("visit_moved", "en", "email")
SMS = ("visit_moved", "en", "sms")


def see(client: Client, *place: str, **asked: str) -> str:
    return client.get(reverse("office:text", args=place), asked).content.decode()


def change(client: Client, *place: str, **words: str) -> Any:
    return client.post(reverse("office:text_version", args=place), words)


def preview(client: Client, *place: str, **words: str) -> str:
    address = reverse("office:text_preview", args=place)
    return client.post(address, words, headers={"hx-request": "true"}).content.decode()


def test_every_message_is_listed_with_its_languages_and_ways(cast: Cast, dan: Client) -> None:
    page = dan.get(reverse("office:texts")).content.decode()
    assert "Reminder the day before" in page
    assert reverse("office:text", args=["visit_reminder_day", "es", "sms"]) in page
    assert "Account message" not in page


def test_the_editor_opens_with_the_built_in_text_and_a_real_example(
    cast: Cast, dan: Client, promised: MakeVisit
) -> None:
    promised("13:00")
    page = see(dan, *PLACE)
    assert "Moved: {{ service }} is now on {{ day }}" in page
    assert "Moved: Regular clean is now on Monday 2 March" in page
    assert "As Dora would read it." in page


def test_without_any_visit_the_example_is_made_up(cast: Cast, dan: Client) -> None:
    assert "whom we made up" in see(dan, *PLACE)


def test_new_words_are_used_from_now_on_and_listed_with_who_and_when(cast: Cast, dan: Client) -> None:
    assert change(dan, *PLACE, subject="Now {{ day }}", body="Hi {{ name }}!\n").status_code == 302
    page = see(dan, *PLACE)
    assert "Version 1" in page
    assert "Monday 2 March, 9:00 · Dan" in page
    assert "Hi {{ name }}!" in page
    assert "“New time” has new words (en)" in dan.get(reverse("office:today")).content.decode()


def test_an_earlier_version_and_the_built_in_text_can_be_had_back(cast: Cast, dan: Client) -> None:
    for name in ("First", "Second"):
        change(dan, *PLACE, subject=name, body=name)
    assert 'value="First"' in see(dan, *PLACE, version="1")
    dan.post(reverse("office:text_restoration", args=PLACE))
    page = see(dan, *PLACE)
    assert "Moved: {{ service }}" in page
    assert "Back to the built-in text" not in page
    assert MessageText.objects.count() == 3


@pytest.mark.parametrize("field", ["subject", "body"])
def test_an_unknown_placeholder_is_refused_beside_its_field_with_the_known_ones(
    cast: Cast, dan: Client, field: str
) -> None:
    words = {"subject": "x", "body": "y", field: "Hi {{ nme }}"}
    answer = change(dan, *PLACE, **words)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "This message does not know: nme. It knows: name, service" in page
    assert f'id="id_{field}-problem"' in page
    assert "Hi {{ nme }}" in page
    assert "does not know: nme" in preview(dan, *PLACE, **words)
    assert not MessageText.objects.exists()


@pytest.mark.parametrize("words", [{"subject": "", "body": "x"}, {"subject": "x", "body": " "}, {}])
def test_empty_words_are_refused(cast: Cast, dan: Client, words: dict[str, str]) -> None:
    assert change(dan, *PLACE, **words).status_code == 422
    assert not MessageText.objects.exists()


def test_the_preview_keeps_nothing_and_escapes(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    promised("13:00")
    part = preview(dan, *PLACE, subject="To {{ name }}", body="<b>{{ hours }}</b>")
    assert "To Dora" in part
    assert "&lt;b&gt;13:00–14:45&lt;/b&gt;" in part
    assert "<html" not in part
    assert not MessageText.objects.exists()


def test_the_preview_works_without_scripts(cast: Cast, dan: Client) -> None:
    answer = dan.post(reverse("office:text_preview", args=PLACE), {"subject": "To {{ name }}", "body": "x"})
    page = answer.content.decode()
    assert "<html" in page
    assert "To Dora Miller" in page
    assert 'value="To {{ name }}"' in page


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("a" * 160, "<strong>1 part</strong> · 160 letters"),
        ("a" * 161, "<strong>2 parts</strong> · 161 letters"),
        ("ñ" * 160, "<strong>1 part</strong> · 160 letters"),
        ("ó" + "a" * 70, "<strong>2 parts</strong> · 71 letters"),
    ],
)
def test_a_text_message_shows_its_length_and_parts(cast: Cast, dan: Client, body: str, said: str) -> None:
    part = preview(dan, *SMS, body=body)
    assert said in part
    assert ("hold 70 instead of 160: ó" in part) == ("ó" in body)
    assert ("Longer than one message" in part) == ("parts" in said)


@pytest.mark.parametrize(
    "place",
    [("no_such", "en", "email"), ("sign_in_mail", "en", "email"), ("plan_started", "en", "sms"),
     ("visit_moved", "fr", "email"), ("visit_moved", "en", "fax")],
)  # fmt: skip
def test_what_does_not_exist_is_not_found(cast: Cast, dan: Client, place: tuple[str, str, str]) -> None:
    assert dan.get(reverse("office:text", args=place)).status_code == 404
    assert change(dan, *place, subject="x", body="x").status_code == 404
    assert dan.post(reverse("office:text_restoration", args=place)).status_code == 404


def test_only_owner_and_dispatcher_change_texts(
    cast: Cast, sue: Client, olga: Client, outsiders: list[Client], visitor: Client
) -> None:
    others = (sue, *outsiders)
    assert [client.get(reverse("office:texts")).status_code for client in others] == [403, 403, 403]
    assert [change(client, *PLACE, subject="x", body="x").status_code for client in others] == [403, 403, 403]
    assert [c.post(reverse("office:text_restoration", args=PLACE)).status_code for c in others] == [403, 403, 403]
    assert visitor.get(reverse("office:text", args=PLACE)).status_code == 302
    assert "Texts" not in sue.get(reverse("office:messages")).content.decode()
    assert olga.get(reverse("office:text", args=PLACE)).status_code == 200
    assert not MessageText.objects.exists()


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("waiting_wish", ("You are on the waiting list: Regular clean", "/waiting/00000000")),
        ("waiting_offer", ("A time came free", "Book it here until 11:00", "/book/00000000", "$")),
    ],
)
def test_what_those_who_wait_read_is_edited_with_an_example(
    cast: Cast, dan: Client, template: str, said: tuple[str, ...]
) -> None:
    page = see(dan, template, "en", "email")
    for words in said:
        assert words in page
    assert change(dan, template, "en", "email", subject="{{ service }}", body="{{ withdrawal_url }}").status_code == 302
    assert "/waiting/00000000" in preview(dan, template, "es", "email", subject="x", body="{{ withdrawal_url }}")

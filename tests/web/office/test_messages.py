"""Messages in the office: what was sent and how it went, and looking after what did not arrive."""

from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from tests.cast import NOW, Cast
from tests.messaging.conftest import FACTS
from tests.web.office.conftest import MakeVisit

from midway.customers.actions import record_sms_reply
from midway.messaging.actions import tell
from midway.messaging.models import OutboxMessage
from midway.messaging.recipient import Channel, Recipient


def message(
    *, to: str = "dora@example.com", state: str = "sent", template: str = "visit_moved", **fields: object
) -> OutboxMessage:
    by_sms = to.startswith("+")
    subject = fields.pop("subject_code", None) or uuid4()
    recipient = Recipient(
        email="" if by_sms else to,
        phone=to if by_sms else "",
        channel=Channel.SMS if by_sms else Channel.EMAIL,
        language="en",
        zone="America/New_York",
    )
    assert isinstance(subject, UUID)
    key = str(uuid4())
    tell(key=key, template=template, recipient=recipient, subject_code=subject, facts=FACTS, now=NOW)
    found = OutboxMessage.objects.filter(key__startswith=key)
    error = "550 No such mailbox" if state in {"failed", "parked"} else ""
    found.update(state=state, last_error=error, **fields)
    return found.get()


def page_of(client: Client, found: OutboxMessage) -> str:
    return client.get(reverse("office:message", args=[found.code])).content.decode()


def rows(client: Client, **asked: str) -> str:
    return client.get(reverse("office:messages"), asked, headers={"hx-request": "true"}).content.decode()


def test_the_list_says_what_to_whom_when_and_how_it_went(cast: Cast, sue: Client) -> None:
    message(state="failed")
    page = sue.get(reverse("office:messages")).content.decode()
    for said in ("New time", "dora@example.com", "Monday 2 March, 9:00", "Not delivered", "550 No such mailbox"):
        assert said in page
    assert "1 message could not be delivered" in page


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("needs", {"failed@x.org", "parked@x.org"}),
        ("waiting", {"waiting@x.org"}),
        ("sent", {"sent@x.org", "delivered@x.org"}),
        ("dropped", {"dropped@x.org"}),
        ("nonsense", {f"{state}@x.org" for state in OutboxMessage.State.values}),
    ],
)
def test_filters_show_what_they_name(cast: Cast, dan: Client, state: str, shown: set[str]) -> None:
    for each in OutboxMessage.State.values:
        message(to=f"{each}@x.org", state=each)
    part = rows(dan, state=state)
    assert {f"{each}@x.org" for each in OutboxMessage.State.values if f"{each}@x.org" in part} == shown
    assert "<html" not in part


def test_what_was_looked_after_is_no_alarm(cast: Cast, dan: Client) -> None:
    message(state="failed", settled_at=NOW, settled_by="Dan")
    assert "Everything arrived" in rows(dan, state="needs")
    assert "Looked after" in rows(dan)


@pytest.mark.parametrize("words", ["dora@", "DORA", "example.com dora"])
def test_any_word_of_the_address_or_name_finds_it(cast: Cast, dan: Client, words: str) -> None:
    message()
    assert "dora@example.com" in rows(dan, q=words)
    assert "No message found" in rows(dan, q="emil")


def test_older_ones_are_a_link_away(cast: Cast, dan: Client) -> None:
    first = message(to="first@example.com")
    for _ in range(50):
        message()
    page = rows(dan)
    assert "first@example.com" not in page
    assert "Older messages" in page
    assert "first@example.com" in rows(dan, before=str(first.pk + 1))
    assert rows(dan, before="nonsense") == page


def test_a_message_shows_its_words_and_leads_to_the_visit(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("13:00")
    found = message(subject_code=visit.code, recipient_code=cast.dora.code, wording="As it was <sent>")
    page = page_of(dan, found)
    assert "As it was &lt;sent&gt;" in page
    assert reverse("office:visit", args=[visit.code]) in page
    assert reverse("office:customer", args=[cast.dora.code]) in page


@pytest.mark.parametrize("state", ["waiting", "sent", "failed"])
def test_a_key_to_an_account_is_not_shown_nor_sent_again(cast: Cast, olga: Client, state: str) -> None:
    found = message(template="sign_in_link", state=state, wording="https://x/secret-key")
    page = page_of(olga, found)
    assert "secret-key" not in page
    assert "It holds a key to an account" in page
    assert "Send it to" not in page
    answer = olga.post(reverse("office:message_resending", args=[found.code]), {"to": "thief@example.com"}, follow=True)
    assert "Ask the person to request a new one." in answer.content.decode()
    assert OutboxMessage.objects.count() == 1


@pytest.mark.parametrize("state", ["failed", "parked"])
def test_sent_again_to_the_right_address_it_is_off_the_list(cast: Cast, sue: Client, state: str) -> None:
    found = message(to="dorra@example.com", state=state)
    assert "take it off the list" in page_of(sue, found)
    answer = sue.post(reverse("office:message_resending", args=[found.code]), {"to": "dora@example.com"})
    again = OutboxMessage.objects.latest("id")
    assert answer["Location"] == reverse("office:message", args=[again.code])
    assert (again.to, again.state) == ("dora@example.com", "waiting")
    assert "Looked after" in page_of(sue, found)


@pytest.mark.parametrize(
    ("first", "to", "problem"),
    [
        ("dora@example.com", "dora", "Enter a valid email address"),
        ("dora@example.com", "", "This field is required"),
        ("+14105550120", "12", "no phone number"),
    ],
)
def test_a_wrong_address_is_refused_beside_its_field(
    cast: Cast, dan: Client, first: str, to: str, problem: str
) -> None:
    found = message(to=first, state="failed")
    answer = dan.post(reverse("office:message_resending", args=[found.code]), {"to": to})
    assert answer.status_code == 422
    assert problem in answer.content.decode()
    assert OutboxMessage.objects.count() == 1


def test_a_number_is_written_as_networks_take_it(cast: Cast, dan: Client) -> None:
    found = message(to="+14105550120", state="failed")
    dan.post(reverse("office:message_resending", args=[found.code]), {"to": "410-555-0121"})
    assert OutboxMessage.objects.latest("id").to == "+14105550121"


def test_who_answered_stop_is_not_texted_again(cast: Cast, dan: Client) -> None:
    found = message(to="+14105550120", state="failed", recipient_code=cast.dora.code)
    record_sms_reply(gateway_code="SM1", phone="+14105550120", text="STOP", now=NOW)
    answer = dan.post(reverse("office:message_resending", args=[found.code]), {"to": "+14105550120"})
    assert answer.status_code == 422
    assert "They answered STOP" in answer.content.decode()


def test_what_is_on_its_way_is_not_doubled(cast: Cast, dan: Client) -> None:
    found = message(state="waiting")
    assert "Send it to" not in page_of(dan, found)
    answer = dan.post(reverse("office:message_resending", args=[found.code]), {"to": "x@example.com"}, follow=True)
    assert "still on its way" in answer.content.decode()


def test_it_can_be_taken_off_the_list(cast: Cast, dan: Client) -> None:
    found = message(state="failed")
    dan.post(reverse("office:message_settlement", args=[found.code]))
    found.refresh_from_db()
    assert (found.settled_by, found.settled_at) == ("Dan", NOW)
    assert "take it off the list" not in page_of(dan, found)


def test_a_wrong_code_finds_nothing(cast: Cast, dan: Client) -> None:
    assert dan.get(reverse("office:message", args=[uuid4()])).status_code == 404
    for deed in ("message_resending", "message_settlement"):
        assert dan.post(reverse(f"office:{deed}", args=[uuid4()])).status_code == 404


def test_outsiders_neither_read_nor_change(cast: Cast, outsiders: list[Client], visitor: Client) -> None:
    found = message(state="failed")
    for name in ("message", "message_resending", "message_settlement"):
        address = reverse(f"office:{name}", args=[found.code])
        answers = [client.post(address) if name != "message" else client.get(address) for client in outsiders]
        assert [answer.status_code for answer in answers] == [403, 403]
        assert visitor.get(address).status_code == 302
    found.refresh_from_db()
    assert found.settled_at is None


def test_the_customers_page_shows_messages_and_answers(cast: Cast, dan: Client) -> None:
    message(recipient_code=cast.dora.code, state="parked")
    record_sms_reply(gateway_code="SM1", phone="+14105550120", text="Please ring twice", now=NOW)
    page = dan.get(reverse("office:customer", args=[cast.dora.code])).content.decode()
    assert "Could not be written" in page
    assert "Please ring twice" in page


def test_the_visits_page_shows_its_messages(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("13:00")
    found = message(subject_code=visit.code, state="dropped")
    page = dan.get(reverse("office:visit", args=[visit.code])).content.decode()
    assert reverse("office:message", args=[found.code]) in page
    assert "No longer needed" in page


def test_today_counts_what_did_not_arrive_until_it_is_looked_after(cast: Cast, dan: Client) -> None:
    for state in ("failed", "parked", "failed"):
        message(state=state)
    page = dan.get(reverse("office:today")).content.decode()
    assert "3 messages could not be delivered" in page
    assert "One thing needs you" in page
    assert f"{reverse('office:messages')}?state=needs" in page
    for found in OutboxMessage.objects.all():
        dan.post(reverse("office:message_settlement", args=[found.code]))
    assert "All is well" in dan.get(reverse("office:today")).content.decode()


def test_the_journal_tells_it_in_words(cast: Cast, dan: Client) -> None:
    found = message(state="failed")
    dan.post(reverse("office:message_settlement", args=[found.code]))
    assert "“New time” did not arrive and was looked after" in dan.get(reverse("office:today")).content.decode()

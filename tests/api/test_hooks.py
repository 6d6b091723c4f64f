"""What gateways and mail servers tell us: believed only when signed, understood once, seen by the office."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from pytest_django import Settings
from tests.cast import NOW, make_customer
from tests.messaging.conftest import queue

from midway.customers.models import Customer
from midway.journal.models import Entry
from midway.messaging.gateways.twilio import signature
from midway.messaging.models import OutboxMessage, SmsReply

pytestmark = pytest.mark.django_db
TOKEN = "a-token-for-tests"
PUBLIC = "https://clean.example.com"


@pytest.fixture(autouse=True)
def gateway(settings: Settings) -> None:
    settings.SMS_URL = f"twilio://AC1:{TOKEN}@api.twilio.com/+15005550006"
    settings.PUBLIC_URL = PUBLIC
    settings.MAIL_REPORT_TOKEN = "report-token"


def post(path: str, token: str = TOKEN, **form: str) -> Any:
    signed = signature(token=token, url=PUBLIC + path, form=form)
    return Client().post(path, form, headers={"x-twilio-signature": signed})


def texted(**fields: Any) -> OutboxMessage:
    message = queue()
    OutboxMessage.objects.filter(pk=message.pk).update(
        **{"channel": "sms", "to": "+14105550120", "state": "sent", "gateway_code": "SM1", **fields}
    )
    return message


def report(message: OutboxMessage, status: str, sid: str = "SM1", **more: str) -> Any:
    return post(f"/api/hooks/sms/status/{message.code}", MessageSid=sid, MessageStatus=status, **more)


def state_of(message: OutboxMessage) -> tuple[str, str]:
    message.refresh_from_db()
    return message.state, message.last_error


def test_arrived_is_kept_and_nothing_later_is_believed() -> None:
    message = texted()
    assert report(message, "delivered").status_code == 204
    assert state_of(message) == ("delivered", "")
    report(message, "failed", ErrorCode="30008")
    report(message, "sent")
    assert state_of(message) == ("delivered", "")


@pytest.mark.parametrize("status", ["failed", "undelivered"])
def test_what_did_not_arrive_is_seen(status: str) -> None:
    message = texted()
    report(message, status, ErrorCode="30003", ErrorMessage="Unreachable destination handset")
    assert state_of(message) == ("failed", f"{status} 30003 Unreachable destination handset")
    assert OutboxMessage.objects.all().undeliverable().count() == 1


def test_steps_on_the_way_change_nothing() -> None:
    message = texted()
    for status in ("queued", "sending", "sent"):
        assert report(message, status).status_code == 204
    assert state_of(message) == ("sent", "")


def test_a_report_of_another_copy_or_of_nothing_is_not_found() -> None:
    assert report(texted(), "failed", sid="SM2").status_code == 404
    assert post(f"/api/hooks/sms/status/{uuid4()}", MessageSid="SM1", MessageStatus="failed").status_code == 404
    mail = queue()
    assert report(mail, "failed").status_code == 404


def test_what_is_not_signed_is_refused(settings: Settings) -> None:
    message = texted()
    address = f"/api/hooks/sms/status/{message.code}"
    form = {"MessageSid": "SM1", "MessageStatus": "failed"}
    assert Client().post(address, form).status_code == 403
    assert post(address, token="another", **form).status_code == 403
    signed = signature(token=TOKEN, url=PUBLIC + address, form=form)
    changed = {**form, "MessageStatus": "delivered"}
    assert Client().post(address, changed, headers={"x-twilio-signature": signed}).status_code == 403
    settings.SMS_URL = ""
    assert post(address, token="", **form).status_code == 403
    assert state_of(message) == ("sent", "")


def answer(text: str, sid: str = "SM9", phone: str = "+14105550120") -> Any:
    return post("/api/hooks/sms/replies", MessageSid=sid, From=phone, Body=text)


@pytest.mark.parametrize("text", ["STOP", " stop. ", "Unsubscribe", "Baja"])
def test_stop_ends_text_messages_for_that_number(text: str) -> None:
    dora, emil = make_customer(phone="(410) 555-0120"), make_customer(name="Emil", phone="410-555-0121")
    said = answer(text)
    assert (said.status_code, said.content) == (200, b"<Response></Response>")
    dora.refresh_from_db()
    emil.refresh_from_db()
    assert dora.sms_stopped_at is not None
    assert emil.sms_stopped_at is None
    assert SmsReply.objects.get().recipient_code == dora.code
    assert Entry.objects.get().event == "customers.sms.stopped"


def test_start_brings_them_back() -> None:
    dora = make_customer(phone="+1 410 555 0120", sms_stopped_at=NOW)
    answer("Start")
    dora.refresh_from_db()
    assert dora.sms_stopped_at is None


def test_help_is_answered_in_their_language() -> None:
    make_customer(phone="410-555-0120", language="es")
    said = answer("AYUDA").content.decode()
    assert said == (
        "<Response><Message>Recibes mensajes sobre tus visitas de limpieza. Responde STOP para no recibir más."
        " https://clean.example.com</Message></Response>"
    )


def test_a_sentence_is_kept_for_a_person_and_stops_nothing() -> None:
    make_customer(phone="410-555-0120")
    answer("Please stop by the garage first")
    assert SmsReply.objects.get().meaning == "other"
    assert Customer.objects.get().sms_stopped_at is None


def test_handed_in_twice_is_kept_once() -> None:
    make_customer(phone="410-555-0120")
    answer("STOP")
    answer("STOP")
    assert (SmsReply.objects.count(), Entry.objects.count()) == (1, 1)


def test_a_stranger_s_answer_is_kept_too() -> None:
    assert answer("STOP", phone="+15005550009").status_code == 200
    assert SmsReply.objects.get().recipient_code is None


def bounced(code: UUID, *, action: str = "failed") -> bytes:
    """A report as Postfix writes it."""
    original = EmailMessage()
    original["Message-ID"] = f"<{code}@clean.example.com>"
    original["Subject"] = "Booked"
    return (
        "From: MAILER-DAEMON@mx.example.net\r\nTo: no-reply@clean.example.com\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="cut"\r\n\r\n'
        "--cut\r\nContent-Type: text/plain\r\n\r\nI am sorry.\r\n"
        "--cut\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example.net\r\n\r\n"
        f"Final-Recipient: rfc822; dora@example.com\r\nAction: {action}\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 <dora@example.com>: Recipient address rejected\r\n\r\n"
        "--cut\r\nContent-Type: text/rfc822-headers\r\n\r\n" + original.as_string() + "\r\n--cut--\r\n"
    ).encode()


def hand_in(raw: bytes, token: str = "report-token") -> Any:
    headers = {"authorization": f"Bearer {token}"}
    return Client().post("/api/hooks/mail/reports", raw, content_type="message/rfc822", headers=headers)


def test_mail_that_came_back_is_seen() -> None:
    message = queue()
    OutboxMessage.objects.update(state="sent", sent_at=NOW + timedelta(seconds=1))
    assert hand_in(bounced(message.code)).status_code == 204
    assert state_of(message) == ("failed", "5.1.1 550 5.1.1 <dora@example.com>: Recipient address rejected")


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"Subject: hello\r\n\r\nhello", bounced(uuid4())])
def test_other_mail_is_taken_and_changes_nothing(raw: bytes) -> None:
    message = queue()
    assert hand_in(raw).status_code == 204
    assert state_of(message) == ("waiting", "")


def test_a_delay_is_no_failure() -> None:
    message = queue()
    hand_in(bounced(message.code, action="delayed"))
    assert state_of(message) == ("waiting", "")


def test_reports_need_the_token(settings: Settings) -> None:
    message = queue()
    assert hand_in(bounced(message.code), token="wrong").status_code == 403
    settings.MAIL_REPORT_TOKEN = ""
    assert hand_in(bounced(message.code), token="").status_code == 403
    assert state_of(message) == ("waiting", "")

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings
from tests.cast import NOW
from tests.messaging.conftest import queue

from midway.messaging.delivery import deliver_due
from midway.messaging.gateways.drawer import SmsDrawer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def drawer(settings: Settings, tmp_path: Path) -> Path:
    settings.EMAIL_BACKEND = "midway.messaging.drawer.DrawerBackend"
    settings.MAIL_DRAWER = tmp_path / "mail"
    return tmp_path / "mail"


def test_message_is_kept_as_a_file_and_shown(drawer: Path, client: Client) -> None:
    queue()
    assert deliver_due(clock=lambda: NOW) == 1
    (path,) = drawer.iterdir()
    listed = client.get("/dev/mail/").content.decode()
    assert "Booked: Deep clean on Tuesday 24 November" in listed
    shown = client.get(f"/dev/mail/{path.name}").content.decode()
    assert "$142.50" in shown
    assert "visit.ics" in shown


def test_empty_drawer_says_how_to_fill_it(client: Client) -> None:
    assert "Nothing yet" in client.get("/dev/mail/").content.decode()


def test_only_files_of_the_drawer_are_shown(drawer: Path, client: Client) -> None:
    drawer.mkdir()
    (drawer.parent / "secret.eml").write_text("Subject: no")
    assert client.get("/dev/mail/..%2Fsecret.eml").status_code == 404
    assert client.get("/dev/mail/nothing.eml").status_code == 404


@pytest.mark.parametrize("visitor", [{"REMOTE_ADDR": "203.0.113.9"}, {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}])
def test_nobody_from_outside_sees_it(client: Client, visitor: dict[str, str]) -> None:
    assert client.get("/dev/mail/", **visitor).status_code == 404  # type: ignore[arg-type]


def test_with_a_mail_server_there_is_no_drawer(client: Client, settings: Settings) -> None:
    settings.MAIL_DRAWER = None
    assert client.get("/dev/mail/").status_code == 404


@pytest.fixture
def sms_drawer(settings: Settings, tmp_path: Path) -> SmsDrawer:
    settings.SMS_URL, settings.SMS_DRAWER = "", tmp_path / "sms"
    return SmsDrawer(tmp_path / "sms")


def test_kept_text_messages_are_shown_with_their_parts(sms_drawer: SmsDrawer, client: Client) -> None:
    assert "Nothing yet" in client.get("/dev/sms/").content.decode()
    sms_drawer.send(to="+14105550120", text="Tomorrow <9:00> " + "x" * 160, status_url="")
    page = client.get("/dev/sms/").content.decode()
    assert "Tomorrow &lt;9:00&gt;" in page
    assert "+14105550120" in page
    assert "2 parts" in page


@pytest.mark.parametrize("visitor", [{"REMOTE_ADDR": "203.0.113.9"}, {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}])
def test_nobody_from_outside_sees_text_messages(sms_drawer: SmsDrawer, client: Client, visitor: dict[str, str]) -> None:
    assert client.get("/dev/sms/", **visitor).status_code == 404  # type: ignore[arg-type]


def test_with_a_gateway_there_is_no_drawer_of_text_messages(
    sms_drawer: SmsDrawer, client: Client, settings: Settings
) -> None:
    settings.SMS_URL = "twilio://account:token@api.twilio.com/+15550100"
    assert client.get("/dev/sms/").status_code == 404

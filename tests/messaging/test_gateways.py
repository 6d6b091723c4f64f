"""One contract for everything that sends text messages: the real protocol, its twin in memory, the drawer."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings
from tests.messaging.gateway import TOKEN, GatewayServer, gateway_server

from midway.messaging.gateways import SmsGateway, SmsRefused, SmsUnavailable, sms_gateway
from midway.messaging.gateways.drawer import SmsDrawer
from midway.messaging.gateways.memory import MemoryGateway
from midway.messaging.gateways.twilio import signature
from midway.runtime.clock import now

TO, OTHER = "+14105550120", "+14105550121"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def server() -> Iterator[GatewayServer]:
    with gateway_server() as running:
        yield running


@pytest.fixture(params=["twilio", "memory", "drawer"])
def gateway(request: pytest.FixtureRequest, server: GatewayServer, settings: Settings, tmp_path: Path) -> SmsGateway:
    settings.SMS_DRAWER = tmp_path / "sms"
    settings.SMS_URL = server.url if request.param == "twilio" else ""
    return MemoryGateway(now=now()) if request.param == "memory" else sms_gateway()


def tell_to_refuse(gateway: SmsGateway, server: GatewayServer, number: str, words: str) -> None:
    refuses = gateway.refuses if isinstance(gateway, MemoryGateway) else server.refuses
    refuses[number] = words


def test_each_message_taken_has_a_code_of_its_own(gateway: SmsGateway) -> None:
    codes = {gateway.send(to=TO, text=text, status_url="").code for text in ("one", "two", "two")}
    assert len(codes) == 3


def test_what_was_taken_is_found_by_number_and_words(gateway: SmsGateway) -> None:
    since = now() - MINUTE
    code = gateway.send(to=TO, text="¿Qué tal? 100 % + & =", status_url="").code
    assert gateway.find(to=TO, text="¿Qué tal? 100 % + & =", since=since) is not None
    found = gateway.find(to=TO, text="¿Qué tal? 100 % + & =", since=since)
    assert found is not None
    assert found.code == code
    assert gateway.find(to=OTHER, text="¿Qué tal? 100 % + & =", since=since) is None
    assert gateway.find(to=TO, text="other words", since=since) is None
    assert gateway.find(to=TO, text="¿Qué tal? 100 % + & =", since=now() + 5 * MINUTE) is None


def test_a_refusal_is_final_and_says_why(gateway: SmsGateway, server: GatewayServer) -> None:
    if isinstance(gateway, SmsDrawer):
        return  # takes everything
    tell_to_refuse(gateway, server, TO, "21211 Invalid 'To' Phone Number")
    with pytest.raises(SmsRefused, match="21211 Invalid 'To'"):
        gateway.send(to=TO, text="hello", status_url="")
    assert gateway.send(to=OTHER, text="hello", status_url="").code


def test_being_away_is_not_final(gateway: SmsGateway, server: GatewayServer) -> None:
    if isinstance(gateway, SmsDrawer):
        return  # is never away
    server.is_away = True
    if isinstance(gateway, MemoryGateway):
        gateway.is_away = True
    with pytest.raises(SmsUnavailable, match="20429"):
        gateway.send(to=TO, text="hello", status_url="")
    with pytest.raises(SmsUnavailable):
        gateway.find(to=TO, text="hello", since=now())


@pytest.mark.parametrize("part", ["TOKEN", "nobody"])
def test_wrong_account_or_no_server_is_tried_again(server: GatewayServer, settings: Settings, part: str) -> None:
    settings.SMS_URL = (
        server.url.replace(TOKEN, "wrong") if part == "TOKEN" else server.url.replace(str(server.port), "1")
    )
    with pytest.raises(SmsUnavailable):
        sms_gateway().send(to=TO, text="hello", status_url="")
    assert server.taken == []


def test_sender_and_report_address_are_given(server: GatewayServer, settings: Settings) -> None:
    settings.SMS_URL = server.url
    sms_gateway().send(to=TO, text="hello", status_url="https://clean.example.com/report")
    assert (server.taken[0]["from"], server.taken[0]["callback"]) == (
        "+15005550006",
        "https://clean.example.com/report",
    )


def test_the_signature_is_the_one_of_twilio_s_own_example() -> None:
    form = {
        "CallSid": "CA1234567890ABCDE",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
        "Caller": "+14158675309",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature(token="12345", url=url, form=form) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="

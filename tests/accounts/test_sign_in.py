import re

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from tests.accounts.conftest import PASSWORD

from midway.accounts.models import User
from midway.messaging.models import OutboxMessage

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> int:
    return client.post(LOGIN, {"login": email, "password": password, **more}).status_code


def test_right_password_leads_to_the_office_with_a_session_in_the_database(client: Client, dan: User) -> None:
    response = client.post(LOGIN, {"login": "dan@example.com", "password": PASSWORD})
    assert response.status_code == 302
    assert response["Location"] == "/office/"
    assert Session.objects.filter(session_key=client.session.session_key).exists()


def test_address_may_be_typed_in_any_letters(client: Client, dan: User) -> None:
    assert sign_in(client, "DAN@Example.com") == 302


@pytest.mark.parametrize(("email", "password"), [("dan@example.com", "wrong"), ("nobody@example.com", PASSWORD)])
def test_wrong_password_and_unknown_address_get_the_same_answer(
    client: Client, dan: User, email: str, password: str
) -> None:
    response = client.post(LOGIN, {"login": email, "password": password})
    assert response.status_code == 200
    assert "not correct" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_somebody_who_left_cannot_sign_in(client: Client, dan: User) -> None:
    User.objects.filter(pk=dan.pk).update(is_active=False)
    sign_in(client, "dan@example.com")
    assert "_auth_user_id" not in client.session


def test_nobody_signs_up(client: Client, db: None) -> None:
    client.post("/accounts/signup/", {"email": "eve@example.com", "password1": PASSWORD, "password2": PASSWORD})
    assert not User.objects.filter(email="eve@example.com").exists()


def test_guessing_is_stopped_after_five_wrong_passwords(client: Client, dan: User) -> None:
    for _ in range(5):
        sign_in(client, "dan@example.com", "wrong")
    assert sign_in(client, "dan@example.com", PASSWORD) != 302
    assert "_auth_user_id" not in client.session


def test_nobody_is_led_to_a_strange_address_after_signing_in(client: Client, dan: User) -> None:
    response = client.post(
        LOGIN, {"login": "dan@example.com", "password": PASSWORD, "next": "https://evil.example.com/"}
    )
    assert "evil" not in response["Location"]


def test_forgotten_password_is_set_anew_by_the_link_in_the_outbox(client: Client, dan: User) -> None:
    client.post("/accounts/password/reset/", {"email": "dan@example.com"})
    message = OutboxMessage.objects.get()
    assert (message.to, message.template) == ("dan@example.com", "sign_in_mail")
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+)", message.facts["body"])
    assert link
    form = client.get(link[1], follow=True)
    address = form.redirect_chain[-1][0]
    client.post(address, {"password1": "nine blue ladders wait", "password2": "nine blue ladders wait"})
    assert sign_in(Client(), "dan@example.com", "nine blue ladders wait") == 302


def test_unknown_address_gets_no_mail_and_the_same_page(client: Client, dan: User) -> None:
    known = client.post("/accounts/password/reset/", {"email": "dan@example.com"})
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@example.com"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert OutboxMessage.objects.count() == 1


def test_mail_is_in_the_readers_language(client: Client, dan: User) -> None:
    User.objects.filter(pk=dan.pk).update(language="es")
    client.post("/accounts/password/reset/", {"email": "dan@example.com"})
    assert "contraseña" in OutboxMessage.objects.get().facts["body"]


def test_sign_in_page_offers_passkeys(client: Client, db: None) -> None:
    response = client.get("/accounts/2fa/webauthn/login/", headers={"accept": "application/json"})
    assert response.status_code == 200
    assert response.json()["request_options"]["publicKey"]["challenge"]

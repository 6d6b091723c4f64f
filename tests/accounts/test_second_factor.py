import re
import time

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client, RequestFactory
from django.urls import get_resolver
from pytest_django import Settings
from tests.accounts.conftest import PASSWORD

from midway.accounts.models import User
from midway.config.second_factor import OPEN_TO_ALL, _to_setting_up

pytestmark = pytest.mark.django_db
SETTING_UP = "/accounts/2fa/totp/activate/"


@pytest.fixture(autouse=True)
def _owners_need_one(settings: Settings) -> None:
    settings.TWO_FACTOR_ROLES = ("owner",)


def sign_in(client: Client, email: str) -> str:
    response = client.post("/accounts/login/", {"login": email, "password": PASSWORD})
    return response.headers.get("Location", "")


def code_for(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def enrol(client: Client) -> str:
    """Will set up an app the way a person does, and return its secret."""
    asked_again = client.get(SETTING_UP)["Location"]
    client.post(asked_again, {"password": PASSWORD})
    page = client.get(SETTING_UP).content.decode()
    found = re.search(r"\b([A-Z2-7]{32})\b", page)
    assert found, page
    secret = found[1]
    response = client.post(SETTING_UP, {"code": code_for(secret)})
    assert response.status_code == 302, response.content.decode()
    return secret


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/dev/mail/",
        "/accounts/password/change/",
        "/accounts/email/",
        "/accounts/2fa/recovery-codes/",
        "//",
        "/book/../",
    ],
)
def test_owner_without_one_gets_no_further(client: Client, olga: User, address: str) -> None:
    sign_in(client, "olga@example.com")
    response = client.get(address)
    assert response.status_code in {302, 404}
    assert response.status_code == 404 or response["Location"] == SETTING_UP


def test_every_page_but_the_named_ones_is_shut(client: Client, olga: User) -> None:
    sign_in(client, "olga@example.com")
    asked = 0
    for name, entry in get_resolver().reverse_dict.items():
        if not isinstance(name, str) or name in OPEN_TO_ALL or entry[0][0][1]:
            continue
        response = client.get("/" + entry[0][0][0])
        assert (response.status_code, response.headers.get("Location")) == (302, SETTING_UP), name
        asked += 1
    assert asked > 5


def test_a_program_asking_with_the_session_is_refused_in_its_language(client: Client, olga: User) -> None:
    response = _to_setting_up(RequestFactory().get("/api/v1/services"))
    assert response.status_code == 403
    assert response["Content-Type"] == "application/problem+json"


def test_with_an_app_the_owner_gets_on(client: Client, olga: User) -> None:
    sign_in(client, "olga@example.com")
    enrol(client)
    assert client.get("/accounts/2fa/").status_code == 200
    assert client.get("/accounts/password/change/").status_code == 200


def test_secret_of_the_app_is_encrypted_at_rest(client: Client, olga: User) -> None:
    sign_in(client, "olga@example.com")
    secret = enrol(client)
    assert secret not in str(Authenticator.objects.filter(type="totp").values().get())


def test_next_time_the_password_alone_is_not_enough(client: Client, olga: User) -> None:
    sign_in(client, "olga@example.com")
    secret = enrol(client)
    other = Client()
    assert sign_in(other, "olga@example.com") == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in other.session
    # The code that set the app up was used; a later one is taken.
    with time_machine.travel(time.time() + 60, tick=True):
        response = other.post("/accounts/2fa/authenticate/", {"code": code_for(secret)})
    assert response.status_code == 302, response.content.decode()
    assert other.session["_auth_user_id"] == str(olga.pk)


def test_recovery_codes_alone_are_no_second_factor(client: Client, olga: User) -> None:
    sign_in(client, "olga@example.com")
    enrol(client)
    Authenticator.objects.filter(type="totp").delete()
    assert Authenticator.objects.filter(type="recovery_codes").exists()
    assert client.get("/")["Location"] == SETTING_UP


def test_other_roles_are_left_alone(client: Client, dan: User) -> None:
    sign_in(client, "dan@example.com")
    assert client.get("/accounts/password/change/").status_code == 200


def test_without_the_setting_nobody_needs_one(client: Client, olga: User, settings: Settings) -> None:
    settings.TWO_FACTOR_ROLES = ()
    sign_in(client, "olga@example.com")
    assert client.get("/accounts/password/change/").status_code == 200

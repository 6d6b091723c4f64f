"""The pages on which somebody changes how they sign in speak our words, in both languages."""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from tests.accounts.conftest import PASSWORD
from tests.accounts.test_second_factor import enrol, sign_in
from tests.cast import NOW

from midway.accounts.models import User

pytestmark = pytest.mark.django_db

PAGES = {
    "/accounts/2fa/": ("Laptop", "Laptop"),
    "/accounts/2fa/webauthn/": ("not used yet", "todavía sin usar"),
    "/accounts/2fa/recovery-codes/generate/": ("Make new recovery codes?", "¿Crear nuevos códigos de recuperación?"),
    "/accounts/2fa/totp/deactivate/": ("No more codes from the app?", "¿Dejar los códigos de la aplicación?"),
    "/accounts/2fa/webauthn/keys/{key}/edit/": ("Rename the passkey", "Cambiar el nombre de la llave"),
    "/accounts/2fa/webauthn/keys/{key}/remove/": ("“Laptop” will no longer open", "«Laptop» ya no abrirá"),
    "/accounts/reauthenticate/": ("Is it you?", "¿Eres tú?"),
    "/accounts/2fa/reauthenticate/": ("Is it you?", "¿Eres tú?"),
    "/accounts/2fa/webauthn/reauthenticate/": ("Use a passkey", "Usar una llave de acceso"),
}
THEIR_WORDS = ("Security Key", "security key", "llave de seguridad", "Reauthenticate", "Confirm Access", "object at 0x")


@pytest.fixture
def key(client: Client, olga: User) -> int:
    """A passkey of Olga's, who has signed in and set up codes too."""
    sign_in(client, "olga@example.com")
    enrol(client)
    data = {"name": "Laptop", "credential": {"clientExtensionResults": {"credProps": {"rk": True}}}}
    return Authenticator.objects.create(user=olga, type="webauthn", data=data, created_at=NOW).pk


@pytest.mark.parametrize("path", PAGES)
def test_it_says_what_it_does(client: Client, key: int, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("allauth.mfa.webauthn.views.auth.begin_authentication", lambda user: {"publicKey": {}})

    for language, words in zip(("en", "es"), PAGES[path], strict=True):
        answer = client.get(path.format(key=key), headers={"accept-language": language})
        page = answer.content.decode()
        assert answer.status_code == 200, answer.headers.get("Location")
        assert words in page
        assert not [theirs for theirs in THEIR_WORDS if theirs in page]


def test_a_passkey_is_renamed(client: Client, key: int) -> None:
    answer = client.post(f"/accounts/2fa/webauthn/keys/{key}/edit/", {"name": "Olga’s desk"})

    assert answer.status_code == 302
    assert Authenticator.objects.get(pk=key).data["name"] == "Olga’s desk"


def test_the_password_shows_who_it_is(client: Client, key: int) -> None:
    answer = client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/accounts/2fa/"})

    assert answer.headers["Location"] == "/accounts/2fa/"

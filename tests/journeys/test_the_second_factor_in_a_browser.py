"""Somebody new is let in, sets up codes and a passkey, and signs in with each of them."""

import re
from time import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect
from tests.journeys.story import sign_in
from tests.product import RunningProduct
from tests.shared_product import Mailbox

pytestmark = [pytest.mark.journeys, pytest.mark.slow]

EMAIL, PASSWORD = "rita.roth@example.com", "seven green kettles sing"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def rita(desk: BrowserContext) -> Page:
    """A browser on a device with a fingerprint reader."""
    page = desk.new_page()
    device = desk.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return page


def at_home(product: RunningProduct) -> str:
    """The address as the person's own machine calls it: browsers allow passkeys on plain HTTP for localhost only."""
    return f"http://localhost:{product.port}"


def code_of(secret: str, *, steps: int = 0) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time() // 30) + steps)))


def is_for_everybody(page: Page) -> None:
    violations = Axe().run(page).response["violations"]
    assert [v["id"] for v in violations if v["impact"] in {"serious", "critical"}] == []


def sign_out(page: Page, url: str) -> None:
    page.goto(f"{url}/accounts/2fa/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_load_state()


def give_password(page: Page, url: str) -> None:
    page.goto(f"{url}/accounts/login/")
    page.get_by_label("Email").or_(page.get_by_label("E-mail")).first.fill(EMAIL)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def prove_yourself(page: Page) -> None:
    """Whoever changes how they sign in is asked for the password once more."""
    page.wait_for_url("**/reauthenticate/**")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("form:has([name=password]) button").click()


def test_somebody_new_is_let_in_and_signs_in_with_codes_and_with_a_passkey(
    phone: BrowserContext, rita: Page, product: RunningProduct, mailbox: Mailbox
) -> None:
    url = at_home(product)
    _invite(phone.new_page(), product.url)
    letter = mailbox.next_letter_to(EMAIL).get_payload(decode=True)
    assert isinstance(letter, bytes)
    link = re.search(r"/accounts/password/reset/\S+", letter.decode())
    assert link
    rita.goto(f"{url}{link[0]}")
    rita.locator("[name=password1]").fill(PASSWORD)
    rita.locator("[name=password2]").fill(PASSWORD)
    rita.get_by_role("button", name="Keep this password").click()
    rita.wait_for_url("**/done/**")
    give_password(rita, url)
    rita.wait_for_url("**/office/")

    secret = _set_up_codes(rita, url)
    sign_out(rita, url)
    give_password(rita, url)
    expect(rita.get_by_role("heading", name="One more step")).to_be_visible()
    is_for_everybody(rita)
    # The code before this one is good for half a minute more, and was not used yet.
    rita.locator("[name=code]").fill(code_of(secret, steps=1))
    rita.get_by_role("button", name="Sign in", exact=True).click()
    rita.wait_for_url("**/office/")

    _add_passkey(rita, url)
    sign_out(rita, url)
    rita.goto(f"{url}/accounts/login/")
    rita.get_by_role("button", name="Sign in with a passkey").click()
    rita.wait_for_url("**/office/")
    rita.goto(f"{url}/accounts/2fa/webauthn/")
    expect(rita.get_by_text("Opens alone")).to_be_visible()
    expect(rita.get_by_text("last used on")).to_be_visible()


def _invite(page: Page, url: str) -> None:
    sign_in(page, url, "owner@example.com")
    page.goto(f"{url}/office/accounts/")
    is_for_everybody(page)
    page.get_by_label("Name").fill("Rita Roth")
    page.locator("[name=email]").fill(EMAIL)
    page.get_by_role("button", name="Invite").click()
    expect(page.get_by_text("Rita Roth gets a letter")).to_be_visible()


def _set_up_codes(page: Page, url: str) -> str:
    page.goto(f"{url}/accounts/2fa/")
    is_for_everybody(page)
    page.get_by_role("link", name="Set it up").click()
    prove_yourself(page)
    page.wait_for_url("**/totp/activate/")
    is_for_everybody(page)
    page.get_by_text("The phone cannot see the picture").click()
    secret = page.locator("code.secret").inner_text()
    page.locator("[name=code]").fill(code_of(secret))
    page.get_by_role("button", name="Set it up").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    assert page.locator(".codes li").count() == 10
    is_for_everybody(page)
    return secret


def _add_passkey(page: Page, url: str) -> None:
    page.goto(f"{url}/accounts/2fa/")
    page.get_by_role("link", name="Add a passkey").click()
    prove_yourself(page)
    page.wait_for_url("**/webauthn/add/")
    is_for_everybody(page)
    page.get_by_label("Name").fill("Rita’s laptop")
    page.get_by_role("button", name="Add it").click()
    page.wait_for_url(lambda address: not address.endswith("/webauthn/add/"))
    page.goto(f"{url}/accounts/2fa/webauthn/")
    expect(page.get_by_text("Rita’s laptop").first).to_be_visible()
    is_for_everybody(page)

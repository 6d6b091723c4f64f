"""Every page of the office, held to axe and to the width of the window, on a desk and on a small phone."""

from collections.abc import Callable
from typing import Literal
from uuid import uuid4

import psycopg
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize
from tests.journeys.story import sign_in
from tests.product import RunningProduct, database_address

pytestmark = pytest.mark.journeys

DESK: ViewportSize = {"width": 1440, "height": 900}
SETTLED = "Promise.all(document.getAnimations().filter(one => one instanceof CSSTransition).map(one => one.finished))"
"""Colours change in steps; what moves for ever is not waited for."""
PHONE: ViewportSize = {"width": 360, "height": 900}

Findings = Callable[[Page], list[str]]

PAGES = [
    "/office/",
    "/office/board/",
    "/office/board/?view=week",
    "/office/customers/",
    "/office/appointments/new",
    "/office/people/",
    "/office/people/new",
    "/office/people/skills-and-teams/",
    "/office/branches/new",
    "/office/plans/",
    "/office/plans/promises/",
    "/office/plans/new",
    "/office/prices/",
    "/office/prices/policies/",
    "/office/prices/policies/?service=deep",
    "/office/prices/rise",
    "/office/prices/codes/",
    "/office/prices/pace/",
    "/office/prices/services/new",
    "/office/prices/services/deep/",
    "/office/search?q=an",
    "/office/messages/?state=needs",
    "/office/messages/texts/",
    "/office/messages/texts/visit_moved/en/email/",
    "/office/messages/programs/",
    "/office/why/?service=regular&postcode=21201&bedrooms=2&bathrooms=1&on=2026-01-05&at=09:00",
    "/office/customers/sheets/",
    "/office/customers/waiting/",
    "/office/customers/waiting/new",
    "/office/messages/texts/waiting_offer/en/email/",
    "/office/exports/",
    "/office/incidents/",
    "/office/incidents/urgency/",
    "/office/incidents/measures/",
    "/office/incidents/on-call/",
    "/office/system/",
    "/office/system/recovery/",
    "/office/system/host.disk/",
]


@pytest.fixture(scope="module")
def message(product: RunningProduct) -> str:
    """The page of a message that did not arrive, which also stands on Today and in the list."""
    code = uuid4()
    with psycopg.connect(database_address(product)) as connection:
        connection.execute(
            'INSERT INTO messaging_outboxmessage (code, key, channel, template, "to", language, subject_code, facts,'
            " state, attempts, next_try_at, created_at, last_error)"
            " VALUES (%s, %s, 'email', 'visit_moved', 'gone@example.com', 'en', %s, '{}', 'failed', 1, now(), now(),"
            " '550 5.1.1 No such mailbox here')",
            [code, str(code), uuid4()],
        )
    return f"/office/messages/{code}/"


@pytest.fixture(scope="module")
def program(product: RunningProduct) -> str:
    """The page of a program that was told something and did not take it."""
    code = uuid4()
    with psycopg.connect(database_address(product)) as connection:
        connection.execute(
            "INSERT INTO messaging_webhookendpoint (code, url, events, secret, active, created_at, created_by,"
            " failures, switched_off_at)"
            " VALUES (%s, 'https://hooks.invalid/midway', '{booking.*}', 'sealed', false, now(), '', 9, now())",
            [code],
        )
        connection.execute(
            "INSERT INTO messaging_webhookdelivery (endpoint_id, entry_id, state, attempts, next_try_at, created_at,"
            " status, last_error) SELECT (SELECT id FROM messaging_webhookendpoint WHERE code = %s), max(id), 'failed',"
            " 9, now(), now(), 500, 'answered 500: no' FROM journal_entry",
            [code],
        )
    return f"/office/messages/programs/{code}/"


@pytest.fixture(scope="module")
def office(browser: Browser, product: RunningProduct) -> BrowserContext:
    context = browser.new_context(viewport=DESK)
    sign_in(context.new_page(), product.url, "owner@example.com")
    return context


def on_a_desk(page: Page) -> list[str]:
    """What axe finds serious on a desk, and whether a small phone is too narrow."""
    found = _seen_at(page, DESK, "light")
    page.set_viewport_size(PHONE)
    found += _too_wide(page, "360 light")
    page.set_viewport_size(DESK)
    return found


def elsewhere(page: Page) -> list[str]:
    """What axe finds serious in the dark and on a small phone."""
    found = _seen_at(page, DESK, "dark", only="color-contrast") + _seen_at(page, PHONE, "light")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(DESK)
    return found


@pytest.fixture(params=[on_a_desk, pytest.param(elsewhere, marks=pytest.mark.slow)], ids=lambda look: look.__name__)
def findings(request: pytest.FixtureRequest) -> Findings:
    """Looks at a page: in every run on a desk, with all the drills everywhere else."""
    found: Findings = request.param
    return found


def _seen_at(page: Page, size: ViewportSize, scheme: Literal["light", "dark"], *, only: str = "") -> list[str]:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(size)
    page.evaluate(SETTLED)
    options = {"runOnly": {"type": "rule", "values": [only]}} if only else None
    violations = Axe().run(page, options=options).response["violations"]
    where = f"{size['width']} {scheme}"
    serious = [
        f"{where}: {v['id']}: {v['nodes'][0]['html'][:120]}"
        for v in violations
        if v["impact"] in {"serious", "critical"}
    ]
    return serious + _too_wide(page, where)


def _too_wide(page: Page, where: str) -> list[str]:
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{where}: {width} px wider than the window"] if width > 0 else []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_the_office(
    office: BrowserContext, product: RunningProduct, message: str, program: str, findings: Findings, path: str
) -> None:
    page = office.new_page()
    page.goto(f"{product.url}{path}")
    assert findings(page) == []
    page.close()


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        ("visits", "booking_visit"),
        ("customers", "customers_customer"),
        ("people", "crew_cleaner"),
        ("plans", "booking_plan"),
    ],
)
def test_the_page_of_one(
    office: BrowserContext, product: RunningProduct, findings: Findings, kind: str, table: str
) -> None:
    with psycopg.connect(database_address(product)) as connection:
        found = connection.execute(f"SELECT code FROM {table} ORDER BY id DESC LIMIT 1").fetchone()
    assert found is not None
    page = office.new_page()
    page.goto(f"{product.url}/office/{kind}/{found[0]}/")
    assert findings(page) == []
    page.close()


@pytest.mark.parametrize("which", ["message", "program"])
def test_the_page_of_what_did_not_arrive(
    office: BrowserContext, product: RunningProduct, message: str, program: str, findings: Findings, which: str
) -> None:
    page = office.new_page()
    page.goto(f"{product.url}{message if which == 'message' else program}")
    assert findings(page) == []
    page.close()


def test_the_secret_of_a_new_program(office: BrowserContext, product: RunningProduct, findings: Findings) -> None:
    page = office.new_page()
    page.goto(f"{product.url}/office/messages/programs/")
    page.locator("input[name=url]").fill("https://hooks.invalid/new")
    page.locator("input[value='crew.*']").check()
    page.get_by_role("button", name="Tell it from now on").click()
    assert "whsec_" in page.locator(".secret-text").inner_text()
    assert findings(page) == []
    page.close()


def test_words_are_previewed_while_typing(office: BrowserContext, product: RunningProduct, findings: Findings) -> None:
    page = office.new_page()
    page.goto(f"{product.url}/office/messages/texts/visit_moved/en/sms/")
    page.locator("textarea[name=body]").fill("{{ nme }}")
    page.get_by_text("This message does not know: nme.").wait_for()
    assert findings(page) == []
    page.locator("textarea[name=body]").fill("Soon, {{ branch }}: 🧽")
    page.get_by_text("hold 70 instead of 160: 🧽").wait_for()
    assert findings(page) == []
    page.close()

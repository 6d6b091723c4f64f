"""Every page of the office, held to axe and to the width of the window, on a desk and on a small phone."""

from uuid import uuid4

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext
from tests.journeys.looking import DESK, Findings, elsewhere, on_a_desk
from tests.journeys.story import sign_in
from tests.product import RunningProduct, database_address

pytestmark = pytest.mark.journeys

EVERY_DAY = [
    "/office/",
    "/office/board/",
    "/office/board/?view=week",
    "/office/customers/",
    "/office/appointments/new",
    "/office/people/",
    "/office/plans/",
    "/office/plans/promises/",
    "/office/prices/",
    "/office/messages/?state=needs",
    "/office/incidents/",
    "/office/system/",
]
NOW_AND_THEN = [
    "/office/people/new",
    "/office/people/skills-and-teams/",
    "/office/branches/new",
    "/office/plans/new",
    "/office/prices/policies/",
    "/office/prices/policies/?service=deep",
    "/office/prices/rise",
    "/office/prices/codes/",
    "/office/prices/pace/",
    "/office/prices/services/new",
    "/office/prices/services/deep/",
    "/office/search?q=an",
    "/office/messages/texts/",
    "/office/messages/texts/visit_moved/en/email/",
    "/office/messages/programs/",
    "/office/why/?service=regular&postcode=21201&bedrooms=2&bathrooms=1&on=2026-01-05&at=09:00",
    "/office/customers/sheets/",
    "/office/customers/waiting/",
    "/office/customers/waiting/new",
    "/office/messages/texts/waiting_offer/en/email/",
    "/office/exports/",
    "/office/incidents/urgency/",
    "/office/incidents/measures/",
    "/office/incidents/on-call/",
    "/office/system/recovery/",
    "/office/system/host.disk/",
]
PAGES = [*EVERY_DAY, *(pytest.param(path, marks=pytest.mark.slow) for path in NOW_AND_THEN)]
"""Those somebody opens every day are looked at in every run; with the drills, all."""


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


@pytest.fixture(params=[on_a_desk, pytest.param(elsewhere, marks=pytest.mark.slow)], ids=lambda look: look.__name__)
def findings(request: pytest.FixtureRequest) -> Findings:
    """Looks at a page: in every run on a desk, with all the drills everywhere else."""
    found: Findings = request.param
    return found


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

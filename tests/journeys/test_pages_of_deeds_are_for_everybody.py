"""Pages on which something is decided or said, with their folds open: a plan before it is sold, a customer's own
prices, visits in every state, the time of an incident, the cleaner's taps. Held to axe and to the window's width."""

import re
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, Page
from tests.journeys.looking import DESK, elsewhere, on_a_desk
from tests.journeys.story import sign_in
from tests.product import RunningProduct, database_address

pytestmark = [pytest.mark.journeys, pytest.mark.slow]
UNFOLD = "document.querySelectorAll('details').forEach(one => one.open = true)"


def wrong_on(page: Page) -> list[str]:
    """What is wrong with the page as it stands, everything on it unfolded."""
    page.evaluate(UNFOLD)
    return on_a_desk(page) + elsewhere(page)


def code_of(product: RunningProduct, question: str, *facts: object) -> str:
    with psycopg.connect(database_address(product)) as connection:
        found = connection.execute(question.encode(), facts).fetchone()
    assert found is not None
    return str(found[0])


@pytest.fixture(params=["en", "es"])
def page(browser: Browser, product: RunningProduct, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport=DESK, locale="en-US")
    context.add_cookies([{"name": "django_language", "value": request.param, "url": product.url}])
    yield context.new_page()
    context.close()


def test_a_plan_before_it_is_sold(page: Page, product: RunningProduct) -> None:
    sign_in(page, product.url, "owner@example.com")
    page.goto(f"{product.url}/office/plans/new")
    page.locator("[name=postcode]").fill("21224")
    page.locator("[name=rhythm]").select_option("weekly")
    page.locator("button[value=times]").click()
    page.locator("input[name=start]").first.wait_for(state="attached")
    assert wrong_on(page) == []
    page.locator("details[open] input[name=start]").last.check(force=True)  # drawn by the label below it
    page.locator("button[value=check]").click()
    page.locator("#check").wait_for()
    assert wrong_on(page) == []
    page.locator("button[value=sell]").click()  # nobody is named yet
    page.locator("#check").wait_for()
    assert wrong_on(page) == []


def test_credit_own_prices_and_visits_in_every_state(page: Page, product: RunningProduct) -> None:
    sign_in(page, product.url, "owner@example.com")
    customer = code_of(product, "SELECT code FROM customers_customer ORDER BY id LIMIT 1")
    addresses = [f"customers/{customer}/credit/"]
    with psycopg.connect(database_address(product)) as connection:
        states = connection.execute("SELECT DISTINCT ON (state) code FROM booking_visit ORDER BY state, id DESC")
        addresses += [f"visits/{code}/" for (code,) in states]
    assert len(addresses) > 3
    wrong = {}
    for address in addresses:
        page.goto(f"{product.url}/office/{address}")
        if found := wrong_on(page):
            wrong[address] = found
    assert wrong == {}


def test_the_time_of_an_incident(page: Page, product: RunningProduct) -> None:
    sign_in(page, product.url, "owner@example.com")
    page.goto(f"{product.url}/office/incidents/")
    page.locator("[name=title]").fill("Nothing is printed")
    page.locator("form:has([name=title]) button").click()
    page.wait_for_url(re.compile(r"/office/incidents/[0-9a-f-]{36}/"))
    page.locator("a[href$='/window/']").click()
    page.wait_for_url("**/window/")
    assert wrong_on(page) == []
    page.goto(f"{page.url}?lines=all")
    assert wrong_on(page) == []


def test_the_taps_of_a_cleaner(page: Page, product: RunningProduct) -> None:
    whose = (
        "SELECT v.code FROM booking_visit v JOIN booking_assignment a ON a.visit_id = v.id AND a.active"
        " JOIN crew_cleaner c ON c.id = a.cleaner_id JOIN accounts_user u ON u.id = c.user_id"
        " WHERE u.email = 'cleaner@example.com' AND v.team_size = 1 AND v.state = 'scheduled'"
        " AND lower(v.during) > now() + interval '2 days' ORDER BY lower(v.during) LIMIT 1"
    )
    code = code_of(product, whose)
    with psycopg.connect(database_address(product), autocommit=True) as connection:
        was = connection.execute("SELECT during FROM booking_visit WHERE code = %s", [code]).fetchone()
        assert was is not None
        brought = "UPDATE booking_visit SET during = %s, state = 'scheduled' WHERE code = %s"
        soon = "tstzrange(now() + interval '40 minutes', now() + interval '160 minutes')"
        connection.execute(f"UPDATE booking_visit SET during = {soon} WHERE code = %s".encode(), [code])
        try:
            sign_in(page, product.url, "cleaner@example.com")
            page.goto(f"{product.url}/field/visits/{code}/")
            for tap in ("on-the-way", "started", "finished"):
                assert wrong_on(page) == []
                page.locator(f"form[action$='/{tap}'] button").click()
                page.locator("form[action$='/taking-back']").wait_for()
            assert wrong_on(page) == []
        finally:
            connection.execute(brought, [was[0], code])
            connection.execute(
                "DELETE FROM booking_actualtime t USING booking_visit v WHERE v.id = t.visit_id AND v.code = %s", [code]
            )

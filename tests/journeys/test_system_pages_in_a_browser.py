"""What a person does about a procedure, step by step in a browser: each page that comes of it is for everybody."""

import re
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, Page
from tests.journeys.looking import DESK, elsewhere, on_a_desk
from tests.journeys.story import sign_in
from tests.product import RunningProduct, database_address

pytestmark = [pytest.mark.journeys, pytest.mark.slow]
RUN = "header.page-head form button"
INDEX = "outbox_waiting"


@pytest.fixture(params=["en-US", "es-US"])
def page(browser: Browser, product: RunningProduct, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport=DESK, locale=request.param)
    page = context.new_page()
    sign_in(page, product.url, "owner@example.com")
    yield page
    context.close()


def findings(page: Page) -> list[str]:
    """Of this page on a desk, on a phone and in the dark."""
    return on_a_desk(page) + elsewhere(page)


def open_procedure(page: Page, product: RunningProduct, name: str) -> None:
    page.goto(f"{product.url}/office/system/{name}/")


def run_and_wait(page: Page, button: int = 0) -> None:
    """The page says that it runs, and shows what was found by itself when it is over."""
    page.locator(RUN).nth(button).click()
    page.wait_for_url("**?asked=*")
    page.wait_for_url(lambda address: "asked=" not in address)


def test_a_look_now_shows_by_itself_what_it_found(page: Page, product: RunningProduct) -> None:
    open_procedure(page, product, "host.disk")
    run_and_wait(page)
    assert "% of" in page.locator("section[aria-labelledby=now-title]").inner_text()
    assert findings(page) == []


def test_a_threshold_is_tried_before_it_is_set(page: Page, product: RunningProduct) -> None:
    open_procedure(page, product, "host.disk")
    run_and_wait(page)
    page.locator("#limits summary").first.click()
    page.locator("#limits input[name$=-warn]").first.fill("1")
    page.locator("#limits button[value=try]").first.click()
    note = page.locator("#limits .note").first
    note.wait_for()
    assert re.search(r"\b[1-9]\d*\b", note.inner_text()), "it says how often it would have rung"
    assert findings(page) == []


def test_what_sleeps_says_why_and_is_woken(page: Page, product: RunningProduct) -> None:
    open_procedure(page, product, "host.memory")
    page.locator("[name=snooze-reason]").fill("More memory is ordered.")
    page.locator("form[action$=snoozes] button").click()
    page.get_by_text("More memory is ordered.").wait_for()
    assert findings(page) == []
    page.locator("form[action$=end] button").click()
    page.get_by_text("More memory is ordered.").wait_for(state="hidden")


def test_a_repair_says_what_it_would_do_and_then_does_it(page: Page, product: RunningProduct) -> None:
    with psycopg.connect(database_address(product), autocommit=True) as connection:
        connection.execute(f"DROP INDEX IF EXISTS {INDEX}")
    open_procedure(page, product, "indexes.create")
    assert page.locator(RUN).count() == 1, "nothing can be confirmed before it was said"
    run_and_wait(page)
    assert INDEX in page.locator("section[aria-labelledby=now-title]").inner_text()
    assert page.locator(RUN).count() == 2
    assert findings(page) == []
    run_and_wait(page, button=1)
    assert page.locator(RUN).count() == 1
    with psycopg.connect(database_address(product)) as connection:
        assert connection.execute("SELECT count(*) FROM pg_class WHERE relname = %s", [INDEX]).fetchone() == (1,)

"""What a person does about a procedure, step by step in a browser: each page that comes of it is for everybody."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from tests.journeys.story import sign_in
from tests.journeys.test_office_pages_are_for_everybody import DESK, findings
from tests.product import RunningProduct

pytestmark = [pytest.mark.journeys, pytest.mark.slow]
RUN = "header.page-head form button"


@pytest.fixture(params=["en-US", "es-US"])
def page(browser: Browser, product: RunningProduct, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport=DESK, locale=request.param)
    page = context.new_page()
    sign_in(page, product.url, "owner@example.com")
    yield page
    context.close()


def open_procedure(page: Page, product: RunningProduct, name: str) -> None:
    page.goto(f"{product.url}/office/system/{name}/")


def run_and_wait(page: Page, button: int = 0) -> None:
    """The page says that it runs, and shows what was found by itself when it is over."""
    page.locator(RUN).nth(button).click()
    page.wait_for_url("**?asked=*")
    page.wait_for_url(lambda address: "asked=" not in address)


def test_a_look_now_shows_how_far_it_is_and_what_it_found(page: Page, product: RunningProduct) -> None:
    open_procedure(page, product, "host.disk")
    page.locator(RUN).first.click()
    page.wait_for_url("**?asked=*")
    if page.locator("#progress .note").count():
        assert findings(page) == []
    page.wait_for_url(lambda address: "asked=" not in address)
    assert page.locator("#now-title + .badge, #now-title ~ *").count()
    assert findings(page) == []


def test_a_threshold_is_tried_before_it_is_set(page: Page, product: RunningProduct) -> None:
    open_procedure(page, product, "host.disk")
    run_and_wait(page)
    page.locator("#limits summary").first.click()
    page.locator("#limits input[name$=-warn]").first.fill("1")
    page.locator("#limits button[value=try]").first.click()
    page.locator("#limits .note").first.wait_for()
    assert findings(page) == []


def test_what_sleeps_says_why_and_is_woken(page: Page, product: RunningProduct) -> None:
    open_procedure(page, product, "host.memory")
    page.locator("[name=snooze-reason]").fill("More memory is ordered.")
    page.locator("form[action$=snoozes] button").click()
    page.get_by_text("More memory is ordered.").wait_for()
    assert findings(page) == []
    page.locator("form[action$=end] button").click()
    page.get_by_text("More memory is ordered.").wait_for(state="hidden")


def test_a_repair_says_what_it_would_do_before_it_may_do_it(page: Page, product: RunningProduct) -> None:
    open_procedure(page, product, "tables.rewrite")
    run_and_wait(page)
    assert page.locator(RUN).count() == 2
    assert page.locator("input[name=typed]").count() == 1
    assert findings(page) == []

"""What people see when something breaks, held to axe and to the width of the window: from the report to what was
learned, and the status page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from tests.journeys.looking import DESK, on_a_desk
from tests.journeys.story import sign_in
from tests.product import RunningProduct

pytestmark = [pytest.mark.journeys, pytest.mark.slow]


@pytest.fixture
def stranger(browser: Browser, product: RunningProduct) -> Iterator[Page]:
    context = browser.new_context(viewport=DESK, locale="en-US")
    context.add_cookies([{"name": "django_language", "value": "en", "url": product.url}])
    yield context.new_page()
    context.close()


def test_an_incident_from_its_opening_to_what_was_learned(stranger: Page, product: RunningProduct) -> None:
    page = stranger
    sign_in(page, product.url, "owner@example.com")
    page.goto(f"{product.url}/office/incidents/")
    page.get_by_label("What does not work").fill("No card is taken")
    page.get_by_role("button", name="Open it").click()
    page.get_by_role("heading", name="No card is taken").wait_for()
    assert on_a_desk(page) == []
    page.get_by_role("button", name="I have it").first.click()
    page.get_by_label("How you saw that it is mended").fill("Paid one myself")
    page.get_by_role("button", name="I saw it").click()
    page.get_by_role("button", name="Close it").click()
    page.get_by_role("link", name="What was learned").first.click()
    page.get_by_role("heading", name="What was learned").wait_for()
    assert on_a_desk(page) == []
    page.goto(f"{product.url}/office/incidents/")
    assert page.get_by_role("link", name="No card is taken").count() == 1


@pytest.mark.parametrize(
    ("who", "start"),
    [("customer@example.com", "/my/"), ("cleaner@example.com", "/field/")],
    ids=["customer", "cleaner"],
)
def test_somebody_finds_where_to_say_that_something_does_not_work(
    stranger: Page, product: RunningProduct, who: str, start: str
) -> None:
    page = stranger
    sign_in(page, product.url, who)
    page.goto(f"{product.url}{start}")
    page.get_by_role("link", name="Something does not work").click()
    page.get_by_role("heading", name="Something does not work").wait_for()
    assert on_a_desk(page) == []
    page.get_by_label("What happened").fill("The page of my visit stays white.")
    page.get_by_role("button", name="Send it").click()
    page.get_by_text("Thank you. Somebody looks into it.").wait_for()
    assert on_a_desk(page) == []
    page.locator("a.back").click()
    page.wait_for_url(f"{product.url}{start}")


def test_the_status_page_in_both_languages(stranger: Page, product: RunningProduct) -> None:
    page = stranger
    page.goto(f"{product.url}/status/")
    assert on_a_desk(page) == []
    page.goto(f"{product.url}/status/index.es.html")
    assert on_a_desk(page) == []

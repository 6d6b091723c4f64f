"""Every page of the office, held to axe and to the width of the window, on a desk and on a small phone."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page
from tests.journeys.story import sign_in
from tests.product import RunningProduct

pytestmark = pytest.mark.journeys

PAGES = [
    "/office/",
    "/office/board/",
    "/office/board/?view=week",
    "/office/customers/",
    "/office/appointments/new",
    "/office/people/",
    "/office/people/new",
    "/office/prices/",
    "/office/prices/policies/",
    "/office/prices/policies/?service=deep",
    "/office/prices/rise",
    "/office/search?q=an",
]


@pytest.fixture(
    scope="module", params=[(1440, "light"), (1440, "dark"), (360, "light")], ids=lambda p: f"{p[0]} {p[1]}"
)
def office(request: pytest.FixtureRequest, browser: Browser, product: RunningProduct) -> BrowserContext:
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    sign_in(context.new_page(), product.url, "owner@example.com")
    return context


def findings(page: Page) -> list[str]:
    """What axe finds serious, and whether the page is wider than the window."""
    violations = Axe().run(page).response["violations"]
    serious = [
        f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in violations if v["impact"] in {"serious", "critical"}
    ]
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [*serious, *([f"{width} px wider than the window"] if width > 0 else [])]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_the_office(office: BrowserContext, product: RunningProduct, path: str) -> None:
    page = office.new_page()
    page.goto(f"{product.url}{path}")
    assert findings(page) == []
    page.close()


@pytest.mark.parametrize("kind", ["visits", "customers", "people"])
def test_the_page_of_one(office: BrowserContext, product: RunningProduct, kind: str) -> None:
    page = office.new_page()
    page.goto(f"{product.url}/office/{'board/' if kind == 'visits' else f'{kind}/'}")
    one = re.compile(rf"/office/{kind}/[0-9a-f-]{{36}}/")
    links = [link.get_attribute("href") or "" for link in page.locator(f"a[href*='/office/{kind}/']").all()]
    address = next(match.group() for match in map(one.search, links) if match)
    page.goto(f"{product.url}{address}")
    assert findings(page) == []
    page.close()

"""The booking pages in a real browser: a stranger books, moves and cancels, with scripts and without."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Response, expect
from tests.product import RunningProduct

pytestmark = pytest.mark.journeys

POSTCODE = "21201"
FIRST_PAGE_BYTES = 60_000


@dataclass(frozen=True)
class Reader:
    """How somebody looks at us."""

    width: int
    scheme: str
    language: str
    scripts: bool = True

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}-{self.language}-{'' if self.scripts else 'no-'}scripts"


READERS = [Reader(360, "light", "en-US"), Reader(360, "light", "en-US", scripts=False)]
MORE_READERS = [Reader(360, "dark", "es-US"), Reader(1440, "light", "es-US"), Reader(1440, "dark", "en-US")]


@pytest.fixture(params=[*READERS, *(pytest.param(one, marks=pytest.mark.slow) for one in MORE_READERS)], ids=str)
def reader_page(request: pytest.FixtureRequest, browser: Browser) -> Any:
    reader: Reader = request.param
    context = browser.new_context(
        viewport={"width": reader.width, "height": 800},
        color_scheme="dark" if reader.scheme == "dark" else "light",
        locale=reader.language,
        java_script_enabled=reader.scripts,
    )
    yield context.new_page(), reader
    context.close()


def nothing_serious(page: Page, reader: Reader) -> None:
    """Will hold the page to axe, and to the width of the window."""
    if not reader.scripts:
        return
    found = Axe().run(page)
    serious = [v for v in found.response["violations"] if v["impact"] in {"serious", "critical", "moderate"}]
    assert not serious, [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in serious]
    assert page.evaluate("document.documentElement.scrollWidth") <= reader.width


def test_a_stranger_books_moves_and_cancels(product: RunningProduct, reader_page: tuple[Page, Reader]) -> None:
    page, reader = reader_page
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda said: problems.append(said.text) if "Content Security Policy" in said.text else None)

    page.goto(product.url)
    nothing_serious(page, reader)
    page.locator("#id_extras_oven").check()
    page.fill("#id_postcode", POSTCODE)
    page.locator(".price-panel .go button").click()

    page.wait_for_url("**/when")
    nothing_serious(page, reader)
    page.locator("a.day").nth(1).click()  # on a Thursday evening few are left to offer
    expect(page).to_have_url(re.compile(r"day="))
    page.locator(".part-of-day .slot").first.click()

    page.wait_for_url("**/you")
    nothing_serious(page, reader)
    page.fill("#id_name", "Ruth Adler")
    page.fill("#id_email", "ruth@")
    page.locator(".book-it button").click()
    expect(page.locator("#id_email-problem")).to_be_visible()
    nothing_serious(page, reader)
    page.fill("#id_email", f"ruth.{reader.width}.{reader.scheme}.{reader.scripts}@example.com".lower())
    page.fill("#id_phone", "410 555 0177")
    page.fill("#id_line1", "9 Linden Avenue")
    page.locator(".book-it button").click()

    page.wait_for_url("**/visits/*")
    visit = page.url.split("?")[0]
    assert page.locator(".arrival .badge.ok").is_visible()
    nothing_serious(page, reader)

    page.goto(f"{visit}/rescheduling")
    nothing_serious(page, reader)
    page.locator("a.day").last.click()
    expect(page).to_have_url(re.compile(r"day="))
    page.locator(".part-of-day .slot").first.click()
    page.wait_for_url("**/visits/*moved")

    page.goto(f"{visit}/cancellation")
    nothing_serious(page, reader)
    page.locator(".button.danger").click()
    page.wait_for_url(visit)
    assert page.locator(".arrival.off").is_visible()
    nothing_serious(page, reader)
    assert problems == []


@pytest.mark.parametrize("address", ["/accounts/login/", "/accounts/password/reset/", "/accounts/signup/", "/nowhere"])
def test_signing_in_and_getting_lost_are_readable_by_everybody(
    product: RunningProduct, reader_page: tuple[Page, Reader], address: str
) -> None:
    page, reader = reader_page
    page.goto(product.url + address)

    assert page.locator("h1").is_visible()
    nothing_serious(page, reader)


def test_the_first_page_is_light_and_does_not_jump(product: RunningProduct, page: Page) -> None:
    weights: list[int] = []

    def weigh(response: Response) -> None:
        sizes = response.request.sizes()
        weights.append(sizes["responseBodySize"] + sizes["responseHeadersSize"])

    page.on("requestfinished", lambda request: weigh(request.response()))  # type: ignore[arg-type]
    page.add_init_script(
        "window.jumps = 0; new PerformanceObserver((list) => list.getEntries().forEach((entry) => {"
        " if (!entry.hadRecentInput) window.jumps += entry.value; }))"
        ".observe({ type: 'layout-shift', buffered: true });"
    )
    page.goto(product.url, wait_until="networkidle")

    assert len(weights) >= 4
    assert sum(weights) <= FIRST_PAGE_BYTES
    assert page.evaluate("window.jumps") < 0.01


def test_the_price_follows_the_choices_without_leaving_the_page(product: RunningProduct, page: Page) -> None:
    page.goto(product.url)
    total = page.locator("#price .total")
    before = total.inner_text()
    page.locator("#working summary").click()
    page.locator('[data-stepper] [data-step="1"]').first.click()

    expect(total).not_to_have_text(before)
    expect(page.locator("#id_bedrooms")).to_have_value("3")
    expect(page.locator("#working table")).to_be_visible()
    assert page.url.rstrip("/") == product.url


def test_the_whole_of_it_works_from_the_keyboard(product: RunningProduct, page: Page) -> None:
    page.goto(product.url)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Enter")
    page.locator("#id_service_regular").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#id_service_deep")).to_be_checked()
    page.locator("#id_postcode").focus()
    page.keyboard.type(POSTCODE)
    page.keyboard.press("Enter")
    page.wait_for_url("**/when")

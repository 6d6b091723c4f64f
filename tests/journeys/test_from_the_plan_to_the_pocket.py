"""From the plan to the pocket: planned, one visit dragged, somebody sick, published; cleaners and customers know."""

import re
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from playwright.sync_api import BrowserContext, Page, expect
from tests.journeys.story import sign_in
from tests.product import RunningProduct, database_address
from tests.shared_product import Mailbox

pytestmark = [pytest.mark.journeys, pytest.mark.slow]

GETTING_READY = 240_000
"""Milliseconds. The first search on a machine compiles the solver."""


def a_working_day_ahead() -> date:
    """The day after tomorrow, or the Monday after a weekend: everything on it is still to come."""
    day = datetime.now(tz=UTC).date() + timedelta(days=2)
    return day + timedelta(days=7 - day.weekday()) if day.weekday() >= 5 else day


def lift_to_a_free_time(page: Page) -> tuple[str, str]:
    """Will carry one visit to a later time of its own row that fits; gives its code and customer."""
    bars = page.locator("[data-board] .bar[data-movable]:not(:has(.people))")
    for index in range(bars.count()):
        bar = bars.nth(index)
        bar.focus()
        for _quarter in range(8):
            page.keyboard.press("ArrowRight")
            page.wait_for_function(
                "() => { const found = document.querySelector('.landing');"
                " return found.classList.contains('taken') || found.textContent.includes('driving'); }"
            )
            if "fits" in str(page.locator(".landing").get_attribute("class")):
                return str(bar.get_attribute("data-visit")), str(bar.get_attribute("data-customer"))
        page.keyboard.press("Escape")
    raise AssertionError("no visit of the day can begin later")


def address_of(product: RunningProduct, visit: str) -> str:
    """The e-mail address of whose visit it is."""
    asked = "SELECT c.email FROM booking_visit v JOIN customers_customer c ON c.id = v.customer_id WHERE v.code = %s"
    with psycopg.connect(database_address(product)) as connection:
        found = connection.execute(asked, [visit]).fetchone()
    assert found is not None
    return str(found[0])


def test_from_the_plan_to_the_pocket(
    page: Page, phone: BrowserContext, product: RunningProduct, mailbox: Mailbox
) -> None:
    day = a_working_day_ahead()
    sign_in(page, product.url, "dispatcher@example.com")
    board, plan = (f"{product.url}/office/board/{part}?date={day.isoformat()}" for part in ("", "plan/"))

    # Planned and published.
    page.goto(plan)
    page.get_by_role("button", name="Work out a better day").click()
    expect(page.get_by_role("heading", name="Proposed")).to_be_visible(timeout=GETTING_READY)
    page.get_by_role("button", name="Publish and tell the customers").click()
    expect(page.get_by_text("Published.").first).to_be_visible()

    # One visit dragged to another time, its customer told.
    page.goto(board)
    visit, customer = lift_to_a_free_time(page)
    page.keyboard.press("Enter")
    page.locator("#move-dialog").get_by_role("button", name="Move it").click()
    expect(page.locator(".toast.ok").last).to_contain_text(customer)
    assert mailbox.next_letter_to(address_of(product, visit))["Subject"]

    # Somebody falls ill; the first of three ways out is published.
    page.goto(plan)
    row = page.locator(".plan-board .board-row:has(.bar)").first
    name = str(row.locator(".who a").text_content())
    row.get_by_role("button", name=re.compile("Is sick")).click()
    expect(page.get_by_role("heading", name=f"{name} is away: three ways out")).to_be_visible(timeout=GETTING_READY)
    page.locator(".ways").get_by_role("button", name=re.compile("Publish")).first.click()
    expect(page.get_by_text("Published.").first).to_be_visible()
    page.goto(board)
    away = page.locator(f"[data-lane][data-name='{name}']")
    expect(away.locator(".bar")).to_have_count(0)

    # The cleaner's pocket shows what the board shows.
    pocket = phone.new_page()
    sign_in(pocket, product.url, "cleaner@example.com")
    pocket.goto(f"{product.url}/field/")
    mine = str(pocket.locator("footer span").first.text_content())
    planned = page.locator(f"[data-lane][data-name='{mine}'] .bar")
    names = [str(text).split()[0] for text in planned.locator("strong").all_text_contents()]
    later = pocket.locator("details.later", has_text=f"{day.day} {day:%B}")
    if names:
        later.locator("summary").click()
        expect(later.locator(".stop .what > strong")).to_have_text(names)
    else:
        expect(later).to_have_count(0)

"""The dispatcher carries a visit to another cleaner, by mouse and by keys, and takes it back."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.journeys.story import sign_in
from tests.product import RunningProduct

pytestmark = pytest.mark.journeys


@pytest.fixture
def board(page: Page, product: RunningProduct) -> Page:
    """Tuesday's board of the week after next: everything on it is still to come."""
    sign_in(page, product.url, "dispatcher@example.com")
    today = datetime.now(tz=UTC).date()
    tuesday = today + timedelta(days=15 - today.weekday())
    page.goto(f"{product.url}/office/board/?date={tuesday.isoformat()}")
    return page


def carry_by_keys_to_a_free_row(board: Page, bar: Locator) -> str:
    """Will press the arrow down until the page says that it fits, and tell whose row that is."""
    bar.focus()
    for _row in range(30):
        board.keyboard.press("ArrowDown")
        landing = board.locator(".landing")
        if "fits" in (landing.get_attribute("class") or ""):
            return str(landing.locator("xpath=ancestor::*[@data-lane]").get_attribute("data-name"))
    raise AssertionError("no row further down was free")


def test_by_keys_to_another_cleaner_and_back_with_undo(board: Page) -> None:
    bar = board.locator("[data-board] .bar[data-movable]").first
    visit, before = bar.get_attribute("data-visit"), bar.get_attribute("data-cleaners")

    name = carry_by_keys_to_a_free_row(board, bar)
    board.keyboard.press("Enter")

    expect(board.locator(".toast.ok")).to_contain_text(name)
    expect(board.locator(f"[data-lane][data-name='{name}'] [data-visit='{visit}']")).to_be_visible()
    board.locator(".toast .undo").click()
    expect(board.locator(".toast.ok").last).to_contain_text("Back as it was")
    expect(board.locator(f"[data-visit='{visit}']").first).to_have_attribute("data-cleaners", before or "")


def test_escape_puts_it_back_where_it_was(board: Page) -> None:
    bar = board.locator("[data-board] .bar[data-movable]").first
    bar.focus()
    board.keyboard.press("ArrowRight")
    expect(board.locator(".landing")).to_have_count(1)

    board.keyboard.press("Escape")

    expect(board.locator(".landing")).to_have_count(0)
    expect(board.locator(".toast")).to_have_count(0)


def test_dropped_on_somebody_who_is_taken_it_snaps_back_and_says_why(board: Page) -> None:
    rows = board.locator("[data-board] .rows > li:has(.bar[data-movable])")
    bar = rows.nth(0).locator(".bar[data-movable]").first
    taken = rows.nth(1).locator(".bar[data-movable]").first
    begins, target = bar.bounding_box(), taken.bounding_box()
    assert begins is not None
    assert target is not None
    before = bar.get_attribute("data-revision")

    board.mouse.move(begins["x"] + 5, begins["y"] + 8)
    board.mouse.down()
    board.mouse.move(target["x"] + 5, target["y"] + 8, steps=8)
    expect(board.locator(".landing.taken")).to_be_visible()
    board.mouse.up()

    expect(board.locator(".toast.crit")).to_contain_text("is taken then")
    expect(bar).to_have_attribute("data-revision", before or "")


def test_another_time_is_asked_about_before_the_customer_is_told(board: Page) -> None:
    bar = board.locator("[data-board] .bar[data-movable]").first
    visit = bar.get_attribute("data-visit")
    carry_by_keys_to_a_free_row(board, bar)
    board.keyboard.press("ArrowLeft")
    if "taken" in (board.locator(".landing").get_attribute("class") or ""):
        board.keyboard.press("ArrowRight")
        board.keyboard.press("ArrowRight")
    board.keyboard.press("Enter")

    dialog = board.locator("#move-dialog")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("Tell the customer by e-mail")).to_be_checked()
    dialog.get_by_role("button", name="Leave it").click()

    expect(dialog).to_be_hidden()
    expect(board.locator(f"[data-visit='{visit}']").first).to_have_attribute("data-revision", "0")

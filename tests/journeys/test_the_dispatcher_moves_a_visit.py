"""The dispatcher carries a visit to another cleaner, by mouse and by keys, and takes it back."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.journeys.story import sign_in
from tests.product import RunningProduct

pytestmark = [pytest.mark.journeys, pytest.mark.slow]


@pytest.fixture
def board(page: Page, product: RunningProduct) -> Page:
    """Tuesday's board of the week after next: everything on it is still to come."""
    sign_in(page, product.url, "dispatcher@example.com")
    today = datetime.now(tz=UTC).date()
    tuesday = today + timedelta(days=15 - today.weekday())
    page.goto(f"{product.url}/office/board/?date={tuesday.isoformat()}")
    return page


def landing_is(board: Page, *verdicts: str) -> bool:
    found = board.locator(".landing")
    return found.count() == 1 and any(word in (found.get_attribute("class") or "") for word in verdicts)


def wait_for_the_cost(board: Page) -> None:
    """The server says what the place under the bar means; where somebody is taken the page knows it by itself."""
    board.wait_for_function(
        "() => { const found = document.querySelector('.landing');"
        " return found.classList.contains('taken') || found.textContent.includes('driving'); }"
    )


def carry_one_to_a_free_row(board: Page) -> tuple[Locator, str]:
    """Will try bar after bar by the arrow keys until one fits on another row; gives it and whose row that is."""
    bars = board.locator("[data-board] .bar[data-movable]:not(:has(.people))")
    rows = board.locator("[data-board] .rows > li").count()
    for index in range(bars.count()):
        bars.nth(index).focus()
        for _row in range(rows):
            board.keyboard.press("ArrowDown")
            wait_for_the_cost(board)
            if landing_is(board, "fits"):
                lane = board.locator(".landing").locator("xpath=ancestor::*[@data-lane]")
                return bars.nth(index), str(lane.get_attribute("data-name"))
        board.keyboard.press("Escape")
    raise AssertionError("nobody on the whole board is free for anything")


def test_by_keys_to_another_cleaner_and_back_with_undo(board: Page) -> None:
    bar, name = carry_one_to_a_free_row(board)
    visit, before = bar.get_attribute("data-visit"), bar.get_attribute("data-cleaners")

    board.keyboard.press("Enter")

    expect(board.locator(".toast.ok")).to_contain_text(name)
    expect(board.locator(f"[data-lane][data-name='{name}'] [data-visit='{visit}']")).to_be_visible()
    board.locator(".toast .undo").click()
    expect(board.locator(".toast.ok").last).to_contain_text("Back as it was")
    expect(board.locator(f"[data-visit='{visit}']").first).to_have_attribute("data-cleaners", before or "")


def test_what_it_costs_is_said_before_the_drop_is_final(board: Page) -> None:
    bar = board.locator("[data-board] .bar[data-movable]").last
    bar.focus()
    board.keyboard.press("ArrowRight")
    while landing_is(board, "taken"):
        board.keyboard.press("ArrowRight")
    wait_for_the_cost(board)

    said = board.locator("[data-move-says]")
    expect(said).to_contain_text("driving")
    board.keyboard.press("Enter")

    expect(board.locator("#move-dialog [data-move-cost]")).to_contain_text("driving")
    board.locator("#move-dialog").get_by_role("button", name="Leave it").click()


def test_another_screen_sees_a_move_by_itself(board: Page) -> None:
    other = board.context.new_page()
    other.goto(board.url)
    bar, name = carry_one_to_a_free_row(board)
    visit = bar.get_attribute("data-visit")

    board.keyboard.press("Enter")

    expect(other.locator(f"[data-lane][data-name='{name}'] [data-visit='{visit}']")).to_be_visible(timeout=10_000)
    other.close()
    board.locator(".toast .undo").click()
    expect(board.locator(".toast.ok").last).to_contain_text("Back as it was")


def test_pointing_at_a_row_lets_its_route_stand_out(board: Page) -> None:
    board.locator("[data-board] .board-row:has(.bar) .who a").first.focus()

    expect(board.locator("[data-map].pointed .route.here")).to_have_count(1)


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
    bar = board.locator("[data-board] .bar[data-movable]").last
    visit, revision = bar.get_attribute("data-visit"), bar.get_attribute("data-revision")
    bar.focus()
    board.keyboard.press("ArrowRight")
    while landing_is(board, "taken"):
        board.keyboard.press("ArrowRight")

    board.keyboard.press("Enter")

    dialog = board.locator("#move-dialog")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_label("Tell the customer by e-mail")).to_be_checked()
    dialog.get_by_role("button", name="Leave it").click()
    expect(dialog).to_be_hidden()
    expect(board.locator(f"[data-visit='{visit}']").first).to_have_attribute("data-revision", revision or "")


def test_dropped_on_whoever_comes_to_it_already_a_visit_of_two_keeps_both(board: Page) -> None:
    pairs = board.locator("[data-board] .bar[data-movable][data-cleaners*=',']")
    while not pairs.count():
        board.get_by_role("link", name="Day after").click()
        board.wait_for_load_state()
    bar = pairs.first
    before = bar.get_attribute("data-cleaners") or ""
    mine = bar.get_attribute("data-cleaner") or ""
    mate = next(code for code in before.split(",") if code != mine)
    bar.focus()
    codes = board.locator("[data-board] [data-lane]").evaluate_all("lanes => lanes.map(lane => lane.dataset.lane)")
    way = codes.index(mate) - codes.index(mine)
    for _row in range(abs(way)):
        board.keyboard.press("ArrowDown" if way > 0 else "ArrowUp")
    expect(board.locator(".landing.taken")).to_contain_text("comes to this visit already")

    board.keyboard.press("Enter")

    expect(board.locator(".toast.crit")).to_contain_text("comes to this visit already")
    expect(bar).to_have_attribute("data-cleaners", before)

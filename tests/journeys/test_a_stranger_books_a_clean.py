"""A stranger books a clean; it lands on the board, sends its mail, and is moved and cancelled by its link."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from tests.journeys.story import book_a_clean, sign_in
from tests.product import RunningProduct
from tests.shared_product import Mailbox

pytestmark = pytest.mark.journeys


def test_a_stranger_books_moves_and_cancels(
    page: Page, phone: BrowserContext, product: RunningProduct, mailbox: Mailbox
) -> None:
    booked = book_a_clean(page, product.url)
    expect(page.get_by_role("heading", level=1)).to_contain_text("You are booked, Petra Park")

    letter = mailbox.next_letter_to(booked.email)
    text = "".join(str(part.get_payload(decode=True), "utf-8") for part in letter.walk() if not part.is_multipart())
    link = re.search(r"http://\S+/visits/[0-9a-f-]{36}", text)
    assert link is not None, text
    assert link.group() == booked.visit_url
    assert "BEGIN:VCALENDAR" in text

    day = page.locator(".arrival .when").inner_text()
    office = page.context.browser.new_context(viewport={"width": 1440, "height": 900})  # type: ignore[union-attr]
    board = office.new_page()
    sign_in(board, product.url, "dispatcher@example.com")
    board.goto(f"{product.url}/office/search?q=Petra+Park")
    expect(board.get_by_role("main")).to_contain_text("Petra Park")
    assert_is_on_the_board(board, product, booked.visit_url)

    handset = phone.new_page()
    handset.goto(booked.visit_url)
    handset.get_by_role("link", name="Move it").click()
    handset.locator("button[name=start]").first.click()
    handset.wait_for_url("**/visits/**")
    if handset.get_by_role("button", name=re.compile("Move")).count():
        handset.get_by_role("button", name=re.compile("Move")).first.click()
    expect(handset.locator(".arrival .when")).not_to_have_text(day)
    moved = mailbox.next_letter_to(booked.email)
    assert moved["Subject"] != letter["Subject"]

    handset.goto(booked.visit_url)
    handset.get_by_role("link", name="Cancel it").click()
    handset.get_by_role("button", name=re.compile("^Cancel")).click()
    expect(handset.get_by_role("heading", level=1)).to_contain_text("cancelled")
    mailbox.next_letter_to(booked.email)
    office.close()


def assert_is_on_the_board(board: Page, product: RunningProduct, visit_url: str) -> None:
    """The visit's page in the office knows its day; the board of that day shows it."""
    code = visit_url.rsplit("/", 1)[-1]
    board.goto(f"{product.url}/office/visits/{code}/")
    board.locator("a.back").click()
    expect(board.locator(f"a[href*='{code}'], [data-visit*='{code}']").first).to_be_visible()

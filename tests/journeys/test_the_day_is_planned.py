"""The dispatcher has a day worked out, looks at it, publishes it, and finds it on the board."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect
from tests.journeys.story import sign_in
from tests.product import RunningProduct

pytestmark = [pytest.mark.journeys, pytest.mark.slow]

GETTING_READY = 240_000
"""Milliseconds. The first search on a machine compiles the solver."""


def test_a_day_is_worked_out_published_and_on_the_board(page: Page, product: RunningProduct) -> None:
    sign_in(page, product.url, "dispatcher@example.com")
    today = datetime.now(tz=UTC).date()
    wednesday = (today + timedelta(days=16 - today.weekday())).isoformat()
    page.goto(f"{product.url}/office/board/?date={wednesday}")
    page.get_by_role("link", name="Plan the day").click()
    expect(page.get_by_role("heading", name="As the day stands")).to_be_visible()

    page.get_by_role("button", name="Work out a better day").click()
    expect(page.get_by_role("heading", name="Proposed")).to_be_visible(timeout=GETTING_READY)
    first = page.locator(".plan-board .board-row:has(.bar)").first
    name = str(first.locator(".who a").text_content())
    planned = first.locator(".bar").count()
    page.get_by_role("button", name="Publish and tell the customers").click()

    expect(page.get_by_text("Published.").first).to_be_visible()
    page.get_by_role("link", name="Board").last.click()
    expect(page.locator(f"[data-lane][data-name='{name}'] .bar")).to_have_count(planned)

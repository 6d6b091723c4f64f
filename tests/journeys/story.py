"""Scenes that several stories share."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from midway.demo.sign_ins import DEMO_PASSWORD


@dataclass(frozen=True)
class Booked:
    """What a customer has in hand at the end."""

    visit_url: str
    name: str
    email: str


def _nothing(_: str) -> None:
    return None


def book_a_clean(
    page: Page,
    url: str,
    *,
    name: str = "Petra Park",
    email: str = "petra.park@example.com",
    postcode: str = "21224",
    on_step: Callable[[str], None] = _nothing,
) -> Booked:
    """A stranger books a single clean at the first time of the emptiest day shown."""
    page.goto(url)
    page.get_by_label("Postcode").fill(postcode)
    page.get_by_label("Inside the oven").check(force=True)
    page.wait_for_load_state("networkidle")
    on_step("home")
    page.get_by_role("button", name="See times").click()
    page.wait_for_url("**/when**")
    page.locator("a.day").last.click()
    page.wait_for_load_state("networkidle")
    on_step("when")
    page.locator(".part-of-day button[name=start]").first.click()
    page.wait_for_url("**/you**")
    page.get_by_label("Your name").fill(name)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Phone").fill("410-555-0177")
    page.get_by_label("Street and number").fill("1200 Fleet Street")
    page.get_by_label("How do we get in?").fill("Ring twice; key box 4711 by the side door.")
    on_step("you")
    page.get_by_role("button", name="Book for").click()
    page.wait_for_url("**/visits/**")
    on_step("booked")
    return Booked(visit_url=page.url.split("?")[0], name=name, email=email)


def sign_in(page: Page, url: str, email: str) -> None:
    """Somebody of the demo company signs in."""
    page.goto(f"{url}/accounts/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[type=password]").fill(DEMO_PASSWORD)
    page.locator("form button[type=submit]").first.click()
    page.wait_for_url(lambda address: "/login" not in address)

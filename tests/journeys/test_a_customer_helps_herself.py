"""A customer comes in by the link in her mail and does everything herself: on a phone, over a real mail server."""

import re
from email.message import Message

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from tests.journeys.looking import elsewhere, on_a_desk
from tests.journeys.story import book_a_clean, sign_in
from tests.product import RunningProduct
from tests.shared_product import Mailbox

pytestmark = [pytest.mark.journeys, pytest.mark.slow]
NAME, EMAIL = "Nora North", "nora.north@example.com"


PAGES = ("", "visits/", "places/", "credit/", "documents/", "preferences", "data/", "data/erasure", "calendar")


def words_of(letter: Message) -> str:
    return "".join(
        str(part.get_payload(decode=True), "utf-8", "replace") for part in letter.walk() if not part.is_multipart()
    )


def sign_in_by_mail(page: Page, product: RunningProduct, mailbox: Mailbox) -> str:
    """She asks for a link, finds it in her mail and uses it."""
    page.goto(f"{product.url}/my/")
    page.wait_for_url("**/my/sign-in**")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look at your mail")
    link = None
    while link is None:
        link = re.search(r"http://\S+/my/sign-in/[\w-]+", words_of(mailbox.next_letter_to(EMAIL)))
    page.goto(link.group())
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/my/")
    return link.group()


def open_visit(page: Page, product: RunningProduct, number: int) -> None:
    """She opens one of the visits after the next."""
    page.goto(f"{product.url}/my/")
    page.locator(".my-main .my-lines a[href*='/my/visits/']").nth(number).click()
    expect(page.locator(".arrival .when")).to_be_visible()


def no_sideways(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.url


def test_she_signs_in_by_link_and_changes_what_she_likes(
    page: Page, phone: BrowserContext, product: RunningProduct, mailbox: Mailbox
) -> None:
    book_a_clean(page, f"{product.url}/?frequency=weekly", name=NAME, email=EMAIL)
    handset = phone.new_page()
    link = sign_in_by_mail(handset, product, mailbox)
    expect(handset.get_by_role("heading", level=1)).to_contain_text(f"Hello {NAME}")
    expect(handset.get_by_text("Your next visit")).to_be_visible()
    no_sideways(handset)

    open_visit(handset, product, 1)
    day = handset.locator(".arrival .when").inner_text()
    handset.get_by_role("link", name="Move it").click()
    handset.locator("button[name=start]").first.click()
    handset.wait_for_url(re.compile(r"/my/visits/[0-9a-f-]{36}$"))
    expect(handset.locator(".arrival .when")).not_to_have_text(day)
    expect(handset.get_by_text("You moved this visit.")).to_be_visible()

    open_visit(handset, product, 2)
    handset.get_by_role("link", name="Skip it").click()
    expect(handset.get_by_text("Skipping it is free.")).to_be_visible()
    no_sideways(handset)
    handset.get_by_role("button", name="Skip this visit").click()
    expect(handset.get_by_role("heading", level=1)).to_have_text("This visit is skipped")

    open_visit(handset, product, 3)
    handset.get_by_role("link", name="Change extras").click()
    handset.get_by_label("Inside the fridge").check(force=True)
    handset.get_by_role("button", name="See what it comes to").click()
    expect(handset.locator("#effect")).to_contain_text("more than before")
    no_sideways(handset)
    handset.get_by_role("button", name=re.compile("^Have it for")).click()
    expect(handset.get_by_text("Changed. We have sent you the new price.")).to_be_visible()

    handset.get_by_role("link", name="Address and access").click()
    handset.get_by_role("button", name="Show and change").click()
    expect(handset.get_by_label("How do we get in?")).to_have_value(re.compile("key box 4711"))
    handset.get_by_label("How do we get in?").fill("The neighbour at number 14 has a key.")
    handset.get_by_role("button", name="Keep").click()
    expect(handset.get_by_text("Kept. Whoever comes next will see it.")).to_be_visible()
    no_sideways(handset)

    handset.goto(f"{product.url}/my/")
    handset.locator("a[href*='/my/plans/']").first.click()
    handset.get_by_text("Pause it").click()
    later = handset.evaluate("new Date(Date.now() + 40 * 864e5).toISOString().slice(0, 10)")
    handset.locator("form[action$='/pausing'] [name=from_on]").fill(later)
    handset.get_by_role("button", name="Pause", exact=True).click()
    expect(handset.get_by_text(re.compile("^Paused from"))).to_be_visible()
    handset.get_by_role("button", name="Let it go on now").click()
    expect(handset.get_by_text(re.compile("It goes on again"))).to_be_visible()
    no_sideways(handset)

    handset.get_by_role("button", name="Sign out").click()
    handset.goto(f"{product.url}/my/")
    handset.wait_for_url("**/my/sign-in**")
    handset.goto(link)
    handset.get_by_role("button", name="Sign in").click()
    expect(handset.get_by_role("heading", level=1)).to_have_text("This link does not work any more")


def test_every_page_of_hers_is_for_everybody(desk: BrowserContext, product: RunningProduct) -> None:
    page = desk.new_page()
    sign_in(page, product.url, "customer@example.com")
    page.goto(f"{product.url}/my/")
    [visit, plan] = [
        page.locator(f".my-main a[href*='/my/{kind}/']").first.get_attribute("href") for kind in ("visits", "plans")
    ]
    page.goto(f"{product.url}/my/places/")
    place = page.get_by_role("link", name="Another size or address").first.get_attribute("href")
    asked = (visit, f"{visit}/extras?see=1&extras=oven", f"{visit}/skipping", f"{visit}/rescheduling", plan, place)
    wrong: dict[str, list[str]] = {}
    for address in [*(f"/my/{name}" for name in PAGES), *(str(one) for one in asked)]:
        page.goto(f"{product.url}{address}")
        if found := on_a_desk(page) + elsewhere(page):
            wrong[address] = found
    assert wrong == {}

"""Looking at a page as everybody does: axe, light and dark, on a desk and on a small phone."""

from collections.abc import Callable
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

DESK: ViewportSize = {"width": 1440, "height": 900}
SETTLED = "Promise.all(document.getAnimations().filter(one => one instanceof CSSTransition).map(one => one.finished))"
"""Colours change in steps; what moves for ever is not waited for."""
PHONE: ViewportSize = {"width": 360, "height": 900}

Findings = Callable[[Page], list[str]]


def on_a_desk(page: Page) -> list[str]:
    """What axe finds serious on a desk, and whether a small phone is too narrow."""
    found = _seen_at(page, DESK, "light")
    page.set_viewport_size(PHONE)
    found += _too_wide(page, "360 light")
    page.set_viewport_size(DESK)
    return found


def elsewhere(page: Page) -> list[str]:
    """What axe finds serious in the dark and on a small phone."""
    found = _seen_at(page, DESK, "dark", only="color-contrast") + _seen_at(page, PHONE, "light")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(DESK)
    return found


def _seen_at(page: Page, size: ViewportSize, scheme: Literal["light", "dark"], *, only: str = "") -> list[str]:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(size)
    page.evaluate(SETTLED)
    options = {"runOnly": {"type": "rule", "values": [only]}} if only else None
    violations = Axe().run(page, options=options).response["violations"]
    where = f"{size['width']} {scheme}"
    serious = [
        f"{where}: {v['id']}: {v['nodes'][0]['html'][:120]}"
        for v in violations
        if v["impact"] in {"serious", "critical"}
    ]
    return serious + _too_wide(page, where)


def _too_wide(page: Page, where: str) -> list[str]:
    width = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{where}: {width} px wider than the window"] if width > 0 else []

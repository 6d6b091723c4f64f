"""The office's left rail: one list of places, of which only those that exist are shown."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PLACES: Final[tuple[tuple[str, str | Promise, str], ...]] = (
    ("office:today", _("Today"), "today"),
    ("office:board", _("Board"), "board"),
    ("office:customers", _("Customers"), "customers"),
    ("office:messages", _("Messages"), "mail"),
    ("office:plans", _("Plans"), "plans"),
    ("office:people", _("People"), "people"),
    ("office:prices", _("Prices"), "prices"),
    ("office:money", _("Money"), "money"),
    ("office:reports", _("Reports"), "reports"),
    ("incidents:list", _("Incidents"), "crit"),
    ("ops:home", _("System"), "system"),
)


@dataclass(frozen=True)
class RailEntry:
    """One place to go to."""

    href: str
    label: str | Promise
    symbol: str
    is_here: bool


def rail_entries(path: str) -> list[RailEntry]:
    """Will return the places that have an address, the one the path lies in marked."""
    found = list(_addressed())
    here = max((href for href, _label, _symbol in found if path.startswith(href)), key=len, default=None)
    return [RailEntry(href, label, symbol, href == here) for href, label, symbol in found]


def _addressed() -> Iterator[tuple[str, str | Promise, str]]:
    for name, label, symbol in PLACES:
        try:
            yield reverse(name), label, symbol
        except NoReverseMatch:
            continue

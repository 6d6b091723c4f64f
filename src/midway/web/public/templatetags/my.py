"""The places of a signed-in customer, of which only those that exist are shown."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from midway.web.design.credit_words import entry_words
from midway.web.public.words import service_name

register = template.Library()

PLACES: Final[tuple[tuple[str, str | Promise, str], ...]] = (
    ("home", pgettext_lazy("first page", "Home"), "home"),
    ("visits", _("Visits"), "calendar"),
    ("places", _("Address and access"), "key"),
    ("credit", _("Credit"), "prices"),
    ("documents", _("Documents"), "note"),
    ("preferences", _("How we write"), "mail"),
    ("data", _("Your data"), "lock"),
)


@dataclass(frozen=True)
class Tab:
    """One place to go to."""

    name: str
    href: str
    words: str | Promise
    symbol: str


register.filter("service_name", service_name)
register.filter("entry_words", entry_words)


@register.filter
def local(moment: datetime, zone: tzinfo | None) -> datetime:
    """The moment by the branch's clock."""
    return moment.astimezone(zone) if zone else moment


@register.simple_tag
def my_tabs() -> list[Tab]:
    """Will list the places that have an address."""
    found = []
    for name, words, symbol in PLACES:
        try:
            found.append(Tab(name, reverse(f"public:my_{name}"), words, symbol))
        except NoReverseMatch:
            continue
    return found

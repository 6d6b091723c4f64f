"""A price's working in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from midway.booking.models import Quote
from midway.core.pricing import Price

LABELS: Mapping[str, str | Promise] = {
    "base": _("The clean itself"),
    "bedrooms": _("Bedrooms"),
    "bathrooms": _("Bathrooms"),
    "area": _("Size"),
    "frequency": _("For coming regularly"),
    "minimum": _("Up to the smallest price"),
    "agreed": _("To the price agreed"),
}


@dataclass(frozen=True)
class Step:
    """One line of the working."""

    words: str | Promise
    amount_cents: int
    minutes: int


def working_of(quote: Quote) -> list[Step]:
    """A quote's lines as people read them."""
    extras = {extra["code"]: extra["name"] for extra in quote.price_list.rates.get("extras", ())}
    return [Step(label_words(line["label"], extras), line["amount_cents"], line["minutes"]) for line in quote.lines]


def label_words(label: str, extras: Mapping[str, str]) -> str | Promise:
    """What a line of the working is called."""
    kind, _sep, code = label.partition(":")
    return extras.get(code, code) if kind == "extra" else LABELS.get(label, label)


def steps_of(price: Price, extras: Mapping[str, str] | None = None) -> list[Step]:
    """A price's lines as people read them."""
    return [Step(label_words(line.label, extras or {}), line.amount_cents, line.minutes) for line in price.lines]

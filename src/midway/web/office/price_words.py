"""A price's working in words."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from midway.booking.models import Visit
from midway.core.pricing import Price

LABELS: Mapping[str, str | Promise] = {
    "base": _("The clean itself"),
    "bedrooms": _("Bedrooms"),
    "bathrooms": _("Bathrooms"),
    "area": _("Size"),
    "frequency": _("For coming regularly"),
    "minimum": _("Up to the smallest price"),
    "half_baths": _("Half baths"),
    "rhythm": _("By size and rhythm"),
    "hours": _("Hours"),
    "type": _("Kind of clean"),
    "pace": _("This home's own pace"),
    "first_visit": _("First visit"),
    "agreed": _("The customer's own price"),
    "weekend": _("Weekend"),
    "holiday": _("Holiday"),
    "travel": _("Travel"),
    "green": _("Green time"),
    "rounding": _("Rounded"),
    "changed": _("Changed since"),
    "tax:service": _("Tax on the clean"),
    "tax:extra": _("Tax on extras"),
    "tax:travel": _("Tax on travel"),
}


@dataclass(frozen=True)
class Step:
    """One line of the working."""

    words: str | Promise
    amount_cents: int
    minutes: int


def working_of(visit: Visit) -> list[Step]:
    """How a visit's price came about, as people read it."""
    rates = visit.booking.quote.price_list.rates
    extras = {extra["code"]: extra["name"] for extra in rates.get("extras", ())}
    lines = visit.working
    return [Step(label_words(line["label"], extras), line["amount_cents"], line["minutes"]) for line in lines]


def label_words(label: str, extras: Mapping[str, str]) -> str | Promise:
    """What a line of the working is called."""
    kind, _sep, code = label.partition(":")
    if kind == "coupon":
        return gettext("Coupon %(code)s") % {"code": code}
    return extras.get(code, code) if kind == "extra" else LABELS.get(label, label)


def steps_of(price: Price, extras: Mapping[str, str] | None = None) -> list[Step]:
    """A price's lines as people read them."""
    return [Step(label_words(line.label, extras or {}), line.amount_cents, line.minutes) for line in price.lines]

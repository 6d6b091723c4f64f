"""What customers read about services, extras and prices, in their language."""

from collections.abc import Mapping, Sequence
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from midway.booking.models import Service
from midway.core.pricing import PriceError, PriceLine, Rates
from midway.core.visit_states import VisitState

INCLUDED: Final[Mapping[str, Sequence[str | Promise]]] = {
    "regular": (
        gettext_lazy("Kitchen and bathrooms scrubbed"),
        gettext_lazy("Every room dusted, floors done"),
        gettext_lazy("Beds made, bins emptied"),
    ),
    "deep": (
        gettext_lazy("Everything in a regular clean"),
        gettext_lazy("Baseboards, doors, vents and blinds"),
        gettext_lazy("Behind and under the furniture"),
    ),
    "move": (
        gettext_lazy("Everything in a deep clean"),
        gettext_lazy("Inside cabinets and closets"),
        gettext_lazy("Empty rooms, ready for keys"),
    ),
    "commercial": (
        gettext_lazy("Desks, kitchens and restrooms"),
        gettext_lazy("Floors and bins"),
        gettext_lazy("Before or after your working day"),
    ),
    "special": (
        gettext_lazy("After building work or a party"),
        gettext_lazy("A list agreed with you"),
        gettext_lazy("Our own equipment"),
    ),
}

FREQUENCY_WORDS: Final[Mapping[str, str | Promise]] = {
    "once": gettext_lazy("Just once"),
    "weekly": gettext_lazy("Every week"),
    "biweekly": gettext_lazy("Every 2 weeks"),
    "every_3_weeks": gettext_lazy("Every 3 weeks"),
    "every_4_weeks": gettext_lazy("Every 4 weeks"),
}

PRICE_PROBLEMS: Final[Mapping[str, str | Promise]] = {
    "service": gettext_lazy("Choose one of the services on this page."),
    "bedrooms": gettext_lazy("Bedrooms must be between 0 and 20."),
    "bathrooms": gettext_lazy("Bathrooms must be between 0 and 20."),
    "square_feet": gettext_lazy("This home is larger than our price list covers. Please call us for a price."),
    "frequency": gettext_lazy("Choose how often from the list."),
    "extras": gettext_lazy("Choose extras from the list."),
    "half_baths": gettext_lazy("Half baths must be between 0 and 20."),
    "minutes": gettext_lazy("Say how long in quarter hours, up to 12 hours."),
    "people": gettext_lazy("Choose 1 to 10 people."),
    "postcode": gettext_lazy("We do not clean at this postcode yet. Check it, or call us."),
}


def price_problem(problem: PriceError) -> str:
    """Why there is no price, in the reader's language; for codes exactly what is wrong with this one."""
    known = PRICE_PROBLEMS.get(problem.field)
    return str(known) if known else _(str(problem))


def service_name(service: Service) -> str:
    """The service's name in the language of the page."""
    return (get_language() == "es" and service.name_es) or service.name


def service_description(service: Service) -> str:
    """The service's description in the language of the page."""
    return (get_language() == "es" and service.description_es) or service.description


def included(service: Service) -> Sequence[str | Promise]:
    """What is in the service, line by line: the company's own list, or what such a clean usually has.

    A description of three parts or more between commas is a list; a word and a colon may stand before it.
    """
    _heading, _colon, rest = service_description(service).rpartition(":")
    parts = [part.strip(" .").removeprefix("and ").removeprefix("y ") for part in rest.split(",")]
    if len(parts) >= 3:
        return [part[:1].upper() + part[1:] for part in parts if part]
    return INCLUDED.get(service.kind, ())


def pitch(service: Service) -> str:
    """The description where it is a sentence and not the list of what is included."""
    said = service_description(service)
    return "" if said.count(",") >= 2 else said


def extra_name(name: str) -> str:
    """An extra's name, translated when the catalogue knows it."""
    return _(name)


def line_in_words(line: PriceLine, *, rates: Rates, service: str) -> str:
    """Will name one line of the working."""
    if line.label.startswith("extra:"):
        code = line.label.removeprefix("extra:")
        return next((extra_name(extra.name) for extra in rates.extras if extra.code == code), code)
    if line.label.startswith("coupon:"):
        return _("Code %(code)s") % {"code": line.label.removeprefix("coupon:")}
    return {
        "base": service,
        "bedrooms": _("Bedrooms"),
        "bathrooms": _("Bathrooms"),
        "half_baths": _("Half baths"),
        "area": _("Size of the home"),
        "rhythm": _("By size and how often we come"),
        "hours": service,
        "type": _("This kind of clean"),
        "first_visit": _("First visit, when everything takes longer"),
        "agreed": _("Your own price"),
        "frequency": _("Saving for coming regularly"),
        "weekend": _("On a weekend"),
        "holiday": _("On a holiday"),
        "travel": _("The way to you"),
        "green": _("Green time, when we are nearby"),
        "rounding": _("Rounded"),
        "minimum": _("Up to our smallest visit"),
        "changed": _("Changed since"),
        "tax:service": _("Tax on the clean"),
        "tax:extra": _("Tax on extras"),
        "tax:travel": _("Tax on the way"),
    }.get(line.label, line.label)


def state_in_words(state: str) -> str:
    """What has become of a visit, in a word; nothing where it simply takes place."""
    return {
        VisitState.EN_ROUTE: _("On the way"),
        VisitState.IN_PROGRESS: _("We are there"),
        VisitState.DONE: _("Done"),
        VisitState.SKIPPED: _("Skipped"),
        VisitState.BUMPED: _("Called off by us"),
        VisitState.LOCKED_OUT: _("We could not get in"),
        VisitState.CANCELLED: _("Cancelled"),
        VisitState.CANCELLED_LATE: _("Cancelled"),
    }.get(VisitState(state), "")

"""What can be chosen on the first page, and what a choice costs, ready to show."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from midway.booking.actions.quote_home import Priced, priced_with
from midway.booking.models import Service
from midway.booking.queries import (
    NotServed,
    Offer,
    branch_serving,
    find_offer,
    offered_services,
    price_list_in_force,
)
from midway.core.pricing import FREQUENCIES, Circumstances, Home, Price, PriceError, Rates, price_home
from midway.crew.models import Branch
from midway.web.design.words import length_in_words, money_in_words
from midway.web.public import words

USUAL_MINUTES = 120
"""What most people book of a service sold by the hour."""


@dataclass(frozen=True)
class Choice:
    """Something to choose, in words."""

    value: str
    title: str | Promise
    text: str = ""
    includes: Sequence[str | Promise] = ()
    sum: str = ""
    aside: str = ""


@dataclass(frozen=True)
class WorkingLine:
    """One line of "how we got this"."""

    label: str
    amount: str
    length: str


@dataclass(frozen=True)
class Payment:
    """What comes on top of a price, what pays of both before the rest is asked for, and the rest."""

    lines: Sequence[tuple[str, str]]
    left: str


@dataclass(frozen=True)
class PricePanel:
    """A price as the page shows it, or what keeps us from one."""

    total: str = ""
    length: str = ""
    team_size: int = 1
    lines: Sequence[WorkingLine] = ()
    saving: str = ""
    problem: str | Promise = ""
    others: Sequence[tuple[str, str]] = ()
    """What a first visit, a weekend or a holiday costs, where that is something else."""
    payment: Payment | None = None


@dataclass(frozen=True)
class Catalogue:
    """A branch's services, extras and rhythms under the price list in force."""

    branch: Branch
    rates: Rates
    services: Sequence[Service]
    is_served: bool

    @property
    def service_choices(self) -> list[Choice]:
        """Every service that has a price, with what is in it and what it starts at."""
        return [
            Choice(
                value=service.code,
                title=words.service_name(service),
                text=words.pitch(service),
                includes=words.included(service),
                sum=self._from_price(service.code),
            )
            for service in self.services
            if service.code in self.rates.services
        ]

    @property
    def extra_choices(self) -> list[Choice]:
        """Every extra with its price and time."""
        return [
            Choice(
                value=extra.code,
                title=words.extra_name(extra.name),
                sum="+ " + money_in_words(extra.amount_cents, self.rates.currency),
                aside=length_in_words(extra.minutes) if extra.minutes else "",
            )
            for extra in self.rates.extras
        ]

    @property
    def frequency_choices(self) -> list[Choice]:
        """Every rhythm with what it saves."""
        percents = self.rates.frequency_percent
        return [
            Choice(value=code, title=words.FREQUENCY_WORDS[code], text=_saving(percents.get(code, 0)))
            for code in FREQUENCIES
        ]

    def size_choices(self, service: str) -> list[Choice]:
        """The size bands of one service, smallest first, after "not sure"."""
        rate = self.rates.services.get(service)
        if rate is None:
            return []
        # Where the size makes the price, nobody can be unsure of it.
        bands = sorted(band.up_to for band in rate.rhythm_bands or rate.area_bands)
        choices = [Choice(value="", title=_("Not sure"))] if bands and not rate.rhythm_bands else []
        below = 0
        for up_to in bands:
            title = _("Up to %(to)s") if not below else _("%(from)s–%(to)s")
            choices.append(Choice(value=str(up_to), title=title % {"from": f"{below:,}", "to": f"{up_to:,}"}))
            below = up_to
        return choices

    @property
    def asks_half_baths(self) -> bool:
        """Whether half baths make a difference anywhere."""
        return any(rate.half_bath_cents or rate.half_bath_minutes for rate in self.rates.services.values())

    def is_hourly(self, service: str) -> bool:
        """Whether the service is sold by the hour."""
        rate = self.rates.services.get(service)
        return rate is not None and rate.hour_cents > 0

    def fitting(self, home: Home) -> Home:
        """The home with answers only where the service asks for them, and the usual ones where they are missing."""
        rate = self.rates.services.get(home.service)
        if rate is None:
            return home
        sizes = [band.up_to for band in rate.rhythm_bands]
        is_hourly = self.is_hourly(home.service)
        return replace(
            home,
            minutes=home.minutes or USUAL_MINUTES if is_hourly else None,
            people=home.people or rate.team_size if is_hourly else None,
            square_feet=home.square_feet or (min(sizes) if sizes else None),
        )

    def panel(self, home: Home, given: Circumstances, *, card_cents: int = 0) -> PricePanel:
        """The price of a home with its working, its other prices and what a gift card pays; or why there is none."""
        try:
            priced = priced_with(self.fitting(home), self.rates, given, holidays=["any"])
        except PriceError as problem:
            return PricePanel(problem=words.price_problem(problem))
        name = next((words.service_name(s) for s in self.services if s.code == home.service), home.service)
        percent = self.rates.frequency_percent.get(home.frequency)
        panel = panel_of(priced.price, rates=self.rates, service=name, percent=percent)
        first = next((p for p in priced.others if (p["is_first"], p["day"]) == (True, "ordinary")), None)
        due = first["total_cents"] if first else priced.price.total_cents
        return replace(
            panel,
            others=_others(priced, self.rates.currency),
            payment=payment_in_words(due, card_cents, self.rates.currency),
        )

    def _from_price(self, service: str) -> str:
        smallest = self.fitting(Home(service=service, bedrooms=1, bathrooms=1, people=1, minutes=60))
        price = price_home(smallest, self.rates)
        return money_in_words(price.total_cents, price.currency)


def catalogue_for(postcode: str, *, now: datetime) -> Catalogue:
    """The catalogue of the branch that serves the postcode; the first branch's while it is not known or not served."""
    services = offered_services()
    is_served = True
    try:
        branch = branch_serving(postcode) if postcode else _first_branch(services)
    except NotServed:
        branch, is_served = _first_branch(services), False
    _, rates = price_list_in_force(branch, on=now.astimezone(branch.zoneinfo).date())
    return Catalogue(branch=branch, rates=rates, services=services, is_served=is_served)


def panel_of(price: Price, *, rates: Rates, service: str, percent: int | None) -> PricePanel:
    """Will put a price into words."""
    return PricePanel(
        total=money_in_words(price.total_cents, price.currency),
        length=length_in_words(price.duration_minutes),
        team_size=price.team_size,
        lines=[
            WorkingLine(
                label=words.line_in_words(line, rates=rates, service=service),
                amount=money_in_words(line.amount_cents, price.currency),
                length=length_in_words(line.minutes) if line.minutes else "",
            )
            for line in price.lines
        ],
        saving=_saving(percent or 0),
    )


def payment_in_words(due_cents: int, card_cents: int, currency: str) -> Payment | None:
    """Will say what a gift card pays of a price and what is left; nothing without a card."""
    paid = min(due_cents, card_cents)
    if not paid:
        return None
    line = (_("Gift card"), money_in_words(-paid, currency))
    return Payment([line], money_in_words(due_cents - paid, currency))


def _others(priced: Priced, currency: str) -> list[tuple[str, str]]:
    names = {
        (True, "ordinary"): _("The first visit"),
        (False, "weekend"): _("On a weekend"),
        (False, "holiday"): _("On a holiday"),
    }
    return [
        (names[kind], money_in_words(other["total_cents"], currency))
        for other in priced.others
        if (kind := (other["is_first"], other["day"])) in names and other["total_cents"] != priced.price.total_cents
    ]


def _saving(percent: int) -> str:
    return _("saves %(percent)s %%") % {"percent": percent} if percent > 0 else ""


def _first_branch(services: Sequence[Service]) -> Branch:
    if not services:
        raise NotServed(NotServed.__doc__)
    offer: Offer = find_offer(service=services[0].code)
    return offer.branch

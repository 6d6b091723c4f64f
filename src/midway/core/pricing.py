"""What a clean costs and how long it takes, worked out from one version of a price list.

Amounts are integer cents, lengths are minutes. The steps, in this order: the clean, its kind, extras, first
visit, discount for coming regularly, weekend or holiday, travel, rounding, smallest price, green time, coupon, tax.
Rounding: each percentage is rounded half up to whole cents, for the clean and for the extras by themselves; tax
half up for each kind of item; labour minutes up to the quarter hour once, at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from midway.core.price_list import (
    FREQUENCIES,
    ITEM_KINDS,
    AreaBand,
    ExtraRate,
    Rates,
    RhythmBand,
    ServiceRate,
    Zone,
)
from midway.core.timespan import rounded_up_minutes

__all__ = [
    "FREQUENCIES", "ITEM_KINDS", "AreaBand", "Circumstances", "CouponTerms", "ExtraRate", "Home", "Price", "PriceError",
    "PriceLine", "Rates", "RhythmBand", "ServiceRate", "Zone", "percent_of", "price_home", "team_minutes",
]  # fmt: skip

Band = TypeVar("Band", AreaBand, RhythmBand)

ORDINARY, WEEKEND, HOLIDAY = "ordinary", "weekend", "holiday"
LONGEST_MINUTES = 12 * 60


class PriceError(ValueError):
    """This home cannot be priced. The message says which answer to change, `field` where it was given."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Home:
    """What the customer tells us of the home and the wish. `people` and `minutes` count where we sell hours."""

    service: str
    bedrooms: int = 1
    bathrooms: int = 1
    square_feet: int | None = None
    extras: Sequence[str] = ()
    frequency: str = "once"
    half_baths: int = 0
    people: int | None = None
    minutes: int | None = None


@dataclass(frozen=True)
class CouponTerms:
    """What a coupon takes off: a percentage of the clean and its extras, or an amount."""

    code: str
    percent: int = 0
    amount_cents: int = 0


@dataclass(frozen=True)
class Circumstances:
    """What besides the home decides a price.

    `is_first`: the first visit of a series. `agreed_cents`: the customer's own price for the clean without extras.
    `pace_percent`: how long this home really takes, against the list. `green_percent`: what a time when we are nearby
    takes off the clean and its extras, never below the smallest price.
    """

    postcode: str = ""
    is_first: bool = False
    day: str = ORDINARY
    coupon: CouponTerms | None = None
    agreed_cents: int | None = None
    pace_percent: int = 100
    green_percent: int = 0


@dataclass(frozen=True)
class PriceLine:
    """One step of the working: what it is for, what it adds, how much labour it takes."""

    label: str
    amount_cents: int
    minutes: int = 0


@dataclass(frozen=True)
class Price:
    """The answer with its working: the lines sum to the total; `duration_minutes` is clock time for the team.

    `tax_cents` is part of the total, as lines of its own where prices are kept without tax.
    """

    total_cents: int
    currency: str
    duration_minutes: int
    team_size: int
    lines: Sequence[PriceLine]
    tax_cents: int = 0


def price_home(home: Home, rates: Rates, circumstances: Circumstances | None = None) -> Price:
    """Will price a visit by a price list. Raises `PriceError` naming the answer that does not fit."""
    rate = _checked(home, rates)
    sheet = _Sheet(rates, rate, home, circumstances or Circumstances())
    sheet.add_clean()
    sheet.add_extras()
    sheet.add_factors()
    sheet.add_travel()
    sheet.bring_up()
    sheet.take_green()
    sheet.take_coupon()
    tax = sheet.add_tax()
    return Price(
        total_cents=sum(line.amount_cents for line in sheet.lines),
        currency=rates.currency,
        duration_minutes=sheet.clock_minutes(),
        team_size=sheet.team_size,
        lines=tuple(line for line in sheet.lines if line.amount_cents or line.minutes),
        tax_cents=tax,
    )


@dataclass
class _Sheet:
    """The working as it grows: the lines, and what each kind of item comes to so far."""

    rates: Rates
    rate: ServiceRate
    home: Home
    given: Circumstances
    lines: list[PriceLine] = field(default_factory=list)
    net: dict[str, int] = field(default_factory=lambda: dict.fromkeys(ITEM_KINDS, 0))

    @property
    def team_size(self) -> int:
        return self.home.people or self.rate.team_size if self.rate.hour_cents else self.rate.team_size

    @property
    def minimum_cents(self) -> int:
        # The customer's own price stands, however small.
        return self.rate.minimum_cents if self.given.agreed_cents is None else 0

    def add(self, label: str, amount_cents: int, minutes: int = 0, *, kind: str = "service") -> None:
        self.lines.append(PriceLine(label, amount_cents, minutes))
        self.net[kind] += amount_cents

    def add_clean(self) -> None:
        rate, home = self.rate, self.home
        if rate.hour_cents:
            self._add_hours()
        else:
            self.add("base", rate.base_cents, rate.base_minutes)
            self.add("bedrooms", rate.bedroom_cents * home.bedrooms, rate.bedroom_minutes * home.bedrooms)
            self.add("bathrooms", rate.bathroom_cents * home.bathrooms, rate.bathroom_minutes * home.bathrooms)
            self.add("half_baths", rate.half_bath_cents * home.half_baths, rate.half_bath_minutes * home.half_baths)
            self._add_area()
            labour = self._labour()
            amount, minutes = self.net["service"], labour
            self.add(
                "type",
                percent_of(amount, rate.price_percent) - amount,
                percent_of(minutes, rate.minutes_percent) - minutes,
            )
        labour = self._labour()
        self.add("pace", 0, percent_of(labour, self.given.pace_percent) - labour)

    def _add_hours(self) -> None:
        minutes, people = self.home.minutes or 0, self.team_size
        amount = (self.rate.hour_cents * people * minutes * 2 + 60) // 120
        self.add("hours", amount, minutes * _people_percent(people, self.rates.team_loss_percent) // 100)

    def _add_area(self) -> None:
        band = _band_of(self.home, self.rate.area_bands)
        if band is not None:
            self.add("area", band.amount_cents, band.minutes)
        rhythm = _band_of(self.home, self.rate.rhythm_bands)
        if rhythm is not None:
            self.add("rhythm", rhythm.amount_cents.get(self.home.frequency, 0), rhythm.minutes)

    def add_extras(self) -> None:
        for extra in self.rates.extras:
            if extra.code in self.home.extras:
                self.add(f"extra:{extra.code}", extra.amount_cents, extra.minutes, kind="extra")

    def add_factors(self) -> None:
        rate, given = self.rate, self.given
        if given.is_first and not rate.hour_cents:
            clean = sum(line.minutes for line in self.lines if not line.label.startswith("extra:"))
            longer = percent_of(clean, rate.first_visit_minutes_percent) - clean
            service = self.net["service"]
            dearer = percent_of(service, rate.first_visit_percent) - service if given.agreed_cents is None else 0
            self.add("first_visit", dearer, longer)
        if given.agreed_cents is not None:
            self.add("agreed", given.agreed_cents - self.net["service"])
            return
        off = self.rates.frequency_percent.get(self.home.frequency, 0)
        if off and not rate.rhythm_bands and (self.rates.first_visit_discounted or not given.is_first):
            self._add_percent("frequency", 100 - off)
        factor = {WEEKEND: self.rates.weekend_percent, HOLIDAY: self.rates.holiday_percent}.get(given.day, 100)
        self._add_percent(given.day, factor)

    def _add_percent(self, label: str, percent: int) -> None:
        # What comes off is rounded, not what is left: half a cent goes to the discount.
        changes = {kind: _changed(self.net[kind], percent) for kind in ("service", "extra")}
        self.lines.append(PriceLine(label, sum(changes.values())))
        for kind, change in changes.items():
            self.net[kind] += change

    def add_travel(self) -> None:
        zone = self.rates.zone_of(self.given.postcode)
        if zone is not None and self.given.agreed_cents is None:
            self.add("travel", zone.surcharge_cents, kind="travel")

    def bring_up(self) -> None:
        step, total = self.rates.round_to_cents, sum(self.net.values())
        if self.given.agreed_cents is None:
            self.add("rounding", (total * 2 + step) // (2 * step) * step - total)
        self.add("minimum", max(0, self.minimum_cents - sum(self.net.values())))

    def take_green(self) -> None:
        if self.given.green_percent and self.given.agreed_cents is None:
            off = percent_of(self.net["service"] + self.net["extra"], self.given.green_percent)
            self._take_off("green", off, floor=self.minimum_cents)

    def take_coupon(self) -> None:
        coupon = self.given.coupon
        if coupon is None:
            return
        off = coupon.amount_cents + percent_of(self.net["service"] + self.net["extra"], coupon.percent)
        floor = 0 if self.rates.coupon_below_minimum else self.minimum_cents
        self._take_off(f"coupon:{coupon.code}", off, floor=floor)

    def _take_off(self, label: str, off: int, *, floor: int) -> None:
        off = max(0, min(off, sum(self.net.values()) - floor))
        self.lines.append(PriceLine(label, -off))
        for kind in ITEM_KINDS:
            taken = min(off, self.net[kind])
            self.net[kind] -= taken
            off -= taken

    def add_tax(self) -> int:
        taxes = 0
        for kind in ITEM_KINDS:
            per_mille, amount = self.rates.tax_rates.get(kind, 0), max(0, self.net[kind])
            if self.rates.prices_include_tax:
                taxes += amount - _rounded(amount * 100_000, 100_000 + per_mille)
            else:
                tax = _rounded(amount * per_mille, 100_000)
                self.lines.append(PriceLine(f"tax:{kind}", tax))
                taxes += tax
        return taxes

    def _labour(self) -> int:
        return sum(line.minutes for line in self.lines)

    def clock_minutes(self) -> int:
        return team_minutes(self._labour(), self.team_size, self.rates.team_loss_percent)


def team_minutes(labour_minutes: int, team_size: int, loss_percent: int) -> int:
    """Will turn labour minutes into clock minutes for a team, up to the quarter hour, at least one.

    Each further person counts for `100 - loss_percent` percent, as two people get in each other's way.
    """
    return max(15, rounded_up_minutes(-(-labour_minutes * 100 // _people_percent(team_size, loss_percent))))


def percent_of(cents: int, percent: int) -> int:
    """Will take a percentage of an amount, rounded half up."""
    return (cents * percent * 2 + 100) // 200


def _people_percent(team_size: int, loss_percent: int) -> int:
    return 100 + (100 - loss_percent) * (team_size - 1)


def _changed(cents: int, percent: int) -> int:
    return percent_of(cents, percent - 100) if percent > 100 else -percent_of(cents, 100 - percent)


def _rounded(amount: int, divisor: int) -> int:
    return (amount * 2 + divisor) // (2 * divisor)


def _checked(home: Home, rates: Rates) -> ServiceRate:
    rate = rates.services.get(home.service)
    if rate is None:
        raise PriceError("service", f"There is no service {home.service!r}; choose one from the list.")
    for name, count in (("Bedrooms", home.bedrooms), ("Bathrooms", home.bathrooms), ("Half baths", home.half_baths)):
        if not 0 <= count <= 20:
            raise PriceError(name.lower().replace(" ", "_"), f"{name} must be between 0 and 20.")
    if home.frequency not in FREQUENCIES:
        raise PriceError("frequency", f"Frequency must be one of {', '.join(FREQUENCIES)}.")
    unknown = set(home.extras) - {extra.code for extra in rates.extras}
    if unknown:
        raise PriceError("extras", f"There is no extra {sorted(unknown)[0]!r}; choose from the list.")
    if rate.hour_cents:
        _check_hours(home)
    if rate.rhythm_bands and home.square_feet is None:
        raise PriceError("square_feet", "Tell us the area: this service is priced by it.")
    return rate


def _check_hours(home: Home) -> None:
    if home.minutes is None or not 15 <= home.minutes <= LONGEST_MINUTES or home.minutes % 15:
        raise PriceError("minutes", "Say how long in quarter hours, up to 12 hours.")
    if home.people is not None and not 1 <= home.people <= 10:
        raise PriceError("people", "Choose 1 to 10 people.")


def _band_of(home: Home, bands: Sequence[Band]) -> Band | None:
    if home.square_feet is None or not bands:
        return None
    if home.square_feet < 1:
        raise PriceError("square_feet", "The area must be at least 1 square foot.")
    for band in sorted(bands, key=lambda b: b.up_to):
        if home.square_feet <= band.up_to:
            return band
    raise PriceError("square_feet", "This home is larger than our price list covers; please call us for a price.")

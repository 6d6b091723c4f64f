"""What a clean costs and how long it takes, worked out from one version of a price list.

Amounts are integer cents, lengths are minutes. Rounding: each percentage line is rounded half up to whole
cents; labour minutes are rounded up to the quarter hour once, at the end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from midway.core.timespan import rounded_up_minutes

FREQUENCIES: Mapping[str, int] = {"once": 0, "weekly": 1, "biweekly": 2, "every_3_weeks": 3, "every_4_weeks": 4}
"""The rhythms a customer can choose, in weeks between visits (0: a single clean)."""


class PriceError(ValueError):
    """This home cannot be priced. The message says which answer to change, `field` where it was given."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class AreaBand:
    """Homes up to `up_to` square feet pay and take this much more."""

    up_to: int
    amount_cents: int
    minutes: int


@dataclass(frozen=True)
class ExtraRate:
    """Something done besides the clean itself."""

    code: str
    name: str
    amount_cents: int
    minutes: int


@dataclass(frozen=True)
class ServiceRate:
    """What one service costs: a base, so much a room, a band by area; minutes are labour minutes."""

    base_cents: int
    base_minutes: int
    bedroom_cents: int = 0
    bedroom_minutes: int = 0
    bathroom_cents: int = 0
    bathroom_minutes: int = 0
    area_bands: Sequence[AreaBand] = ()
    minimum_cents: int = 0
    team_size: int = 1


@dataclass(frozen=True)
class Rates:
    """One version of a branch's prices."""

    currency: str
    services: Mapping[str, ServiceRate]
    extras: Sequence[ExtraRate] = ()
    frequency_percent: Mapping[str, int] = field(default_factory=dict)
    first_visit_discounted: bool = True
    team_loss_percent: int = 15


@dataclass(frozen=True)
class Home:
    """What the customer tells us of the home and the wish."""

    service: str
    bedrooms: int = 1
    bathrooms: int = 1
    square_feet: int | None = None
    extras: Sequence[str] = ()
    frequency: str = "once"


@dataclass(frozen=True)
class PriceLine:
    """One step of the working: what it is for, what it adds, how much labour it takes."""

    label: str
    amount_cents: int
    minutes: int = 0


@dataclass(frozen=True)
class Price:
    """The answer with its working: the lines sum to the total; `duration_minutes` is clock time for the team."""

    total_cents: int
    currency: str
    duration_minutes: int
    team_size: int
    lines: Sequence[PriceLine]


def price_home(home: Home, rates: Rates) -> Price:
    """Will price a home by a price list. Raises `PriceError` naming the answer that does not fit."""
    rate = _checked(home, rates)
    lines = [
        PriceLine("base", rate.base_cents, rate.base_minutes),
        PriceLine("bedrooms", rate.bedroom_cents * home.bedrooms, rate.bedroom_minutes * home.bedrooms),
        PriceLine("bathrooms", rate.bathroom_cents * home.bathrooms, rate.bathroom_minutes * home.bathrooms),
        *_area_line(home, rate),
        *(PriceLine(f"extra:{e.code}", e.amount_cents, e.minutes) for e in rates.extras if e.code in home.extras),
    ]
    lines = [line for line in lines if line.amount_cents or line.minutes]
    percent = rates.frequency_percent.get(home.frequency, 0)
    if percent and (rates.first_visit_discounted or home.frequency == "once"):
        lines.append(PriceLine("frequency", -percent_of(sum(line.amount_cents for line in lines), percent)))
    subtotal = sum(line.amount_cents for line in lines)
    if subtotal < rate.minimum_cents:
        lines.append(PriceLine("minimum", rate.minimum_cents - subtotal))
    labour = sum(line.minutes for line in lines)
    return Price(
        total_cents=max(subtotal, rate.minimum_cents),
        currency=rates.currency,
        duration_minutes=team_minutes(labour, rate.team_size, rates.team_loss_percent),
        team_size=rate.team_size,
        lines=tuple(lines),
    )


def team_minutes(labour_minutes: int, team_size: int, loss_percent: int) -> int:
    """Will turn labour minutes into clock minutes for a team, up to the quarter hour, at least one.

    Each further person counts for `100 - loss_percent` percent, as two people get in each other's way.
    """
    people_percent = 100 + (100 - loss_percent) * (team_size - 1)
    return max(15, rounded_up_minutes(-(-labour_minutes * 100 // people_percent)))


def percent_of(cents: int, percent: int) -> int:
    """Will take a percentage of an amount, rounded half up."""
    return (cents * percent * 2 + 100) // 200


def _checked(home: Home, rates: Rates) -> ServiceRate:
    rate = rates.services.get(home.service)
    if rate is None:
        raise PriceError("service", f"There is no service {home.service!r}; choose one from the list.")
    if not 0 <= home.bedrooms <= 20:
        raise PriceError("bedrooms", "Bedrooms must be between 0 and 20.")
    if not 0 <= home.bathrooms <= 20:
        raise PriceError("bathrooms", "Bathrooms must be between 0 and 20.")
    if home.frequency not in FREQUENCIES:
        raise PriceError("frequency", f"Frequency must be one of {', '.join(FREQUENCIES)}.")
    unknown = set(home.extras) - {extra.code for extra in rates.extras}
    if unknown:
        raise PriceError("extras", f"There is no extra {sorted(unknown)[0]!r}; choose from the list.")
    return rate


def _area_line(home: Home, rate: ServiceRate) -> list[PriceLine]:
    if home.square_feet is None or not rate.area_bands:
        return []
    if home.square_feet < 1:
        raise PriceError("square_feet", "The area must be at least 1 square foot.")
    for band in sorted(rate.area_bands, key=lambda b: b.up_to):
        if home.square_feet <= band.up_to:
            return [PriceLine("area", band.amount_cents, band.minutes)]
    raise PriceError("square_feet", "This home is larger than our price list covers; please call us for a price.")

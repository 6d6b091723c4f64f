"""What one version of a price list says: every amount, length and percentage is a figure of the list.

Amounts are integer cents, lengths labour minutes. Percentages say what something becomes (100: as it is), except
discounts, which say what comes off. Tax rates are thousandths of a percent, as 8.875 % is 8875.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

FREQUENCIES: Mapping[str, int] = {"once": 0, "weekly": 1, "biweekly": 2, "every_3_weeks": 3, "every_4_weeks": 4}
"""The rhythms a customer can choose, in weeks between visits (0: a single clean)."""

ITEM_KINDS = ("service", "extra", "travel")
"""What can be taxed differently."""


@dataclass(frozen=True)
class AreaBand:
    """Homes up to `up_to` square feet pay and take this much more."""

    up_to: int
    amount_cents: int
    minutes: int


@dataclass(frozen=True)
class RhythmBand:
    """Premises up to `up_to` square feet cost this much by how often we come (offices)."""

    up_to: int
    amount_cents: Mapping[str, int]
    minutes: int


@dataclass(frozen=True)
class ExtraRate:
    """Something done besides the clean itself."""

    code: str
    name: str
    amount_cents: int
    minutes: int


@dataclass(frozen=True)
class Zone:
    """Postcodes that are further away, and what coming there costs. A postcode may be its beginning only."""

    name: str
    postcodes: Sequence[str]
    surcharge_cents: int


@dataclass(frozen=True)
class ServiceRate:
    """What one service costs: a base, so much a room, a band by area; minutes are labour minutes.

    With `rhythm_bands` it is priced by area and rhythm instead, with `hour_cents` by the hour and person.
    """

    base_cents: int
    base_minutes: int
    bedroom_cents: int = 0
    bedroom_minutes: int = 0
    bathroom_cents: int = 0
    bathroom_minutes: int = 0
    area_bands: Sequence[AreaBand] = ()
    minimum_cents: int = 0
    team_size: int = 1
    half_bath_cents: int = 0
    half_bath_minutes: int = 0
    price_percent: int = 100
    minutes_percent: int = 100
    first_visit_percent: int = 100
    first_visit_minutes_percent: int = 100
    rhythm_bands: Sequence[RhythmBand] = ()
    hour_cents: int = 0


@dataclass(frozen=True)
class Rates:
    """One version of a branch's prices.

    `first_visit_discounted`: whether the first visit of a series has the discount for coming regularly.
    `round_to_cents`: prices before tax are rounded half up to multiples of it.
    `coupon_below_minimum`: whether a coupon may bring a price below the smallest one.
    """

    currency: str
    services: Mapping[str, ServiceRate]
    extras: Sequence[ExtraRate] = ()
    frequency_percent: Mapping[str, int] = field(default_factory=dict)
    first_visit_discounted: bool = True
    team_loss_percent: int = 15
    zones: Sequence[Zone] = ()
    weekend_percent: int = 100
    holiday_percent: int = 100
    weekend_days: Sequence[int] = (5, 6)
    tax_rates: Mapping[str, int] = field(default_factory=dict)
    prices_include_tax: bool = False
    round_to_cents: int = 1
    coupon_below_minimum: bool = False

    def zone_of(self, postcode: str) -> Zone | None:
        """The zone a postcode lies in: the one that names the longest beginning of it."""
        found = [
            (len(beginning), zone)
            for zone in self.zones
            for beginning in zone.postcodes
            if beginning and postcode.startswith(beginning)
        ]
        return max(found, key=lambda pair: pair[0])[1] if found else None

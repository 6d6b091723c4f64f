"""A price list's rates as JSON and back."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar

from midway.core.price_list import FREQUENCIES, ITEM_KINDS, AreaBand, ExtraRate, Rates, RhythmBand, ServiceRate, Zone

Row = TypeVar("Row", AreaBand, ExtraRate, RhythmBand, ServiceRate, Zone)
HIGHEST_PERCENT = 1000


class RatesMalformed(ValueError):
    """The price list cannot be read. Publish a new version in the office under Prices."""


def rates_to_json(rates: Rates) -> dict[str, Any]:
    """Will write rates as JSON that `rates_from_json` reads back equal. Raises `RatesMalformed` as it does."""
    data = asdict(rates)
    rates_from_json(data)
    return data


def rates_from_json(data: Mapping[str, Any]) -> Rates:
    """Will read rates. Raises `RatesMalformed` when something is missing or of the wrong kind."""
    try:
        return Rates(
            currency=str(data["currency"]),
            services={code: _service(rate) for code, rate in data["services"].items()},
            extras=tuple(_whole(ExtraRate(**extra)) for extra in data.get("extras", ())),
            frequency_percent={str(k): _percent(v) for k, v in data.get("frequency_percent", {}).items()},
            first_visit_discounted=bool(data.get("first_visit_discounted", True)),
            team_loss_percent=_percent(data.get("team_loss_percent", 15)),
            zones=tuple(_zone(zone) for zone in data.get("zones", ())),
            weekend_percent=_percent(data.get("weekend_percent", 100), most=HIGHEST_PERCENT),
            holiday_percent=_percent(data.get("holiday_percent", 100), most=HIGHEST_PERCENT),
            weekend_days=tuple(_weekday(day) for day in data.get("weekend_days", (5, 6))),
            tax_rates={_kind(k): _percent(v, most=100_000) for k, v in data.get("tax_rates", {}).items()},
            prices_include_tax=bool(data.get("prices_include_tax", False)),
            round_to_cents=_step(data.get("round_to_cents", 1)),
            coupon_below_minimum=bool(data.get("coupon_below_minimum", False)),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise RatesMalformed(f"{RatesMalformed.__doc__} ({problem})") from problem


def _service(data: Mapping[str, Any]) -> ServiceRate:
    bands = tuple(_whole(AreaBand(**band)) for band in data.get("area_bands", ()))
    rhythms = tuple(_rhythm(band) for band in data.get("rhythm_bands", ()))
    rate = _whole(ServiceRate(**{**data, "area_bands": bands, "rhythm_bands": rhythms}))
    if rate.team_size < 1:
        raise ValueError("team_size must be at least 1")
    for name in ("price_percent", "minutes_percent", "first_visit_percent", "first_visit_minutes_percent"):
        _percent(getattr(rate, name), most=HIGHEST_PERCENT)
    return rate


def _rhythm(data: Mapping[str, Any]) -> RhythmBand:
    band = _whole(RhythmBand(**{**data, "amount_cents": dict(data["amount_cents"])}))
    for frequency, cents in band.amount_cents.items():
        if frequency not in FREQUENCIES or type(cents) is not int or cents < 0:
            raise ValueError(f"a price by rhythm must be whole cents from 0, not {frequency!r}: {cents!r}")
    return band


def _zone(data: Mapping[str, Any]) -> Zone:
    return _whole(Zone(**{**data, "postcodes": tuple(str(code) for code in data["postcodes"])}))


def _whole(row: Row) -> Row:
    # Cents, minutes and people are whole numbers: half a cent in a list would reach every price.
    for field in fields(row):
        value = getattr(row, field.name)
        if field.type is int and (type(value) is not int or value < 0):
            raise ValueError(f"{field.name} must be a whole number from 0, not {value!r}")
    return row


def _percent(value: Any, *, most: int = 100) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise ValueError(f"a percentage must be a whole number from 0 to {most}, not {value!r}")
    return value


def _weekday(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= 6:
        raise ValueError(f"a weekday must be 0 (Monday) to 6, not {value!r}")
    return value


def _kind(value: Any) -> str:
    if value not in ITEM_KINDS:
        raise ValueError(f"only {', '.join(ITEM_KINDS)} are taxed, not {value!r}")
    return str(value)


def _step(value: Any) -> int:
    if type(value) is not int or not 1 <= value <= 10_000:
        raise ValueError(f"prices are rounded to 1 to 10000 cents, not {value!r}")
    return value

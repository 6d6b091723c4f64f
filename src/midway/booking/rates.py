"""A price list's rates as JSON and back."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar

from midway.core.pricing import AreaBand, ExtraRate, Rates, ServiceRate

Row = TypeVar("Row", AreaBand, ExtraRate, ServiceRate)


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
        )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise RatesMalformed(f"{RatesMalformed.__doc__} ({problem})") from problem


def _service(data: Mapping[str, Any]) -> ServiceRate:
    bands = tuple(_whole(AreaBand(**band)) for band in data.get("area_bands", ()))
    rate = _whole(ServiceRate(**{**data, "area_bands": bands}))
    if rate.team_size < 1:
        raise ValueError("team_size must be at least 1")
    return rate


def _whole(row: Row) -> Row:
    # Cents, minutes and people are whole numbers: half a cent in a list would reach every price.
    for field in fields(row):
        value = getattr(row, field.name)
        if field.type is int and (type(value) is not int or value < 0):
            raise ValueError(f"{field.name} must be a whole number from 0, not {value!r}")
    return row


def _percent(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= 100:
        raise ValueError(f"a percentage must be a whole number from 0 to 100, not {value!r}")
    return value

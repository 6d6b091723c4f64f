"""A price list's rates as JSON and back."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from midway.core.pricing import AreaBand, ExtraRate, Rates, ServiceRate


class RatesMalformed(ValueError):
    """The price list cannot be read. Publish a new version in the office under Prices."""


def rates_to_json(rates: Rates) -> dict[str, Any]:
    """Will write rates as JSON that `rates_from_json` reads back equal."""
    return asdict(rates)


def rates_from_json(data: Mapping[str, Any]) -> Rates:
    """Will read rates. Raises `RatesMalformed` when something is missing or of the wrong kind."""
    try:
        return Rates(
            currency=str(data["currency"]),
            services={code: _service(rate) for code, rate in data["services"].items()},
            extras=tuple(ExtraRate(**extra) for extra in data.get("extras", ())),
            frequency_percent={str(k): int(v) for k, v in data.get("frequency_percent", {}).items()},
            first_visit_discounted=bool(data.get("first_visit_discounted", True)),
            team_loss_percent=int(data.get("team_loss_percent", 15)),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise RatesMalformed(f"{RatesMalformed.__doc__} ({problem})") from problem


def _service(data: Mapping[str, Any]) -> ServiceRate:
    bands = tuple(AreaBand(**band) for band in data.get("area_bands", ()))
    return ServiceRate(**{**data, "area_bands": bands})

"""Raising prices by a percentage."""

from dataclasses import replace

from midway.core.price_list import Rates, ServiceRate
from midway.core.pricing import percent_of


def raised(cents: int, percent: int, *, step: int = 1) -> int:
    """Will raise an amount, rounded half up to a multiple of `step`, never lowered."""
    exact = cents + percent_of(cents, percent)
    return max(cents, (exact * 2 + step) // (2 * step) * step)


def raised_rates(rates: Rates, percent: int) -> Rates:
    """Will raise what services, extras and travel cost; minutes, percentages and tax stay."""
    return replace(
        rates,
        services={code: _raised_service(rate, percent) for code, rate in rates.services.items()},
        extras=tuple(replace(e, amount_cents=raised(e.amount_cents, percent)) for e in rates.extras),
        zones=tuple(replace(z, surcharge_cents=raised(z.surcharge_cents, percent)) for z in rates.zones),
    )


def _raised_service(rate: ServiceRate, percent: int) -> ServiceRate:
    return replace(
        rate,
        base_cents=raised(rate.base_cents, percent),
        bedroom_cents=raised(rate.bedroom_cents, percent),
        bathroom_cents=raised(rate.bathroom_cents, percent),
        half_bath_cents=raised(rate.half_bath_cents, percent),
        minimum_cents=raised(rate.minimum_cents, percent),
        hour_cents=raised(rate.hour_cents, percent),
        area_bands=tuple(replace(b, amount_cents=raised(b.amount_cents, percent)) for b in rate.area_bands),
        rhythm_bands=tuple(
            replace(b, amount_cents={f: raised(c, percent) for f, c in b.amount_cents.items()})
            for b in rate.rhythm_bands
        ),
    )

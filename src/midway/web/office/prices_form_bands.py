"""The steps of a price list: by size, and by size and rhythm. An emptied line is gone, a spare one adds a step."""

from decimal import Decimal
from typing import Any, TypeVar

from django import forms
from django.utils.translation import gettext as _

from midway.core.price_list import FREQUENCIES, AreaBand, Rates, RhythmBand, ServiceRate
from midway.web.office.policies_form_gaps import RHYTHM_NAMES
from midway.web.office.prices_form_parts import GeneralForm, amount, cents, whole

SPARE_AREAS, SPARE_RHYTHMS = 2, 1
AREA_PARTS = ("up_to", "amount_cents", "minutes")
RHYTHM_PARTS = ("up_to", *FREQUENCIES, "minutes")
Line = list[forms.BoundField]
Number = TypeVar("Number", forms.IntegerField, forms.DecimalField)


class BandsForm(GeneralForm):
    """The steps of every service."""

    rates: Rates

    def add_bands(self, code: str, name: str, rate: ServiceRate) -> None:
        """Will add a service's steps as they are now, and spare lines."""
        for index, band in enumerate([*rate.area_bands, *[None] * SPARE_AREAS]):
            of = f"{code}-band{index}"
            self.fields[f"{of}-up_to"] = _up_to(name, band)
            self.fields[f"{of}-amount_cents"] = _not_needed(
                amount(f"{name}: {_('more')}", band.amount_cents if band else 0)
            )
            self.fields[f"{of}-minutes"] = _minutes(name, band)
        for index, rhythm in enumerate([*rate.rhythm_bands, *[None] * SPARE_RHYTHMS]):
            of = f"{code}-rhythm{index}"
            self.fields[f"{of}-up_to"] = _up_to(name, rhythm)
            for frequency in FREQUENCIES:
                now = rhythm.amount_cents.get(frequency, 0) if rhythm else 0
                self.fields[f"{of}-{frequency}"] = _not_needed(amount(f"{name}: {RHYTHM_NAMES[frequency]}", now))
            self.fields[f"{of}-minutes"] = _minutes(name, rhythm)

    def band_lines(self, code: str) -> list[Line]:
        """The fields of a service's steps by size, line by line."""
        return [[self[f"{of}-{part}"] for part in AREA_PARTS] for of in self._lines(code, "band")]

    def rhythm_lines(self, code: str) -> list[Line]:
        """The fields of a service's steps by size and rhythm, line by line."""
        return [[self[f"{of}-{part}"] for part in RHYTHM_PARTS] for of in self._lines(code, "rhythm")]

    def _lines(self, code: str, kind: str) -> list[str]:
        rate = self.rates.services[code]
        known = len(rate.area_bands) + SPARE_AREAS if kind == "band" else len(rate.rhythm_bands) + SPARE_RHYTHMS
        return [f"{code}-{kind}{index}" for index in range(known)]

    def clean(self) -> dict[str, Any]:
        """Will refuse two steps that end at the same size: only one of them could ever be reached."""
        said: dict[str, Any] = super().clean() or {}
        for code in self.rates.services:
            for kind in ("band", "rhythm"):
                seen: set[int] = set()
                for of in self._lines(code, kind):
                    ends = said.get(f"{of}-up_to")
                    if ends in seen:
                        self.add_error(f"{of}-up_to", _("There is a step up to this size already."))
                    if ends is not None:
                        seen.add(ends)
        return said

    def area_bands(self, code: str) -> tuple[AreaBand, ...]:
        """A service's steps by size as the form says, the smallest first."""
        said = self.cleaned_data
        bands = [
            AreaBand(said[f"{of}-up_to"], cents(said[f"{of}-amount_cents"] or Decimal(0)), said[f"{of}-minutes"] or 0)
            for of in self._lines(code, "band")
            if said[f"{of}-up_to"] is not None
        ]
        return tuple(sorted(bands, key=lambda band: band.up_to))

    def rhythm_bands(self, code: str) -> tuple[RhythmBand, ...]:
        """A service's steps by size and rhythm as the form says, the smallest first."""
        said = self.cleaned_data
        bands = []
        for of in self._lines(code, "rhythm"):
            if said[f"{of}-up_to"] is not None:
                amounts = {frequency: cents(said[f"{of}-{frequency}"] or Decimal(0)) for frequency in FREQUENCIES}
                kept = {frequency: value for frequency, value in amounts.items() if value}
                bands.append(RhythmBand(said[f"{of}-up_to"], kept, said[f"{of}-minutes"] or 0))
        return tuple(sorted(bands, key=lambda band: band.up_to))


def _up_to(name: str, band: AreaBand | RhythmBand | None) -> forms.IntegerField:
    field = whole(f"{name}: {_('up to')}", 0, least=1, most=1_000_000)
    field.initial = band.up_to if band else ""
    return _not_needed(field)


def _minutes(name: str, band: AreaBand | RhythmBand | None) -> forms.IntegerField:
    return _not_needed(whole(f"{name}: {_('minutes')}", band.minutes if band else 0, most=1440))


def _not_needed(field: Number) -> Number:
    field.required = False
    return field

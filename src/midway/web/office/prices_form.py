"""A price list as a form: amounts in whole currency with cents, minutes beside them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from midway.core.pricing import FREQUENCIES, AreaBand, ExtraRate, Rates, RhythmBand, ServiceRate
from midway.web.office.prices_form_parts import GeneralForm, amount, cents, whole

AMOUNTS = ("base_cents", "bedroom_cents", "bathroom_cents", "half_bath_cents", "minimum_cents", "hour_cents")
MINUTES = ("base_minutes", "bedroom_minutes", "bathroom_minutes", "half_bath_minutes")
FACTORS = ("price_percent", "minutes_percent", "first_visit_percent", "first_visit_minutes_percent")
NEW_EXTRAS = 1
FREQUENCY_NAMES = {
    "weekly": gettext_lazy("Every week"),
    "biweekly": gettext_lazy("Every 2 weeks"),
    "every_3_weeks": gettext_lazy("Every 3 weeks"),
    "every_4_weeks": gettext_lazy("Every 4 weeks"),
}

RHYTHM_NAMES = {"once": gettext_lazy("Just once"), **FREQUENCY_NAMES}


@dataclass(frozen=True)
class ServiceFields:
    """One service's fields, for the page."""

    code: str
    name: str
    by_name: Mapping[str, forms.BoundField]
    bands: list[list[forms.BoundField]]
    rhythms: list[list[forms.BoundField]]

    @property
    def has_band_errors(self) -> bool:
        return any(bound.errors for line in [*self.bands, *self.rhythms] for bound in line)

    @property
    def more(self) -> list[tuple[Any, forms.BoundField]]:
        """The figures that few services need."""
        return [(PARTS[part], self.by_name[part]) for part in (*FACTORS, "hour_cents")]

    @property
    def has_more_errors(self) -> bool:
        return any(bound.errors for _name, bound in self.more)


class PricesForm(GeneralForm):
    """The next version of a price list, begun from the present one."""

    effective_on = forms.DateField(label=gettext_lazy("In force from"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: Any = None, *, rates: Rates, names: Mapping[str, str], today: date) -> None:
        super().__init__(data)
        self.rates, self.names, self.today = rates, names, today
        self.fields["effective_on"].initial = today.isoformat()
        for code, rate in rates.services.items():
            self._add_service(code, rate)
        self.add_general(rates)
        for index, extra in enumerate([*rates.extras, *[None] * NEW_EXTRAS]):
            self._add_extra(index, extra)
        for code in FREQUENCIES:
            if code != "once":
                said = _("%(name)s: percent off") % {"name": FREQUENCY_NAMES[code]}
                self.fields[f"percent-{code}"] = whole(said, rates.frequency_percent.get(code, 0), most=90)

    def _add_service(self, code: str, rate: ServiceRate) -> None:
        name = self.names.get(code, code)
        for part in AMOUNTS:
            self.fields[f"{code}-{part}"] = amount(f"{name}: {PARTS[part]}", getattr(rate, part))
        for part in MINUTES:
            self.fields[f"{code}-{part}"] = whole(f"{name}: {PARTS[part]}", getattr(rate, part), most=1440)
        self.fields[f"{code}-team_size"] = whole(f"{name}: {PARTS['team_size']}", rate.team_size, least=1, most=6)
        for part in FACTORS:
            self.fields[f"{code}-{part}"] = whole(f"{name}: {PARTS[part]}", getattr(rate, part), most=1000)
        for index, rhythm in enumerate(rate.rhythm_bands):
            self._add_rhythm(f"{code}-rhythm{index}", name, rhythm)
        for index, band in enumerate(rate.area_bands):
            self.fields[f"{code}-band{index}-up_to"] = whole(f"{name}: {_('up to')}", band.up_to, least=1, most=50000)
            self.fields[f"{code}-band{index}-amount_cents"] = amount(f"{name}: {_('more')}", band.amount_cents)
            self.fields[f"{code}-band{index}-minutes"] = whole(f"{name}: {_('minutes')}", band.minutes, most=1440)

    def _add_rhythm(self, of: str, name: str, band: RhythmBand) -> None:
        self.fields[f"{of}-up_to"] = whole(f"{name}: {_('up to')}", band.up_to, least=1, most=1_000_000)
        for code in FREQUENCIES:
            said = f"{name}: {RHYTHM_NAMES[code]}"
            self.fields[f"{of}-{code}"] = amount(said, band.amount_cents.get(code, 0))
        self.fields[f"{of}-minutes"] = whole(f"{name}: {_('minutes')}", band.minutes, most=1440)

    def _add_extra(self, index: int, extra: ExtraRate | None) -> None:
        name = forms.CharField(label=_("Extra"), max_length=60, required=False, initial=extra.name if extra else "")
        name.widget.attrs["aria-label"] = _("Name of the extra")
        self.fields[f"extra{index}-name"] = name
        self.fields[f"extra{index}-amount_cents"] = amount(_("Price"), extra.amount_cents if extra else 0)
        self.fields[f"extra{index}-minutes"] = whole(_("Minutes"), extra.minutes if extra else 0, most=600)

    @property
    def services(self) -> Iterator[ServiceFields]:
        """The services with their fields."""
        for code, rate in self.rates.services.items():
            parts = (*AMOUNTS, *MINUTES, *FACTORS, "team_size")
            yield ServiceFields(
                code=code,
                name=self.names.get(code, code),
                by_name={part: self[f"{code}-{part}"] for part in parts},
                bands=[
                    self._line(f"{code}-band{i}", "up_to", "amount_cents", "minutes")
                    for i in range(len(rate.area_bands))
                ],
                rhythms=[
                    self._line(f"{code}-rhythm{i}", "up_to", *FREQUENCIES, "minutes")
                    for i in range(len(rate.rhythm_bands))
                ],
            )

    @property
    def extras(self) -> list[list[forms.BoundField]]:
        """The extras' fields, and an empty line for one more."""
        count = len(self.rates.extras) + NEW_EXTRAS
        return [self._line(f"extra{i}", "name", "amount_cents", "minutes") for i in range(count)]

    def _line(self, of: str, *parts: str) -> list[forms.BoundField]:
        return [self[f"{of}-{part}"] for part in parts]

    @property
    def percents(self) -> list[tuple[Any, forms.BoundField]]:
        """What coming regularly saves."""
        return [(FREQUENCY_NAMES[code], self[f"percent-{code}"]) for code in FREQUENCIES if code != "once"]

    def clean_effective_on(self) -> date:
        """Will refuse a day gone by: prices already given must not change under people."""
        wanted: date = self.cleaned_data["effective_on"]
        if wanted < self.today:
            raise forms.ValidationError(_("This day has gone by. Choose today or a later day."))
        return wanted

    def new_rates(self) -> Rates:
        """The rates as the form says; an extra whose name was emptied is no longer offered."""
        return replace(
            self.rates,
            **self.general_figures(),
            services={code: self._service(code, rate) for code, rate in self.rates.services.items()},
            extras=tuple(self._extras()),
            frequency_percent={
                code: said for code in FREQUENCIES if code != "once" and (said := self.cleaned_data[f"percent-{code}"])
            },
        )

    def _service(self, code: str, rate: ServiceRate) -> ServiceRate:
        said = self.cleaned_data
        bands = tuple(
            AreaBand(
                up_to=said[f"{code}-band{i}-up_to"],
                amount_cents=cents(said[f"{code}-band{i}-amount_cents"]),
                minutes=said[f"{code}-band{i}-minutes"],
            )
            for i in range(len(rate.area_bands))
        )
        amounts = {part: cents(said[f"{code}-{part}"]) for part in AMOUNTS}
        minutes = {part: said[f"{code}-{part}"] for part in MINUTES}
        figures: dict[str, Any] = {**amounts, **minutes, **{part: said[f"{code}-{part}"] for part in FACTORS}}
        rhythms = tuple(self._rhythm(f"{code}-rhythm{i}") for i in range(len(rate.rhythm_bands)))
        return replace(rate, **figures, area_bands=bands, rhythm_bands=rhythms, team_size=said[f"{code}-team_size"])

    def _rhythm(self, of: str) -> RhythmBand:
        said = self.cleaned_data
        amounts = {code: cents(said[f"{of}-{code}"]) for code in FREQUENCIES}
        return RhythmBand(said[f"{of}-up_to"], {k: v for k, v in amounts.items() if v}, said[f"{of}-minutes"])

    def _extras(self) -> Iterator[ExtraRate]:
        said = self.cleaned_data
        known = [extra.code for extra in self.rates.extras]
        for index in range(len(known) + NEW_EXTRAS):
            name = said[f"extra{index}-name"].strip()
            if name:
                code = known[index] if index < len(known) else _new_code(name, known)
                yield ExtraRate(code, name, cents(said[f"extra{index}-amount_cents"]), said[f"extra{index}-minutes"])


PARTS = {
    "base_cents": gettext_lazy("from"),
    "bedroom_cents": gettext_lazy("each bedroom"),
    "bathroom_cents": gettext_lazy("each bathroom"),
    "half_bath_cents": gettext_lazy("each half bath"),
    "minimum_cents": gettext_lazy("at least"),
    "hour_cents": gettext_lazy("sold by the hour: each hour of one person"),
    "price_percent": gettext_lazy("this kind of clean costs, in percent"),
    "minutes_percent": gettext_lazy("this kind of clean takes, in percent"),
    "first_visit_percent": gettext_lazy("the first visit of a series costs, in percent"),
    "first_visit_minutes_percent": gettext_lazy("the first visit takes, in percent"),
    "base_minutes": gettext_lazy("minutes"),
    "bedroom_minutes": gettext_lazy("minutes each bedroom"),
    "bathroom_minutes": gettext_lazy("minutes each bathroom"),
    "half_bath_minutes": gettext_lazy("minutes each half bath"),
    "team_size": gettext_lazy("people"),
}


def _new_code(name: str, known: list[str]) -> str:
    code = slugify(name)[:30] or "extra"
    return code if code not in known else f"{code}-{len(known) + 1}"

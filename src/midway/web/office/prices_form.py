"""A price list as a form: amounts in whole currency with cents, minutes beside them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from midway.core.pricing import FREQUENCIES, ExtraRate, Rates, ServiceRate
from midway.web.office.policies_form_gaps import RHYTHM_NAMES
from midway.web.office.prices_form_bands import SPARE_AREAS, SPARE_RHYTHMS, BandsForm
from midway.web.office.prices_form_parts import amount, cents, whole

AMOUNTS = ("base_cents", "bedroom_cents", "bathroom_cents", "half_bath_cents", "minimum_cents", "hour_cents")
MINUTES = ("base_minutes", "bedroom_minutes", "bathroom_minutes", "half_bath_minutes")
FACTORS = ("price_percent", "minutes_percent", "first_visit_percent", "first_visit_minutes_percent")
NEW_EXTRAS = 1
FREQUENCY_NAMES = {code: name for code, name in RHYTHM_NAMES.items() if code != "once"}


@dataclass(frozen=True)
class ServiceFields:
    """One service's fields, for the page."""

    code: str
    name: str
    by_name: Mapping[str, forms.BoundField]
    bands: list[list[forms.BoundField]]
    rhythms: list[list[forms.BoundField]]

    @property
    def steps(self) -> int:
        """How many steps by size there are now."""
        return len(self.bands) - SPARE_AREAS

    @property
    def rhythm_steps(self) -> int:
        """How many steps by size and rhythm there are now."""
        return len(self.rhythms) - SPARE_RHYTHMS

    @property
    def has_band_errors(self) -> bool:
        return any(bound.errors for line in self.bands for bound in line)

    @property
    def has_rhythm_errors(self) -> bool:
        return any(bound.errors for line in self.rhythms for bound in line)

    @property
    def more(self) -> list[tuple[Any, forms.BoundField]]:
        """The figures that few services need."""
        return [(PARTS[part], self.by_name[part]) for part in (*FACTORS, "hour_cents")]

    @property
    def has_more_errors(self) -> bool:
        return any(bound.errors for _name, bound in self.more)


class PricesForm(BandsForm):
    """The next version of a price list, begun from the present one. Services stand as `names` has them: the database
    keeps a list's own by the length of their codes."""

    effective_on = forms.DateField(label=gettext_lazy("In force from"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: Any = None, *, rates: Rates, names: Mapping[str, str], today: date) -> None:
        super().__init__(data)
        self.rates, self.names, self.today = rates, names, today
        self.codes = [*(c for c in names if c in rates.services), *(c for c in rates.services if c not in names)]
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
        self.add_bands(code, name, rate)

    def _add_extra(self, index: int, extra: ExtraRate | None) -> None:
        name = forms.CharField(label=_("Extra"), max_length=60, required=False, initial=extra.name if extra else "")
        name.widget.attrs["aria-label"] = _("Name of the extra")
        self.fields[f"extra{index}-name"] = name
        self.fields[f"extra{index}-amount_cents"] = amount(_("Price"), extra.amount_cents if extra else 0)
        self.fields[f"extra{index}-minutes"] = whole(_("Minutes"), extra.minutes if extra else 0, most=600)

    @property
    def services(self) -> Iterator[ServiceFields]:
        """The services with their fields."""
        for code in self.codes:
            parts = (*AMOUNTS, *MINUTES, *FACTORS, "team_size")
            yield ServiceFields(
                code=code,
                name=self.names.get(code, code),
                by_name={part: self[f"{code}-{part}"] for part in parts},
                bands=self.band_lines(code),
                rhythms=self.rhythm_lines(code),
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
        amounts = {part: cents(said[f"{code}-{part}"]) for part in AMOUNTS}
        minutes = {part: said[f"{code}-{part}"] for part in MINUTES}
        figures: dict[str, Any] = {**amounts, **minutes, **{part: said[f"{code}-{part}"] for part in FACTORS}}
        return replace(
            rate,
            **figures,
            area_bands=self.area_bands(code),
            rhythm_bands=self.rhythm_bands(code),
            team_size=said[f"{code}-team_size"],
        )

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

"""The figures of a price list that hold for every service: days, rounding, tax, zones, the team's loss."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from midway.core.price_list import ITEM_KINDS, Rates, Zone
from midway.web.office.policies_form import WEEKDAYS

PERCENTS = {
    "weekend_percent": gettext_lazy("On a weekend a visit costs, in percent"),
    "holiday_percent": gettext_lazy("On a holiday, in percent"),
    "team_loss_percent": gettext_lazy("Each further person of a team works slower by, in percent"),
}
SWITCHES = {
    "first_visit_discounted": gettext_lazy("The first visit of a series is discounted like the others"),
    "coupon_below_minimum": gettext_lazy("A discount code may go below the smallest price"),
    "prices_include_tax": gettext_lazy("Prices contain the tax"),
}
TAXES = {
    "service": gettext_lazy("Tax on the clean, in percent"),
    "extra": gettext_lazy("Tax on extras, in percent"),
    "travel": gettext_lazy("Tax on travel, in percent"),
}
ROUNDING = ((1, gettext_lazy("to the cent")), (50, "0.50"), (100, "1.00"), (500, "5.00"))


class GeneralForm(forms.Form):
    """What a price depends on besides the service and the home."""

    def add_general(self, rates: Rates) -> None:
        """Will add the fields, as they are now."""
        for name, label in PERCENTS.items():
            most = 100 if name == "team_loss_percent" else 1000
            self.fields[name] = whole(str(label), getattr(rates, name), most=most)
        for name, label in SWITCHES.items():
            self.fields[name] = forms.BooleanField(label=label, required=False, initial=getattr(rates, name))
        for kind, label in TAXES.items():
            self.fields[f"tax-{kind}"] = tax = forms.DecimalField(
                label=label, min_value=0, max_value=100, decimal_places=3, initial=_tax(rates.tax_rates.get(kind, 0))
            )
            tax.widget.attrs |= {"inputmode": "decimal", "step": "0.001"}
        steps = dict(ROUNDING)
        steps.setdefault(rates.round_to_cents, f"{Decimal(rates.round_to_cents) / 100:.2f}")
        self.fields["round_to_cents"] = forms.TypedChoiceField(
            label=_("Prices before tax are rounded"), choices=list(steps.items()), coerce=int
        )
        self.fields["round_to_cents"].initial = rates.round_to_cents
        self.fields["weekend_days"] = forms.TypedMultipleChoiceField(
            label=_("The weekend is"),
            choices=WEEKDAYS,
            coerce=int,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            initial=[str(day) for day in rates.weekend_days],
        )
        for index, zone in enumerate([*rates.zones, None]):
            self._add_zone(index, zone)

    def _add_zone(self, index: int, zone: Zone | None) -> None:
        name, postcodes = zone.name if zone else "", ", ".join(zone.postcodes) if zone else ""
        for part, label, begun in (("name", _("Zone"), name), ("postcodes", _("Postcodes"), postcodes)):
            field = forms.CharField(label=label, max_length=2000, required=False, initial=begun)
            field.widget.attrs["aria-label"] = label
            self.fields[f"zone{index}-{part}"] = field
        self.fields[f"zone{index}-surcharge_cents"] = amount(_("Travel"), zone.surcharge_cents if zone else 0)

    @property
    def general(self) -> list[forms.BoundField]:
        """The percentages, rounding and taxes."""
        return [self[name] for name in (*PERCENTS, "round_to_cents", *(f"tax-{kind}" for kind in TAXES))]

    @property
    def switches(self) -> list[forms.BoundField]:
        """What is so or not."""
        return [self[name] for name in SWITCHES]

    @property
    def zones(self) -> list[list[forms.BoundField]]:
        """The zones' fields, and an empty line for one more."""
        parts = ("name", "postcodes", "surcharge_cents")
        return [[self[f"zone{index}-{part}"] for part in parts] for index in range(self._zone_count)]

    @property
    def _zone_count(self) -> int:
        return sum(name.startswith("zone") and name.endswith("-name") for name in self.fields)

    def general_figures(self) -> dict[str, Any]:
        """The figures as the form says; a zone whose name was emptied is gone."""
        said = self.cleaned_data
        taxes = {kind: int(said[f"tax-{kind}"] * 1000) for kind in ITEM_KINDS}
        return {
            **{name: said[name] for name in (*PERCENTS, *SWITCHES, "round_to_cents")},
            "weekend_days": tuple(sorted(said["weekend_days"])),
            "tax_rates": {kind: rate for kind, rate in taxes.items() if rate},
            "zones": tuple(self._zones()),
        }

    def _zones(self) -> Iterator[Zone]:
        said = self.cleaned_data
        for index in range(self._zone_count):
            name = said[f"zone{index}-name"].strip()
            codes = [code.strip() for code in said[f"zone{index}-postcodes"].replace("\n", ",").split(",")]
            if name:
                kept = tuple(code for code in codes if code)
                yield Zone(name, kept, cents(said[f"zone{index}-surcharge_cents"]))


def amount(label: str, in_cents: int) -> forms.DecimalField:
    """An amount in whole currency with cents."""
    field = forms.DecimalField(
        label=label, initial=Decimal(in_cents) / 100, min_value=Decimal(0), max_value=Decimal(100000), decimal_places=2
    )
    field.widget.attrs |= {"inputmode": "decimal", "step": "0.01", "aria-label": label}
    return field


def whole(label: str, value: int, *, least: int = 0, most: int) -> forms.IntegerField:
    """A whole number."""
    field = forms.IntegerField(label=label, initial=value, min_value=least, max_value=most)
    field.widget.attrs |= {"inputmode": "numeric", "aria-label": label}
    return field


def cents(amount: Decimal) -> int:
    """An amount in cents."""
    return int(amount * 100)


def _tax(thousandths: int) -> Decimal:
    return (Decimal(thousandths) / 1000).normalize() + 0

"""Leaving and coming back, skills, teams and branches, as forms."""

from collections.abc import Iterator
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from midway.booking.queries import tidy_postcode
from midway.crew.actions import BranchDetails, ServedArea
from midway.crew.models import Area, Branch, Cleaner
from midway.web.office.people_forms import DATE, WeekForm

CURRENCIES = ("USD", "EUR", "GBP", "CAD", "AUD", "NZD", "CHF", "MXN")
GRIDS = (15, 30, 60, 120)


class LeaveForm(forms.Form):
    """Somebody's last day, and why if it should be kept."""

    last_day = forms.DateField(label=gettext_lazy("Last day"), widget=forms.DateInput(attrs=DATE))
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=200, required=False)

    def __init__(self, data: Any = None, *, today: date) -> None:
        super().__init__(data, prefix="leave", initial={"last_day": today.isoformat()})


class ReturnForm(WeekForm):
    """From which day somebody works here again, and when."""

    @classmethod
    def begun(cls, cleaner: Cleaner, *, today: date) -> "ReturnForm":
        """The form with the hours they last had."""
        on = cleaner.left_on or today
        form = cls.as_planned(cleaner, on=on)
        form.initial["from_day"] = max(today, on).isoformat()
        return cls(initial=form.initial)


class NameForm(forms.Form):
    """What something is called."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)


class BranchForm(forms.Form):
    """A branch: its name, address, clock, how visits are offered, and the postcodes it serves."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    zone = forms.CharField(
        label=gettext_lazy("Time zone"),
        max_length=60,
        help_text=gettext_lazy("As in America/New_York; all its times are told by this clock."),
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=[(c, c) for c in CURRENCIES])
    phone = forms.CharField(
        label=gettext_lazy("Phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel"}),
    )
    email = forms.EmailField(label=gettext_lazy("E-mail"), required=False)
    latitude = forms.FloatField(label=gettext_lazy("Latitude"), min_value=-90, max_value=90, initial=0)
    longitude = forms.FloatField(label=gettext_lazy("Longitude"), min_value=-180, max_value=180, initial=0)
    start_grid_minutes = forms.TypedChoiceField(
        label=gettext_lazy("Visits begin every"),
        coerce=int,
        initial=30,
        choices=[(n, f"{n} min") for n in GRIDS],
    )
    pad_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes kept free after a visit"), min_value=0, max_value=180, initial=30
    )
    notice_hours = forms.FloatField(
        label=gettext_lazy("Hours of notice"),
        min_value=0,
        max_value=24 * 30,
        initial=24,
        help_text=gettext_lazy("How long before a visit it can still be booked."),
    )
    horizon_days = forms.IntegerField(
        label=gettext_lazy("Days that can be booked ahead"), min_value=1, max_value=400, initial=90
    )
    areas = forms.CharField(
        label=gettext_lazy("Postcodes it serves"),
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "One a line: the postcode, then what people call the area. Where it lies can follow as two numbers: "
            "21230, Federal Hill, 39.2794, -76.6105"
        ),
    )

    def __init__(self, data: Any = None, *, branch: Branch | None = None) -> None:
        super().__init__(data, initial=_as_it_is(branch) if branch else None)
        self.branch = branch
        if branch is not None:
            # What was sold and promised is in this currency.
            del self.fields["currency"]
            if branch.policies.filter(service__isnull=True).exists():
                # The policy in force says these two.
                del self.fields["notice_hours"], self.fields["horizon_days"]

    def clean_zone(self) -> str:
        """Will take an IANA name only."""
        zone: str = self.cleaned_data["zone"]
        if zone not in available_timezones():
            raise ValidationError(_("There is no such time zone. Choose one from the list, as America/Chicago."))
        return zone

    def clean_areas(self) -> list[ServedArea]:
        """Will read the lines; the first that cannot be read is named."""
        found = {area.postcode: area for area in map(_area, _lines(self.cleaned_data["areas"]))}
        return list(found.values())

    def details(self) -> BranchDetails:
        """The answers as the action takes them."""
        said = self.cleaned_data
        same = ("name", "zone", "phone", "email", "latitude", "longitude")
        notice_minutes, horizon_days = self._how_far_ahead()
        return BranchDetails(
            **{field: said[field] for field in same},
            start_grid_minutes=said["start_grid_minutes"],
            pad_minutes=said["pad_minutes"],
            notice_minutes=notice_minutes,
            horizon_days=horizon_days,
        )

    def _how_far_ahead(self) -> tuple[int, int]:
        said = self.cleaned_data
        if "notice_hours" not in said and self.branch is not None:
            return self.branch.notice_minutes, self.branch.horizon_days
        return round(said["notice_hours"] * 60), said["horizon_days"]


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip())


def _area(line: str) -> ServedArea:
    postcode, *rest = [part.strip() for part in line.split(",")]
    name = rest[0] if rest and rest[0] else postcode
    tidy = tidy_postcode(postcode)
    if not 0 < len(tidy) <= 12 or len(name) > 80 or len(rest) not in {0, 1, 3}:
        raise ValidationError(_("This line cannot be read: %(line)s"), params={"line": line})
    if len(rest) < 3:
        return ServedArea(tidy, name)
    try:
        latitude, longitude = float(rest[1]), float(rest[2])
    except ValueError as problem:
        raise ValidationError(_("This line cannot be read: %(line)s"), params={"line": line}) from problem
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise ValidationError(_("There is no such place on the globe: %(line)s"), params={"line": line})
    return ServedArea(tidy, name, latitude, longitude)


def _as_it_is(branch: Branch) -> dict[str, Any]:
    same = ("name", "zone", "phone", "email", "latitude", "longitude", "start_grid_minutes", "pad_minutes")
    areas = Area.objects.filter(branch=branch).order_by("postcode")
    return {
        **{field: getattr(branch, field) for field in same},
        "notice_hours": f"{branch.notice_minutes / 60:g}",
        "horizon_days": branch.horizon_days,
        "areas": "\n".join(f"{a.postcode}, {a.name}, {a.latitude:g}, {a.longitude:g}" for a in areas),
    }

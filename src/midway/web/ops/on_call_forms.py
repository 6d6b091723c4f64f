"""The forms of who is on call."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from midway.accounts.models import User
from midway.core.timespan import local_instant
from midway.ops.actions.rotate import RotationOrder
from midway.web.ops.incident_forms import office_people

TURNS = (("1", _("A day")), ("7", _("A week")), ("14", _("Two weeks")))


class RotationForm(forms.Form):
    """People in the order of their turns."""

    prefix = "rotation"
    people = forms.CharField(label=_("Who takes turns, in order"))
    starts_on = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    hand_over = forms.TimeField(label=_("Hand-over at"), widget=forms.TimeInput(attrs={"type": "time"}))
    turn_days = forms.TypedChoiceField(coerce=int, choices=TURNS, initial="7", label=_("A turn lasts"))
    has_holiday_turns = forms.BooleanField(required=False, initial=True, label=_("Deal out holidays by themselves"))

    def clean_people(self) -> list[User]:
        """The people named, by name or address, separated by commas."""
        known = {key: user for user in office_people() for key in (user.name.lower(), user.email.lower())}
        words = [word.strip().lower() for word in self.cleaned_data["people"].split(",") if word.strip()]
        unknown = [word for word in words if word not in known]
        if unknown:
            raise forms.ValidationError(_("Nobody of the office is called %(name)s.") % {"name": ", ".join(unknown)})
        return [known[word] for word in words]

    def order(self, zone: str) -> RotationOrder:
        """What is asked for."""
        said = self.cleaned_data
        return RotationOrder(
            people=said["people"],
            starts_on=said["starts_on"],
            hand_over=said["hand_over"],
            zone=zone,
            turn_days=said["turn_days"],
            has_holiday_turns=said["has_holiday_turns"],
        )


class TakeOverForm(forms.Form):
    """Who is on call instead, from when to when by the company's clock."""

    prefix = "take"
    person = forms.TypedChoiceField(coerce=int, label=_("Who takes over"))
    from_on = forms.DateField(label=_("From"), widget=forms.DateInput(attrs={"type": "date"}))
    from_time = forms.TimeField(label=_("At"), widget=forms.TimeInput(attrs={"type": "time"}))
    to_on = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}))
    to_time = forms.TimeField(label=_("At"), widget=forms.TimeInput(attrs={"type": "time"}))
    reason = forms.CharField(max_length=300, required=False, label=_("Why"))

    def __init__(self, data: Any = None, **options: Any) -> None:
        super().__init__(data, **options)
        self.fields["person"].choices = [(user.pk, user.name) for user in office_people()]  # type: ignore[attr-defined]

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """From when to when."""
        said = self.cleaned_data
        return (
            local_instant(said["from_on"], said["from_time"], zone),
            local_instant(said["to_on"], said["to_time"], zone),
        )


class ContactForm(forms.Form):
    """How somebody is reached."""

    prefix = "contact"
    phone = forms.CharField(
        max_length=40, required=False, label=_("Mobile number for text messages"),
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
    )  # fmt: skip
    chat = forms.CharField(max_length=300, required=False, label=_("Chat address, as Apprise writes it"))

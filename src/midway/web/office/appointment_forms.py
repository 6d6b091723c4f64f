"""A new appointment as a form: who, where, what, when."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from midway.booking.actions import Address, Contact
from midway.booking.models import Service
from midway.booking.queries import NoPrices, Offer, find_offer, offered_services, price_list_in_force
from midway.core.pricing import Home, Rates
from midway.crew.models import Branch
from midway.web.office.drawing import service_name

ROOMS = ("bedrooms", "bathrooms", "half_baths", "square_feet")


class WishForm(forms.Form):
    """What should be cleaned: all that price and length depend on."""

    postcode = forms.CharField(label=_("Postcode"), max_length=12)
    service = forms.ChoiceField(label=_("Service"))
    bedrooms = forms.IntegerField(label=_("Bedrooms"), min_value=0, max_value=20, initial=2)
    bathrooms = forms.IntegerField(label=_("Bathrooms"), min_value=0, max_value=20, initial=1)
    half_baths = forms.IntegerField(label=_("Half baths"), min_value=0, max_value=20, required=False, initial=0)
    square_feet = forms.IntegerField(label=_("Square feet"), min_value=1, max_value=20000, required=False)
    extras = forms.MultipleChoiceField(label=_("Extras"), required=False, widget=forms.CheckboxSelectMultiple)
    on = forms.DateField(label=_("From which day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, data: Any = None, *, services: list[Service], rates: Rates | None, **rest: Any) -> None:
        super().__init__(data, **rest)
        service: Any = self.fields["service"]
        extras: Any = self.fields["extras"]
        service.choices = [(s.code, service_name(s)) for s in services]
        extras.choices = [(e.code, e.name) for e in rates.extras] if rates else []

    def home(self) -> Home:
        """The answers as prices are worked out from."""
        said = self.cleaned_data
        return Home(
            service=said["service"],
            bedrooms=said["bedrooms"],
            bathrooms=said["bathrooms"],
            square_feet=said["square_feet"],
            extras=tuple(said["extras"]),
            half_baths=said.get("half_baths") or 0,
        )

    def offer(self) -> Offer:
        """The service at the branch that cleans there. Raises `NotServed` or `UnknownService`."""
        return find_offer(service=self.cleaned_data["service"], postcode=self.cleaned_data["postcode"])


class AppointmentForm(WishForm):
    """The whole appointment."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    phone = forms.CharField(
        label=_("Phone"), max_length=40, widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel"})
    )
    language = forms.ChoiceField(label=_("Language"), choices=[("en", "English"), ("es", "Español")])
    line1 = forms.CharField(label=_("Street and number"), max_length=160)
    line2 = forms.CharField(label=_("Flat, floor"), max_length=160, required=False)
    city = forms.CharField(label=_("City"), max_length=80, required=False)
    access_notes = forms.CharField(
        label=_("How do we get in?"), required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    notes = forms.CharField(label=_("Anything else to know"), required=False, widget=forms.Textarea(attrs={"rows": 2}))
    start = forms.DateTimeField(
        input_formats=["%Y-%m-%dT%H:%M:%S%z"], error_messages={"required": _("Choose one of the times.")}
    )

    def contact(self) -> Contact:
        """How to reach the customer."""
        said = self.cleaned_data
        return Contact(name=said["name"], email=said["email"], phone=said["phone"])

    def address(self) -> Address:
        """Where the home is and how we get in."""
        said = self.cleaned_data
        return Address(
            line1=said["line1"],
            line2=said["line2"],
            city=said["city"],
            postcode=said["postcode"],
            access_notes=said["access_notes"],
        )


def choices_at(branch: Branch, *, on: Any) -> dict[str, Any]:
    """What can be chosen at a branch: its services on offer that have a price, and the rates."""
    try:
        _list, rates = price_list_in_force(branch, on=on)
    except NoPrices:
        return {"services": [], "rates": None}
    return {"services": [s for s in offered_services() if s.code in rates.services], "rates": rates}

"""What customers type, read and checked."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from midway.core.pricing import FREQUENCIES, Home
from midway.web.public.words import FREQUENCY_WORDS

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

DEFAULT_HOME: Mapping[str, Any] = {"bedrooms": 2, "bathrooms": 1, "frequency": "once", "half_baths": 0}
LONGEST_MINUTES = 12 * 60

ROOMS = {
    "required": _("Tell us how many."),
    "invalid": _("Write a whole number."),
    "min_value": _("This can't be less than %(limit_value)s."),
    "max_value": _("For more than %(limit_value)s please call us."),
}


def _rooms(label: "_StrPromise", least: int, *, most: int = 8, required: bool = True) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    return forms.IntegerField(
        label=label, min_value=least, max_value=most, required=required, widget=widget, error_messages=ROOMS
    )


def _code(label: "_StrPromise") -> forms.CharField:
    look = {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false", "size": 16}
    return forms.CharField(label=label, max_length=24, required=False, widget=forms.TextInput(attrs=look))


class HomeForm(forms.Form):
    """The first step: what to clean, how often, and where."""

    service = forms.CharField(max_length=40, error_messages={"required": _("Choose a service.")})
    bedrooms = _rooms(_("Bedrooms"), 0)
    bathrooms = _rooms(_("Bathrooms"), 1)
    half_baths = _rooms(_("Half baths"), 0, required=False)
    people = _rooms(_("People"), 1, most=10, required=False)
    minutes = forms.IntegerField(label=_("How long?"), required=False, min_value=15, max_value=LONGEST_MINUTES)
    square_feet = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)
    extras = forms.TypedMultipleChoiceField(required=False, coerce=str)
    frequency = forms.ChoiceField(required=False, choices=list(FREQUENCY_WORDS.items()))
    coupon = _code(_("Discount code"))
    gift_card = _code(_("Gift card"))
    friend = _code(_("A friend's code"))
    postcode = forms.CharField(
        label=_("Postcode"),
        max_length=12,
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "autocapitalize": "characters", "size": 10}),
        error_messages={"required": _("We need the postcode to find cleaners near you.")},
    )

    def __init__(self, data: Mapping[str, Any], *, extras: list[str], is_complete: bool) -> None:
        super().__init__(data)
        choices = self.fields["extras"]
        assert isinstance(choices, forms.TypedMultipleChoiceField)
        choices.choices = [(code, code) for code in extras]
        self.full_clean()
        if not is_complete:
            # Nobody has pressed the button yet: an empty postcode is not a mistake.
            self.errors.pop("postcode", None)

    def home(self) -> Home:
        """The home as far as it is known; the defaults stand in for what is not."""
        given = self.cleaned_data
        frequency = given.get("frequency") or "once"
        return Home(
            service=given.get("service", ""),
            bedrooms=given.get("bedrooms", DEFAULT_HOME["bedrooms"]),
            bathrooms=given.get("bathrooms", DEFAULT_HOME["bathrooms"]),
            square_feet=given.get("square_feet"),
            extras=tuple(given.get("extras", ())),
            frequency=frequency if frequency in FREQUENCIES else "once",
            half_baths=given.get("half_baths") or 0,
            people=given.get("people"),
            minutes=given.get("minutes"),
        )


class ContactForm(forms.Form):
    """The third step: who and where exactly, and how we get in."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": _("Tell us your name.")},
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
        help_text=_("For the confirmation, and whatever changes."),
        error_messages={
            "required": _("We need an e-mail address for the confirmation."),
            "invalid": _("This does not look like an e-mail address; it should be like name@example.com."),
        },
    )
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel", "type": "tel"}),
        help_text=_("Only if we stand at the door and need you."),
        error_messages={"required": _("We need a number in case nobody opens.")},
    )
    line1 = forms.CharField(
        label=_("Street and number"),
        max_length=160,
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
        error_messages={"required": _("Tell us where to come.")},
    )
    line2 = forms.CharField(
        label=_("Apartment, floor"),
        max_length=160,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-line2"}),
    )
    city = forms.CharField(
        label=_("City"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )
    access = forms.CharField(
        label=_("How do we get in?"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text=_("Door codes are stored encrypted, and we write down who looks at them."),
    )
    notes = forms.CharField(
        label=_("Anything we should know?"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
        help_text=_("Pets, allergies, things to be careful with."),
    )

    def clean_phone(self) -> str:
        """A phone number has at least six digits, however it is written."""
        phone = str(self.cleaned_data["phone"])
        if sum(character.isdigit() for character in phone) < 6:
            raise forms.ValidationError(_("This number looks too short."))
        return phone

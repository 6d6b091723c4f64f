"""How a customer wants to hear from us, as a form."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from midway.customers.actions import ContactPreferences, UnknownZone
from midway.customers.models import Customer
from midway.customers.reach import is_zone

CLOCK = {"type": "time", "step": 900}
CHANNELS = [
    (Customer.Channel.EMAIL, gettext_lazy("E-mail")),
    (Customer.Channel.SMS, gettext_lazy("Text message")),
    (Customer.Channel.BOTH, gettext_lazy("Both")),
]


class ContactForm(forms.Form):
    """Channel, quiet hours, and what they want to be told besides. The language stands with their name."""

    channel = forms.ChoiceField(label=gettext_lazy("They hear from us by"), choices=CHANNELS)
    quiet_starts = forms.TimeField(
        label=gettext_lazy("No text messages from"), widget=forms.TimeInput(attrs=CLOCK, format="%H:%M")
    )
    quiet_ends = forms.TimeField(label=gettext_lazy("until"), widget=forms.TimeInput(attrs=CLOCK, format="%H:%M"))
    zone = forms.CharField(
        label=gettext_lazy("Their time zone"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("Like America/New_York. Empty: the branch’s."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    has_reminders = forms.BooleanField(label=gettext_lazy("Remind them of visits"), required=False)
    is_asked_for_rating = forms.BooleanField(label=gettext_lazy("Ask them how it was"), required=False)

    @classmethod
    def of(cls, customer: Customer) -> "ContactForm":
        """The form as it stands. After a STOP it says e-mail, so that keeping it does not take the STOP back."""
        begun: dict[str, Any] = {name: getattr(customer, name) for name in cls.base_fields}
        if customer.sms_stopped_at:
            begun["channel"] = Customer.Channel.EMAIL
        return cls(initial=begun)

    def clean_zone(self) -> str:
        """Will refuse what is no time zone."""
        zone: str = self.cleaned_data["zone"].strip()
        if zone and not is_zone(zone):
            raise forms.ValidationError(_(UnknownZone.__doc__ or ""))
        return zone

    def preferences(self, *, language: str) -> ContactPreferences:
        """The answers as the action takes them."""
        return ContactPreferences(language=language, **self.cleaned_data)

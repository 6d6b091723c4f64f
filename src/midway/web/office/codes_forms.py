"""What the office says of coupons, gift cards, credit, friends and agreed prices."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from midway.booking.actions.agree_on_price import OwnPrice
from midway.booking.actions.coupons import NewCoupon
from midway.booking.models import Service
from midway.customers.models import Customer, Property
from midway.web.office.money_field import CentsField

A_REASON = {"required": _("Say why; it is kept.")}


def _day(label: Any, *, required: bool = True, hint: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, widget=widget, help_text=hint)


def _reason(label: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=300, error_messages=A_REASON)


class CouponForm(forms.Form):
    """A new coupon."""

    code = forms.RegexField(
        r"^[A-Za-z0-9-]{3,24}$",
        label=_("Code"),
        help_text=_("What people type, as SPRING26."),
        error_messages={"invalid": _("Three to 24 letters and digits, without spaces.")},
    )
    percent = forms.IntegerField(label=_("Percent off"), min_value=1, max_value=100, required=False)
    amount = CentsField(label=_("Or an amount off"), required=False)
    valid_from = _day(_("From"))
    valid_to = _day(_("Until"), required=False, hint=_("Empty: until it is ended."))
    most_uses = forms.IntegerField(
        label=_("How often at most"), min_value=1, required=False, help_text=_("Empty: as often as people like.")
    )
    is_for_new_customers = forms.BooleanField(label=_("Only for new customers"), required=False)
    is_once_per_customer = forms.BooleanField(label=_("Once for each customer"), required=False)
    reason = _reason(_("What is it for?"))

    def clean(self) -> dict[str, Any]:
        """A coupon takes off a percentage or an amount, and ends after it begins."""
        said: dict[str, Any] = super().clean() or {}
        if bool(said.get("percent")) == bool(said.get("amount")) and not self.errors:
            self.add_error("percent", _("Say either how many percent or which amount."))
        if said.get("valid_to") and said.get("valid_from") and said["valid_to"] < said["valid_from"]:
            self.add_error("valid_to", _("It can only end after it has begun."))
        return said

    def wanted(self) -> NewCoupon:
        """The answers as the action takes them."""
        said = dict(self.cleaned_data)
        amount, percent = said.pop("amount"), said.pop("percent")
        return NewCoupon(**said, percent=percent or 0, amount_cents=amount or 0)


class ReasonForm(forms.Form):
    """Why something ends."""

    reason = _reason(_("Why?"))


class GiftCardForm(forms.Form):
    """A gift card that was sold or given."""

    amount = CentsField(label=_("Worth"), min_value=1)
    valid_to = _day(_("Until"), required=False, hint=_("Empty: for good."))
    reason = _reason(_("Sold or given to whom, and why?"))


class CreditForm(GiftCardForm):
    """Credit given to a customer."""

    reason = _reason(_("What for?"))


class TakeForm(forms.Form):
    """What is taken out of a credit, or put into it."""

    amount = CentsField(label=_("Amount"), min_value=0.01)
    way = forms.ChoiceField(label=_("What to do"), choices=[("out", _("Take out")), ("in", _("Put in"))])
    reason = _reason(_("Why?"))


class ReferralForm(forms.Form):
    """What is given for bringing somebody."""

    referrer = CentsField(label=_("For whoever brings somebody"))
    newcomer = CentsField(label=_("For whoever comes"))
    valid_days = forms.IntegerField(
        label=_("Good for so many days"), min_value=1, max_value=3650, required=False, help_text=_("Empty: for good.")
    )


class OwnPriceForm(forms.Form):
    """A price agreed with a customer."""

    service: "forms.ModelChoiceField[Service]" = forms.ModelChoiceField(
        label=_("Service"), queryset=Service.objects.all(), to_field_name="code", empty_label=None
    )
    premises: "forms.ModelChoiceField[Property]" = forms.ModelChoiceField(
        label=_("Home"), queryset=Property.objects.none(), required=False, to_field_name="code",
        empty_label=_("All their homes"),
    )  # fmt: skip
    price = CentsField(label=_("Price of the clean"), help_text=_("Extras and tax come on top."))
    starts_on = _day(_("From"))
    ends_on = _day(_("Until"), required=False, hint=_("Empty: until it is ended."))
    with_plans = forms.BooleanField(label=_("Also for regular cleans that go on"), required=False)
    reason = _reason(_("Why?"))

    def __init__(self, data: Any = None, *, customer: Customer, today: date) -> None:
        super().__init__(data, initial={"starts_on": today, "with_plans": True})
        field: Any = self.fields["premises"]
        field.queryset = customer.properties.order_by("id")

    def clean(self) -> dict[str, Any]:
        """It ends after it begins."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("ends_on") and said.get("starts_on") and said["ends_on"] < said["starts_on"]:
            self.add_error("ends_on", _("It can only end after it has begun."))
        return said

    def agreed(self) -> OwnPrice:
        """The answers as the action takes them."""
        said = dict(self.cleaned_data)
        return OwnPrice(price_cents=said.pop("price"), **said)


class EndPriceForm(ReasonForm):
    """Until when an agreed price still holds, and why it ends."""

    last_on = _day(_("Last day"))

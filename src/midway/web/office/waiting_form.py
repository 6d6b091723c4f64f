"""Somebody for the waiting list, as a form: who, what, and when it would suit."""

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from midway.booking.actions import Waiting
from midway.booking.actions.waiting_list import Wish
from midway.customers.actions import Contact
from midway.web.office.appointment_forms import WishForm
from midway.web.office.people_forms import CLOCK, DATE
from midway.web.office.plan_forms import weekday_choices


class WaitingForm(WishForm):
    """What the telephone tells us."""

    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), max_length=254)
    phone = forms.CharField(
        label=_("Phone"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel"}),
    )
    language = forms.ChoiceField(label=_("Language"), choices=[("en", "English"), ("es", "Español")])
    weekdays = forms.MultipleChoiceField(
        label=_("On which days"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one day.")},
    )
    not_before = forms.TimeField(label=_("Not before"), widget=forms.TimeInput(attrs=CLOCK, format="%H:%M"))
    not_after = forms.TimeField(label=_("Start at the latest"), widget=forms.TimeInput(attrs=CLOCK, format="%H:%M"))
    until_on = forms.DateField(label=_("Waits until"), widget=forms.DateInput(attrs=DATE))

    HIDDEN: ClassVar[tuple[str, ...]] = ("on",)

    def __init__(self, data: Any = None, **rest: Any) -> None:
        super().__init__(data, **rest)
        for name in self.HIDDEN:
            del self.fields[name]
        days: Any = self.fields["weekdays"]
        days.choices = weekday_choices()

    def clean(self) -> dict[str, Any]:
        """Will ask for an hour: the latest start is not before the earliest."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("not_before") and said.get("not_after") and said["not_after"] < said["not_before"]:
            self.add_error("not_after", _t("The latest start is before the earliest."))
        return said

    def waiting(self) -> Waiting:
        """Who asked for what. Raises as `offer`."""
        said = self.cleaned_data
        return Waiting(
            offer=self.offer(),
            home=self.home(),
            postcode=said["postcode"],
            contact=Contact(name=said["name"], email=said["email"], phone=said["phone"]),
            language=said["language"],
        )

    def wish(self, today: date) -> Wish:
        """When it would suit."""
        said = self.cleaned_data
        return Wish(
            weekdays=frozenset(int(day) for day in said["weekdays"]),
            not_before=said["not_before"],
            not_after=said["not_after"],
            from_on=today,
            until_on=said["until_on"],
        )

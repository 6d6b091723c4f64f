"""Another size or address of a home: what it does to the visits to come first, then the change."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from midway.accounts.access import customer
from midway.booking.actions.change_home import EffectChanged, HomeEffect, ServedElsewhere, change_home, preview_home
from midway.booking.queries import NotServed
from midway.core.pricing import PriceError
from midway.customers.home import HomeDetails
from midway.customers.models import Property
from midway.runtime.clock import now
from midway.web.design.words import length_in_words, money_in_words
from midway.web.public.forms import ROOMS
from midway.web.public.my.who import hand_of, own_place
from midway.web.public.words import PRICE_PROBLEMS, price_problem, service_name

SHOWN = 6


def _rooms(label: Any, least: int, *, required: bool = True) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    return forms.IntegerField(
        label=label, min_value=least, max_value=8, required=required, widget=widget, error_messages=ROOMS
    )


def _text(label: Any, length: int, autocomplete: str, *, required: bool = False) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete})
    errors = {"required": gettext_lazy("Tell us where to come.")}
    return forms.CharField(label=label, max_length=length, required=required, widget=widget, error_messages=errors)


class PlaceForm(forms.Form):
    """Where a home is and how big."""

    line1 = _text(gettext_lazy("Street and number"), 160, "address-line1", required=True)
    line2 = _text(gettext_lazy("Apartment, floor"), 160, "address-line2")
    city = _text(gettext_lazy("City"), 80, "address-level2")
    postcode = _text(gettext_lazy("Postcode"), 12, "postal-code", required=True)
    bedrooms = _rooms(gettext_lazy("Bedrooms"), 0)
    bathrooms = _rooms(gettext_lazy("Bathrooms"), 1)
    half_baths = _rooms(gettext_lazy("Half baths"), 0, required=False)
    square_feet = forms.IntegerField(
        label=gettext_lazy("Square feet"),
        required=False,
        min_value=1,
        max_value=1_000_000,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, home: Property) -> None:
        super().__init__(data, initial={name: getattr(home, name) for name in self.base_fields})

    def wanted(self) -> HomeDetails:
        """The answers as the action takes them."""
        return HomeDetails(**self.cleaned_data | {"half_baths": self.cleaned_data["half_baths"] or 0})


@customer
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, code: UUID) -> HttpResponse:
    """First what it comes to, visit by visit; then the change, if it still comes to that."""
    home = own_place(request, code)
    asked = request.POST if request.method == "POST" else request.GET
    form = PlaceForm(asked if "line1" in asked else None, home=home)
    context: dict[str, Any] = {"home": home, "form": form, "here": "places"}
    if not form.is_valid():
        return render(request, "public/my/place_change.html", context, status=422 if form.is_bound else 200)
    wanted, by, moment, status = form.wanted(), hand_of(request), now(), 200
    try:
        if request.method == "POST":
            shown = request.POST.get("shown", "")
            done = change_home(premises=code, wanted=wanted, by=by, now=moment, shown=shown)
            return _changed(request, home, done)
    except EffectChanged as refusal:
        context["problem"], status = _(refusal.__doc__ or ""), 409
    except (NotServed, ServedElsewhere, PriceError):
        pass  # said below, where it is looked at again
    try:
        effect = preview_home(premises=code, wanted=wanted, by=by, now=moment)
        context |= {"is_asked": True, **_effect(home, effect)}
    except (NotServed, ServedElsewhere, PriceError) as refusal:
        form.add_error(*_refused(refusal, form))
        return render(request, "public/my/place_change.html", {**context, "is_asked": False}, status=422)
    return render(request, "public/my/place_change.html", context, status=status)


def _changed(request: HttpRequest, home: Property, done: HomeEffect) -> HttpResponse:
    messages.success(request, _("Kept. We have sent you what changes."))
    if done.premises.pk != home.pk and not done.premises.access_notes:
        messages.info(request, _("Tell us how we get in at the new address."))
    return redirect("public:my_places")


def _refused(refusal: Exception, form: PlaceForm) -> tuple[str | None, str]:
    if isinstance(refusal, PriceError):
        return (refusal.field if refusal.field in form.fields else None), price_problem(refusal)
    if isinstance(refusal, NotServed):
        return "postcode", str(PRICE_PROBLEMS["postcode"])
    return "postcode", _(type(refusal).__doc__ or "")


def _effect(home: Property, effect: HomeEffect) -> dict[str, Any]:
    changing = [one for one in effect.visits if one.more_cents or one.minutes != one.minutes_before]
    return {
        "shown": effect.shown,
        "is_other_house": effect.premises.code != home.code,
        "number": len(effect.visits),
        "lines": [_line(one) for one in changing[:SHOWN]],
        "further": max(0, len(changing) - SHOWN),
        "to_decide": len(effect.to_decide),
        "stay": effect.stay,
    }


def _line(one: Any) -> dict[str, Any]:
    visit = one.visit
    return {
        "start": visit.starts_at.astimezone(visit.branch.zoneinfo),
        "service": service_name(visit.service),
        "before": money_in_words(one.before_cents, visit.currency),
        "after": money_in_words(visit.price_cents, visit.currency),
        "is_other_price": bool(one.more_cents),
        "length": length_in_words(one.minutes),
        "is_other_length": one.minutes != one.minutes_before,
    }

"""Raising all prices by a percentage: who is affected and what they will be told, before anybody is."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from midway.accounts.access import Right, office
from midway.booking.actions import PriceRise, preview_price_rise, raise_prices
from midway.booking.actions.raise_prices import LARGEST_PERCENT, earliest_for_plans
from midway.booking.models import PriceList
from midway.crew.models import Branch
from midway.runtime.clock import now as clock
from midway.web.design.words import day_in_words
from midway.web.office.place import hand_of, today_at, with_branch

USUAL_PERCENT = 5


class RiseForm(forms.Form):
    """By how much, and from when for whom."""

    percent = forms.IntegerField(label=gettext_lazy("By how many percent"), min_value=1, max_value=LARGEST_PERCENT)
    effective_on = forms.DateField(
        label=gettext_lazy("For new customers from"), widget=forms.DateInput(attrs={"type": "date"})
    )
    plans_from_on = forms.DateField(
        label=gettext_lazy("For plans that go on from"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, data: Any = None, *, today: date, earliest: date) -> None:
        begun = {"percent": USUAL_PERCENT, "effective_on": today.isoformat(), "plans_from_on": earliest.isoformat()}
        super().__init__(data, initial=begun)
        self.today, self.earliest = today, earliest

    def clean_effective_on(self) -> date:
        """Will refuse a day gone by."""
        wanted: date = self.cleaned_data["effective_on"]
        if wanted < self.today:
            raise forms.ValidationError(_("This day has gone by. Choose today or a later day."))
        return wanted

    def clean_plans_from_on(self) -> date:
        """Will refuse a day that leaves customers less notice than the policy promises."""
        wanted: date = self.cleaned_data["plans_from_on"]
        if wanted < self.earliest:
            said = _("Customers must be told earlier: %(on)s is the first day the policy allows.")
            raise forms.ValidationError(said % {"on": day_in_words(self.earliest)})
        return wanted

    def rise(self) -> PriceRise:
        """The answers as the deed takes them."""
        return PriceRise(**self.cleaned_data)


@office(Right.CHANGE_PRICES)
@require_http_methods(["GET", "HEAD", "POST"])
@with_branch
def price_rise(request: HttpRequest, branch: Branch) -> HttpResponse:
    """The form; then who is affected; then the deed."""
    now = clock()
    if not PriceList.objects.filter(branch=branch).exists():
        return redirect("office:prices")
    data = request.POST if request.method == "POST" else None
    form = RiseForm(data, today=today_at(branch, now), earliest=earliest_for_plans(branch, now=now))
    if not form.is_bound or not form.is_valid():
        return _page(request, branch, form, status=422 if form.is_bound else 200)
    if "raise" not in request.POST:
        return _page(request, branch, form, rises=preview_price_rise(branch=branch, rise=form.rise()))
    return _raise(request, branch, form.rise(), now=now)


def _raise(request: HttpRequest, branch: Branch, rise: PriceRise, *, now: datetime) -> HttpResponse:
    told = len(raise_prices(branch=branch, rise=rise, by=hand_of(request), now=now))
    said = ngettext(
        "Prices are raised. %(count)s customer with a plan is being told.",
        "Prices are raised. %(count)s customers with plans are being told.",
        told,
    )
    messages.success(request, said % {"count": told})
    return redirect("office:prices")


def _page(
    request: HttpRequest, branch: Branch, form: RiseForm, *, rises: Any = None, status: int = 200
) -> HttpResponse:
    context = {"branch": branch, "form": form, "rises": rises, "rise": form.rise() if rises is not None else None}
    return render(request, "office/price_rise.html", context, status=status)

"""Services on offer and what they cost: a change is the next version, seen before it is published."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from midway.accounts.access import Right, has_right, office
from midway.booking.actions import offer_service, publish_price_list
from midway.booking.models import OpenHoliday, PriceList, Service
from midway.booking.rates import rates_from_json
from midway.core.pricing import Home, PriceError, Rates, price_home
from midway.crew.models import Branch
from midway.runtime.clock import now as clock
from midway.web.design.words import day_in_words
from midway.web.office.drawing import service_name
from midway.web.office.people_forms import HolidayForm
from midway.web.office.place import hand_of, today_at, with_branch
from midway.web.office.policies_form_gaps import RHYTHM_NAMES
from midway.web.office.prices_form import PricesForm

EXAMPLES = ((1, 1, 700), (2, 1, 900), (3, 2, 1600), (4, 3, 2400))
"""Homes whose price is shown before and after a change: bedrooms, bathrooms, square feet."""


@dataclass(frozen=True)
class Example:
    """What one home would cost: now, and after the change."""

    service: str
    bedrooms: int
    bathrooms: int
    square_feet: int
    before: int | None
    after: int | None

    @property
    def difference(self) -> int:
        return (self.after or 0) - (self.before or 0)


@office(Right.SEE_PRICES)
@require_safe
@with_branch
def prices(request: HttpRequest, branch: Branch) -> HttpResponse:
    """The services, the price list in force, its history, and the form for the next version."""
    return prices_page(request, branch, now=clock())


@office(Right.CHANGE_PRICES)
@require_POST
@with_branch
def publish(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will show what the change does to example homes, or publish it when that was asked for."""
    now = clock()
    newest = _newest_or_404(branch)
    form = _form(request.POST, branch, newest, now=now)
    if not form.is_valid():
        return prices_page(request, branch, now=now, form=form, status=422)
    if "publish" not in request.POST:
        return prices_page(request, branch, now=now, form=form, examples=_examples(form))
    effective_on = form.cleaned_data["effective_on"]
    published = publish_price_list(
        branch=branch, rates=form.new_rates(), effective_on=effective_on, by=hand_of(request), now=now
    )
    words = {"version": published.version, "on": day_in_words(effective_on)}
    messages.success(
        request, _("Version %(version)s is in force from %(on)s. Quotes already given keep theirs.") % words
    )
    return redirect("office:prices")


@office(Right.CHANGE_PRICES)
@require_POST
def offering(request: HttpRequest, code: str) -> HttpResponse:
    """Will put a service on offer, or take it off."""
    service = Service.objects.filter(code=code).first()
    if service is None:
        raise Http404
    wanted = request.POST.get("offered") == "1"
    offer_service(service=service, is_offered=wanted, by=hand_of(request), now=clock())
    text = _("%(name)s can be booked.") if wanted else _("%(name)s can no longer be booked.")
    messages.success(request, text % {"name": service_name(service)})
    return redirect("office:prices")


def prices_page(
    request: HttpRequest,
    branch: Branch,
    *,
    now: datetime,
    form: PricesForm | None = None,
    examples: list[Example] | None = None,
    holiday_form: HolidayForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Will draw the page."""
    today = today_at(branch, now)
    versions = list(PriceList.objects.filter(branch=branch).order_by("-version"))
    in_force = max(
        (v for v in versions if v.effective_on <= today), key=lambda v: (v.effective_on, v.version), default=None
    )
    context: dict[str, Any] = {
        "branch": branch,
        "services": Service.objects.order_by("position", "id"),
        "unpriced": _without_prices(in_force),
        "versions": versions,
        "in_force": in_force,
        "form": form or (_form(None, branch, versions[0], now=now) if versions else None),
        "examples": examples,
        "rhythm_names": RHYTHM_NAMES.values(),
        "may_change": has_right(request.user, Right.CHANGE_PRICES),
        "today": today,
        "open_holidays": OpenHoliday.objects.filter(branch=branch, on__gte=today).order_by("on"),
        "holiday_form": holiday_form or HolidayForm(),
        "holiday_percent": in_force.rates.get("holiday_percent", 100) if in_force else 100,
        "priced_branches": Branch.objects.filter(price_lists__isnull=False).distinct().order_by("id"),
    }
    return render(request, "office/prices.html", context, status=status)


def _without_prices(in_force: PriceList | None) -> set[str]:
    """Codes of the services that cannot be booked because the prices in force do not have them."""
    priced = set(rates_from_json(in_force.rates).services) if in_force else set()
    return set(Service.objects.values_list("code", flat=True)) - priced


def _form(data: Any, branch: Branch, newest: PriceList, *, now: datetime) -> PricesForm:
    names = {service.code: service_name(service) for service in Service.objects.order_by("position", "id")}
    return PricesForm(data, rates=rates_from_json(newest.rates), names=names, today=today_at(branch, now))


def _newest_or_404(branch: Branch) -> PriceList:
    newest = PriceList.objects.filter(branch=branch).order_by("-version").first()
    if newest is None:
        raise Http404
    return newest


def _examples(form: PricesForm) -> list[Example]:
    new = form.new_rates()
    return [
        Example(
            service=form.names.get(code, code),
            bedrooms=bedrooms,
            bathrooms=bathrooms,
            square_feet=square_feet,
            before=_price(form.rates, code, bedrooms, bathrooms, square_feet),
            after=_price(new, code, bedrooms, bathrooms, square_feet),
        )
        for code in form.codes
        for bedrooms, bathrooms, square_feet in EXAMPLES
    ]


def _price(rates: Rates, code: str, bedrooms: int, bathrooms: int, square_feet: int) -> int | None:
    try:
        people, minutes = (1, 120) if rates.services[code].hour_cents else (None, None)
        home = Home(code, bedrooms, bathrooms, square_feet, people=people, minutes=minutes)
        return price_home(home, rates).total_cents
    except PriceError:
        return None

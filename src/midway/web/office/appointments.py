"""A new appointment: one dialog, or one page, from the name to the time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from midway.accounts.access import Right, office
from midway.booking.actions import Appointment, BookedVisit, book_at_once
from midway.booking.actions.book_at_once import wishes_of
from midway.booking.actions.offered import TimeNotOffered
from midway.booking.actions.quote_home import price_for
from midway.booking.queries import NoPrices, NotServed, UnknownService, offered_times
from midway.core.pricing import PriceError
from midway.crew.calendar import SlotTaken
from midway.crew.models import Branch
from midway.crew.queries import CalendarNotWritten
from midway.customers.models import Customer
from midway.customers.queries import customer_by_code, customers_found
from midway.dispatch.nearness import Wanted, driving_of
from midway.runtime.clock import now as clock
from midway.web.design.words import span_in_words
from midway.web.office.appointment_forms import ROOMS, AppointmentForm, WishForm, choices_at
from midway.web.office.place import hand_of, today_at, with_branch
from midway.web.office.price_words import steps_of

DAYS_SHOWN = 7


@office(Right.CHANGE_VISITS)
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("HX-Request")
@with_branch
def appointment(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will show the form, filled in from a customer where one is named, and book what it says."""
    now = clock()
    choices = choices_at(branch, on=today_at(branch, now))
    if request.method != "POST":
        customer = _customer_named(request.GET.get("customer", ""))
        data = request.GET if "show" in request.GET else None
        form = AppointmentForm(data, initial=_begun(customer, request.GET.get("home", "")), **choices)
        form.errors.clear() if data is not None else None
        return _page(request, branch, form, now=now, customer=customer)
    form = AppointmentForm(request.POST, **choices)
    if not form.is_valid():
        return _page(request, branch, form, now=now, status=422)
    booked = _book(request, form, now=now)
    if booked is None:
        return _page(request, branch, form, now=now, status=409 if form.non_field_errors() else 422)
    zone = branch.zoneinfo
    when = span_in_words(booked.start.astimezone(zone), booked.end.astimezone(zone))
    messages.success(request, _("Booked: %(when)s. The confirmation is on its way.") % {"when": when})
    return _lead_to(request, reverse("office:visit", args=[booked.visit]))


def _book(request: HttpRequest, form: AppointmentForm, *, now: datetime) -> BookedVisit | None:
    said = form.cleaned_data
    try:
        wanted = Appointment(
            offer=form.offer(),
            home=form.home(),
            start=said["start"],
            contact=form.contact(),
            address=form.address(),
            notes=said["notes"],
            language=said["language"],
        )
        return book_at_once(appointment=wanted, by=hand_of(request), now=now)
    except NotServed as refusal:
        form.add_error("postcode", _(str(refusal)))
    except PriceError as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, _(str(refusal)))
    except (SlotTaken, TimeNotOffered, NoPrices, UnknownService) as refusal:
        form.add_error(None, _(str(refusal)))
    return None


@office(Right.CHANGE_VISITS)
@require_safe
@with_branch
def offer(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Price, length and free times for what the form says so far; a part of the form's page."""
    now = clock()
    form = WishForm(request.GET, **choices_at(branch, on=today_at(branch, now)))
    return render(request, "office/appointment_offer.html", offer_context(form, branch, now=now))


@office(Right.CHANGE_VISITS)
@require_safe
def find_customer(request: HttpRequest) -> HttpResponse:
    """Customers to choose from while the name is typed; a part of the form's page."""
    words = request.GET.get("find", "").strip()
    found = customers_found(words, limit=6) if len(words) >= 2 else []
    return render(request, "office/appointment_customers.html", {"found": found, "words": words})


def offer_context(form: WishForm, branch: Branch, *, now: datetime) -> dict[str, Any]:
    """What the offer's part of the page shows: the price with its working, and the free times of a week."""
    if not form.is_bound or not _is_enough(form):
        return {"problem": "", "days": []}
    chosen = form.data.get("start", "")
    try:
        found, home = form.offer(), form.home()
        postcode = form.cleaned_data["postcode"]
        who = wishes_of(email=form.data.get("email", ""), line1=form.data.get("line1", ""), postcode=postcode)
        price = price_for(offer=found, home=home, now=now, postcode=postcode, wishes=who)
        first = form.cleaned_data.get("on") or today_at(branch, now)
        days = offered_times(
            offer=found,
            duration=timedelta(minutes=price.duration_minutes),
            team_size=price.team_size,
            first=first,
            days=DAYS_SHOWN,
            now=now,
        )
    except (NotServed, UnknownService, NoPrices, PriceError, CalendarNotWritten) as refusal:
        return {"problem": _(str(refusal)), "days": []}
    zone = found.branch.zoneinfo
    wanted = Wanted(
        offer=found, duration=timedelta(minutes=price.duration_minutes), team_size=price.team_size,
        postcode=form.cleaned_data["postcode"],
    )  # fmt: skip
    added = driving_of(wanted, days)
    local = [
        (day.on, [OfferedTime(slot.start.astimezone(zone), added.get(slot.start)) for slot in day.slots])
        for day in days
    ]
    open_on = next((on for on, starts in local if any(s.start.isoformat() == chosen for s in starts)), None)
    return {
        "problem": "",
        "why": _why(form, first),
        "price": price,
        "steps": steps_of(price, dict(form.fields["extras"].choices)),  # type: ignore[attr-defined] # a choice field
        "days": local,
        "chosen": chosen,
        "open_on": open_on or next((on for on, starts in local if starts), None),
        "most": max([len(starts) for _on, starts in local], default=0),
    }


@dataclass(frozen=True)
class OfferedTime:
    """A time to choose and the driving it adds; nothing where nobody could be there in time."""

    start: datetime
    added_minutes: int | None


def _why(form: WishForm, on: date) -> str:
    # What was said so far, as the page asks for it that tells why a time is not among these.
    said = {name: form.data.get(name, "") for name in ("service", "postcode", *ROOMS)}
    return urlencode({**{name: value for name, value in said.items() if value}, "on": on.isoformat()})


def _is_enough(form: WishForm) -> bool:
    form.is_valid()
    return not {"service", "postcode", *ROOMS, "extras"} & set(form.errors)


def _page(
    request: HttpRequest,
    branch: Branch,
    form: AppointmentForm,
    *,
    now: datetime,
    status: int = 200,
    customer: Customer | None = None,
) -> HttpResponse:
    choices = choices_at(branch, on=today_at(branch, now))
    said = form.data if form.is_bound else {key: value for key, value in form.initial.items() if value is not None}
    wish = WishForm(said if said else None, **choices)
    context = {
        "form": form,
        "customer": customer,
        "homes": list(customer.properties.all()) if customer else [],
        "in_dialog": request.headers.get("HX-Request") == "true",
        **offer_context(wish, branch, now=now),
    }
    part = context["in_dialog"]
    return render(
        request, "office/appointment_form.html" if part else "office/appointment.html", context, status=status
    )


def _begun(customer: Customer | None, home: str) -> dict[str, Any]:
    begun: dict[str, Any] = {"language": "en", "bedrooms": 2, "bathrooms": 1, "service": "regular"}
    if customer is None:
        return begun
    begun |= {field: getattr(customer, field) for field in ("name", "email", "phone", "language")}
    homes = list(customer.properties.all())
    chosen = next((h for h in homes if str(h.code) == home), homes[0] if homes else None)
    if chosen is not None:
        fields = ("line1", "line2", "city", "postcode", *ROOMS)
        begun |= {field: getattr(chosen, field) for field in fields}
    return begun


def _customer_named(code: str) -> Customer | None:
    try:
        return customer_by_code(UUID(code))
    except ValueError:
        return None


def _lead_to(request: HttpRequest, address: str) -> HttpResponse:
    if request.headers.get("HX-Request") != "true":
        return redirect(address)
    response = HttpResponse(status=204)
    response["HX-Redirect"] = address
    return response

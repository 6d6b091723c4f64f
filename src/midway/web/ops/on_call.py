"""Who is on call now and in the weeks to come, how everybody is reached, and whether calls arrive."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from midway.accounts.access import Right, has_right, office
from midway.accounts.hand import hand_of
from midway.accounts.models import User
from midway.core.oncall import Turn
from midway.core.timespan import Span
from midway.ops.actions.contacts import ChatUnusable, PhoneUnusable, renew_turns_feed, set_contact
from midway.ops.actions.incidents.call_people import NobodyOnCall, call_as_test
from midway.ops.actions.rotate import RotationAlreadyThen, RotationBegun, RotationEmpty, begin_rotation
from midway.ops.actions.take_over import (
    NotOfTheOffice,
    NotTakenOver,
    TakenOverAlready,
    TakeOverOver,
    give_back,
    take_over,
)
from midway.ops.models import Call, Contact, OnCallRotation, TakeOver
from midway.ops.oncall.feed import feed_address
from midway.ops.oncall.roster import Roster, company_zone, roster
from midway.runtime.clock import now as clock
from midway.web.ops.on_call_forms import ContactForm, RotationForm, TakeOverForm

AHEAD = timedelta(days=56)
TESTS_SHOWN = 6


@dataclass(frozen=True)
class TurnRow:
    """A turn as it is shown."""

    turn: Turn
    name: str
    is_now: bool
    is_mine: bool


def me_of(request: HttpRequest) -> User:
    """Whoever is signed in, with how they are called."""
    user: Any = request.user
    return User.objects.select_related("on_call_contact").get(pk=user.pk)


@office(Right.WORK_ON_INCIDENTS)
@require_safe
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """The calendar and the contacts."""
    return _response(request)


def _response(request: HttpRequest, *, status: int = 200, **filled: forms.Form) -> HttpResponse:
    now, zone = clock(), company_zone()
    me = me_of(request)
    known: Contact | None = getattr(me, "on_call_contact", None)
    found = roster()
    day = now.astimezone(zone)
    context: dict[str, Any] = {
        "now": now,
        "zone": zone,
        "on_call": found.on_call(at=now),
        "ladder": found.ladder(at=now),
        "rows": _rows(found, me, now=now),
        "taken": TakeOver.objects.filter(withdrawn_at=None, during__endswith__gt=now).select_related("user"),
        "rotations": OnCallRotation.objects.filter(begins_at__gt=now).prefetch_related("places__user"),
        "people": sorted(found.people.values(), key=lambda one: one.name),
        "tests": Call.objects.filter(incident=None).select_related("user").order_by("-at")[:TESTS_SHOWN],
        "feed": feed_address(me),
        "may_change": has_right(request.user, Right.CHANGE_SYSTEM),
        "rotation_form": RotationForm(initial={"starts_on": day.date() + timedelta(days=1), "hand_over": "09:00"}),
        "take_form": TakeOverForm(initial={"person": me.pk, "from_on": day.date(), "to_on": day.date()}),
        "contact_form": ContactForm(initial={"phone": known.phone, "chat": known.chat} if known else {}),
        **filled,
    }
    return render(request, "web_ops/on_call.html", context, status=status)


def _rows(found: Roster, me: User, *, now: datetime) -> list[TurnRow]:
    rows = []
    for turn in found.turns(during=Span(now, now + AHEAD)):
        who = found.people.get(turn.person)
        rows.append(TurnRow(turn, who.name if who else _("Somebody who left"), turn.start <= now, turn.person == me.pk))
    return rows


@office(Right.CHANGE_SYSTEM)
@require_POST
def rotate(request: HttpRequest) -> HttpResponse:
    """Will begin a new rotation."""
    form, now = RotationForm(request.POST), clock()
    if form.is_valid():
        try:
            begin_rotation(order=form.order(company_zone().key), by=hand_of(request), now=now)
        except (RotationEmpty, RotationBegun, RotationAlreadyThen) as refusal:
            form.add_error("starts_on", _(refusal.__doc__ or ""))
        else:
            messages.success(request, _("They take turns from then on."))
            return redirect("on_call:home")
    return _response(request, rotation_form=form, status=422)


@office(Right.WORK_ON_INCIDENTS)
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Will have somebody take over."""
    form, now = TakeOverForm(request.POST), clock()
    if form.is_valid():
        start, end = form.moments(company_zone())
        person = User.objects.get(pk=form.cleaned_data["person"])
        reason = form.cleaned_data["reason"]
        try:
            take_over(user=person, start=start, end=end, reason=reason, by=hand_of(request), now=now)
        except (TakenOverAlready, TakeOverOver, NotOfTheOffice) as refusal:
            form.add_error("to_on", _(refusal.__doc__ or ""))
        else:
            messages.success(request, _("%(name)s takes over.") % {"name": person.name})
            return redirect("on_call:home")
    return _response(request, take_form=form, status=422)


@office(Right.WORK_ON_INCIDENTS)
@require_POST
def give(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will give the time back to the rotation."""
    try:
        give_back(code=code, by=hand_of(request), now=clock())
        messages.success(request, _("It is the rotation's again."))
    except NotTakenOver as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
    return redirect("on_call:home")


@office(Right.WORK_ON_INCIDENTS)
@require_POST
def contact(request: HttpRequest) -> HttpResponse:
    """Will reach whoever is signed in so from now on."""
    form, by = ContactForm(request.POST), hand_of(request)
    if form.is_valid():
        me = me_of(request)
        try:
            set_contact(user=me, phone=form.cleaned_data["phone"], chat=form.cleaned_data["chat"], by=by, now=clock())
        except PhoneUnusable as refusal:
            form.add_error("phone", _(refusal.__doc__ or ""))
        except ChatUnusable as refusal:
            form.add_error("chat", _(refusal.__doc__ or ""))
        else:
            messages.success(request, _("You are called so from now on."))
            return redirect("on_call:home")
    return _response(request, contact_form=form, status=422)


@office(Right.WORK_ON_INCIDENTS)
@require_POST
def feed(request: HttpRequest) -> HttpResponse:
    """Will end the address of one's calendar of turns; the next is another."""
    by = hand_of(request)
    renew_turns_feed(user=me_of(request), by=by, now=clock())
    messages.success(request, _("The address is a new one."))
    return redirect("on_call:home")


@office(Right.CHANGE_SYSTEM)
@require_POST
def test(request: HttpRequest) -> HttpResponse:
    """Will call whoever is on call as a test."""
    try:
        call = call_as_test(by=hand_of(request), now=clock())
        messages.success(request, _("%(name)s was called.") % {"name": call.user.name})
    except NobodyOnCall as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
    return redirect("on_call:home")

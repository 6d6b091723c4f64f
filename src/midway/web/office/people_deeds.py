"""Changing somebody's details, hours and days off."""

from datetime import date, datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from midway.accounts.access import Right, office
from midway.booking.actions import excuse_cleaner
from midway.booking.plan_queries import plan_horizon
from midway.crew import actions
from midway.crew.calendar import SlotTaken
from midway.crew.models import Absence, Cleaner
from midway.runtime.clock import now as clock
from midway.web.office.people import person_or_404, person_page
from midway.web.office.people_forms import AbsenceForm, DayForm, PersonForm, WeekForm
from midway.web.office.place import hand_of
from midway.web.office.promises import broken_between


@office(Right.CHANGE_PEOPLE)
@require_POST
def details(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will keep somebody's name, phone, skills and team."""
    found = person_or_404(code)
    form = PersonForm(request.POST, branch=found.branch)
    if not form.is_valid():
        return person_page(request, found, status=422, forms={"person_form": form})
    actions.change_cleaner(cleaner=found, details=form.details(), by=hand_of(request), now=clock())
    messages.success(request, _("Kept."))
    return redirect("office:person", code)


@office(Right.CHANGE_PEOPLE)
@require_POST
def week(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will set the weekly hours from a day on."""
    found, form = person_or_404(code), WeekForm(request.POST)
    if not form.is_valid():
        return person_page(request, found, status=422, forms={"week_form": form})
    now = clock()
    changed = actions.set_week(
        cleaner=found, week=form.week(), from_day=form.cleaned_data["from_day"], by=hand_of(request), now=now
    )
    text = ngettext("%(count)s weekday changed.", "%(count)s weekdays changed.", len(changed))
    messages.success(request, text % {"count": len(changed)} if changed else _("Nothing was different."))
    first = form.cleaned_data["from_day"]
    return _to_promises_or_person(found, first, plan_horizon(found.branch, now=now), now=now)


@office(Right.CHANGE_PEOPLE)
@require_POST
def day(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will give somebody other hours on one date."""
    found, form = person_or_404(code), DayForm(request.POST)
    if not form.is_valid():
        return person_page(request, found, status=422, forms={"day_form": form})
    said, now = form.cleaned_data, clock()
    actions.set_day_hours(
        cleaner=found, on=said["on"], hours=form.hours(), reason=said["reason"], by=hand_of(request), now=now
    )
    messages.success(request, _("Kept."))
    return _to_promises_or_person(found, said["on"], said["on"], now=now)


@office(Right.CHANGE_PEOPLE)
@require_POST
def usual_day(request: HttpRequest, code: UUID, on: str) -> HttpResponse:
    """Will let the weekly hours apply again on a date."""
    found = person_or_404(code)
    try:
        wanted = date.fromisoformat(on)
    except ValueError as problem:
        raise Http404 from problem
    actions.clear_day_hours(cleaner=found, on=wanted, by=hand_of(request), now=clock())
    messages.success(request, _("The usual hours apply again."))
    return redirect("office:person", code)


@office(Right.CHANGE_PEOPLE)
@require_POST
def absence(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will note that somebody is away and lead to the visits that now need somebody else, each with a mend."""
    found = person_or_404(code)
    form = AbsenceForm(request.POST, branch=found.branch)
    if not form.is_valid():
        return person_page(request, found, status=422, forms={"absence_form": form})
    during, now = form.cleaned_data["during"], clock()
    try:
        _absence, visits = excuse_cleaner(
            cleaner=found,
            during=during,
            reason=form.reason_given(),
            note=form.cleaned_data["note"],
            by=hand_of(request),
            now=now,
        )
    except SlotTaken:
        form.add_error("first", _("They are away already then, or at a visit that has begun."))
        return person_page(request, found, status=409, forms={"absence_form": form})
    if not visits:
        messages.success(request, _("Noted. No visit is touched."))
        return redirect("office:person", code)
    number = len(visits)
    text = ngettext(
        "Noted. %(count)s visit needs somebody else.", "Noted. %(count)s visits need somebody else.", number
    )
    messages.warning(request, text % {"count": number})
    days = sorted(visit.starts_at.astimezone(found.branch.zoneinfo).date() for visit in visits)
    return redirect(broken_between(found.branch, days[0], days[-1], now=now) or reverse("office:promises"))


def _to_promises_or_person(found: Cleaner, first: date, last: date, *, now: datetime) -> HttpResponse:
    """Leads to what is promised outside somebody's hours now, where anything is."""
    broken = broken_between(found.branch, first, last, person=found, now=now)
    return redirect(broken or reverse("office:person", args=[found.code]))


@office(Right.CHANGE_PEOPLE)
@require_POST
def return_early(request: HttpRequest, code: UUID, absence: UUID) -> HttpResponse:
    """Will withdraw an absence; the time can be booked again."""
    found = Absence.objects.select_related("cleaner").filter(code=absence, cleaner__code=code).first()
    if found is None:
        raise Http404
    try:
        actions.withdraw_absence(absence=found, by=hand_of(request), now=clock())
        messages.success(request, _("The time can be booked again."))
    except actions.AbsenceNotFound as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
    return redirect("office:person", code)

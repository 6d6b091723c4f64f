"""Holidays on which the branch works, at the holiday price."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from midway.accounts.access import Right, office
from midway.booking.actions import ClosedThatDay, OpenHolidayKnown, add_open_holiday, remove_open_holiday
from midway.booking.models import OpenHoliday
from midway.crew.models import Branch
from midway.runtime.clock import now as clock
from midway.web.office.people_forms import HolidayForm
from midway.web.office.place import hand_of, with_branch
from midway.web.office.prices import prices_page


@office(Right.CHANGE_PRICES)
@require_POST
@with_branch
def add(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will have a day cost the holiday price."""
    form, now = HolidayForm(request.POST), clock()
    if form.is_valid():
        try:
            add_open_holiday(branch=branch, by=hand_of(request), now=now, **form.cleaned_data)
        except (OpenHolidayKnown, ClosedThatDay) as refusal:
            form.add_error("on", _(refusal.__doc__ or ""))
    if form.errors:
        return prices_page(request, branch, now=now, holiday_form=form, status=422)
    messages.success(request, _("New quotes have the holiday price for that day. Quotes already given keep theirs."))
    return redirect("office:prices")


@office(Right.CHANGE_PRICES)
@require_POST
@with_branch
def remove(request: HttpRequest, branch: Branch, on: str) -> HttpResponse:
    """Will have a day cost as any other."""
    try:
        day = date.fromisoformat(on)
    except ValueError as problem:
        raise Http404 from problem
    holiday = OpenHoliday.objects.select_related("branch").filter(branch=branch, on=day).first()
    if holiday is not None:
        remove_open_holiday(holiday=holiday, by=hand_of(request), now=clock())
        messages.success(request, _("An ordinary day again, in quotes from now on."))
    return redirect("office:prices")

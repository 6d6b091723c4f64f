"""Somebody leaves, stays after all, or works here again."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from midway.accounts.access import Right, office
from midway.crew import actions
from midway.runtime.clock import now as clock
from midway.web.design.words import day_in_words
from midway.web.office.crew_forms import LeaveForm, ReturnForm
from midway.web.office.people import person_or_404, person_page
from midway.web.office.place import hand_of, today_at
from midway.web.office.promises import promises_of_leaver


@office(Right.CHANGE_PEOPLE)
@require_POST
def leaving(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will note somebody's last day and lead to the visits that then need somebody else."""
    found, now = person_or_404(code), clock()
    form = LeaveForm(request.POST, today=today_at(found.branch, now))
    if not form.is_valid():
        return person_page(request, found, status=422, forms={"leave_form": form})
    said = form.cleaned_data
    try:
        row = actions.end_employment(
            cleaner=found, last_day=said["last_day"], reason=said["reason"], by=hand_of(request), now=now
        )
    except (actions.LastDayBeforeFirst, actions.HasLeft) as refusal:
        form.add_error("last_day", _(refusal.__doc__ or ""))
        return person_page(request, found, status=409, forms={"leave_form": form})
    words = {"name": row.name, "on": day_in_words(said["last_day"])}
    messages.success(request, _("%(name)s works here until %(on)s.") % words)
    if promises_of_leaver(row, now=now):
        return redirect(f"{reverse('office:promises')}?person={row.code}")
    return redirect("office:person", code)


@office(Right.CHANGE_PEOPLE)
@require_POST
def staying(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will take somebody's last day back."""
    found = person_or_404(code)
    try:
        actions.keep_employed(cleaner=found, by=hand_of(request), now=clock())
        messages.success(request, _("%(name)s stays.") % {"name": found.name})
    except (actions.NotLeaving, actions.HasLeft) as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
    return redirect("office:person", code)


@office(Right.CHANGE_PEOPLE)
@require_POST
def coming_back(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will take somebody on again."""
    found, form = person_or_404(code), ReturnForm(request.POST)
    if not form.is_valid():
        return person_page(request, found, status=422, forms={"return_form": form})
    try:
        actions.rehire_cleaner(
            cleaner=found,
            week=form.week(),
            from_day=form.cleaned_data["from_day"],
            by=hand_of(request),
            now=clock(),
        )
    except (actions.NotLeaving, actions.StillEmployed) as refusal:
        form.add_error("from_day", _(refusal.__doc__ or ""))
        return person_page(request, found, status=409, forms={"return_form": form})
    messages.success(request, _("%(name)s can be booked now.") % {"name": found.name})
    return redirect("office:person", code)

"""The people who clean: the list, one person's page, adding somebody, the branch's closed days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from midway.accounts.access import Right, has_right, office
from midway.booking.board import board_of
from midway.crew import actions
from midway.crew.models import Absence, Branch, Cleaner, Holiday, ShiftException
from midway.crew.queries import week_from
from midway.journal.queries import history_of
from midway.runtime.clock import now as clock
from midway.web.office.crew_forms import LeaveForm, ReturnForm
from midway.web.office.drawing import in_hours
from midway.web.office.journal_words import tell
from midway.web.office.people_forms import AbsenceForm, DayForm, HireForm, HolidayForm, PersonForm, WeekForm
from midway.web.office.place import hand_of, today_at, with_branch
from midway.web.office.promises import broken_between, promises_of_leaver
from midway.web.office.undoing import may_undo
from midway.web.office.week_picture import WeekPicture, week_picture


@office(Right.SEE_PEOPLE)
@require_safe
@with_branch
def people(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Everybody who cleans, their week as a picture, and the days the branch is closed."""
    return people_page(request, branch)


@dataclass(frozen=True)
class PersonRow:
    """Somebody in the list: their hours and what is booked this week, as a picture and as numbers."""

    cleaner: Cleaner
    teams: str
    skills: str
    picture: WeekPicture
    booked: int
    working: int


def people_page(
    request: HttpRequest, branch: Branch, *, status: int = 200, holiday_form: HolidayForm | None = None
) -> HttpResponse:
    """Will draw the list of people."""
    now = clock()
    today = today_at(branch, now)
    monday = today - timedelta(days=today.weekday())
    found = board_of(branch=branch, first=monday, days=7, now=now)
    rows = [
        PersonRow(
            cleaner=row.cleaner,
            teams=", ".join(row.teams),
            skills=", ".join(skill.name for skill in row.cleaner.skills.all()),
            picture=week_picture(row.days),
            booked=sum(day.booked_minutes for day in row.days),
            working=sum(day.working_minutes for day in row.days),
        )
        for row in found.rows
    ]
    context = {
        "branch": branch,
        "rows": rows,
        "monday": monday,
        "sunday": monday + timedelta(days=6),
        "holidays": Holiday.objects.filter(branch=branch, on__gte=today).order_by("on"),
        "holiday_form": holiday_form or HolidayForm(),
        "former": Cleaner.objects.filter(branch=branch, left_on__lt=today).order_by("-left_on", "name"),
        "may_change": has_right(request.user, Right.CHANGE_PEOPLE),
        "may_open_branches": has_right(request.user, Right.CHANGE_SYSTEM),
    }
    return render(request, "office/people.html", context, status=status)


@office(Right.CHANGE_PEOPLE)
@require_http_methods(["GET", "HEAD", "POST"])
@with_branch
def hire(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will add somebody who cleans."""
    now = clock()
    form = HireForm(request.POST or None, branch=branch, today=today_at(branch, now))
    if request.method != "POST" or not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return render(request, "office/hire.html", {"form": form}, status=status)
    added = actions.hire_cleaner(
        branch=branch,
        details=form.details(),
        week=form.week(),
        from_day=form.cleaned_data["from_day"],
        by=hand_of(request),
        now=now,
    )
    messages.success(request, _("%(name)s can be booked now.") % {"name": added.name})
    return redirect("office:person", added.code)


@office(Right.CHANGE_PEOPLE)
@require_POST
@with_branch
def add_holiday(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will close the branch on a day."""
    form = HolidayForm(request.POST)
    if not form.is_valid():
        return people_page(request, branch, status=422, holiday_form=form)
    on, now = form.cleaned_data["on"], clock()
    try:
        actions.add_holiday(branch=branch, by=hand_of(request), now=now, **form.cleaned_data)
    except actions.HolidayKnown as refusal:
        form.add_error("on", _(refusal.__doc__ or ""))
        return people_page(request, branch, status=422, holiday_form=form)
    messages.success(request, _("Nobody can book that day any more. Visits already booked stay."))
    return redirect(broken_between(branch, on, on, now=now) or reverse("office:people"))


@office(Right.CHANGE_PEOPLE)
@require_POST
@with_branch
def remove_holiday(request: HttpRequest, branch: Branch, on: str) -> HttpResponse:
    """Will open the branch again on a day."""
    holiday = Holiday.objects.select_related("branch").filter(branch=branch, on=_date_or_404(on)).first()
    if holiday is not None:
        actions.remove_holiday(holiday=holiday, by=hand_of(request), now=clock())
        messages.success(request, _("Open again on that day."))
    return redirect("office:people")


@office(Right.SEE_PEOPLE)
@require_safe
def person(request: HttpRequest, code: UUID) -> HttpResponse:
    """One person: hours, days off, skills, team, what changed."""
    return person_page(request, person_or_404(code))


def person_or_404(code: UUID) -> Cleaner:
    """The cleaner with their branch."""
    found = Cleaner.objects.select_related("branch").filter(code=code).first()
    if found is None:
        raise Http404
    return found


def person_page(
    request: HttpRequest, found: Cleaner, *, status: int = 200, forms: Mapping[str, Any] | None = None
) -> HttpResponse:
    """Will draw a person's page; a form that was refused is shown as it was filled in."""
    now, branch = clock(), found.branch
    today = today_at(branch, now)
    monday = today - timedelta(days=today.weekday())
    row = next(
        (r for r in board_of(branch=branch, first=monday, days=14, now=now).rows if r.cleaner.pk == found.pk), None
    )
    weeks = [row.days[:7], row.days[7:]] if row else []
    context = {
        "person": found,
        "branch": branch,
        "skills": found.skills.all(),
        "teams": found.teams.filter(retired_at__isnull=True),
        "weeks": [(days[0].on, week_picture(days)) for days in weeks],
        "hours_a_week": _hours_a_week(found, today),
        "exceptions": ShiftException.objects.filter(cleaner=found, on__gte=today).order_by("on", "start"),
        "absences": _absences(found, now=now),
        "person_form": PersonForm.of(found),
        "week_form": WeekForm.as_planned(found, on=today),
        "day_form": DayForm(),
        "absence_form": AbsenceForm(branch=branch),
        **_leaving(found, today=today, now=now),
        "history": tell(history_of(found.code)[:12], zone=branch.zoneinfo, now=now, may_undo=may_undo(request)),
        "may_change": has_right(request.user, Right.CHANGE_PEOPLE),
        **(forms or {}),
    }
    return render(request, "office/person.html", context, status=status)


def _leaving(found: Cleaner, *, today: date, now: datetime) -> dict[str, Any]:
    context: dict[str, Any] = {"leave_form": LeaveForm(today=today), "return_form": None, "has_left": False}
    if found.left_on is not None:
        context["return_form"] = ReturnForm.begun(found, today=today)
        context["has_left"] = found.left_on < today
        context["left_behind"] = len(promises_of_leaver(found, now=now))
    return context


def _hours_a_week(found: Cleaner, today: date) -> str:
    week = week_from(found, on=today)
    minutes = 0
    for hours in week.values():
        for start, end in hours:
            length = (end.hour * 60 + end.minute) - (start.hour * 60 + start.minute)
            minutes += length if length > 0 else length + 24 * 60
    return in_hours(minutes)


@dataclass(frozen=True)
class Away:
    """An absence in local time."""

    absence: Absence
    start: datetime
    end: datetime


def _absences(found: Cleaner, *, now: datetime) -> list[Away]:
    zone = found.branch.zoneinfo
    listed = Absence.objects.filter(cleaner=found, withdrawn_at__isnull=True, during__endswith__gt=now)
    return [
        Away(a, a.during.lower.astimezone(zone), a.during.upper.astimezone(zone)) for a in listed.order_by("during")
    ]


def _date_or_404(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise Http404 from problem

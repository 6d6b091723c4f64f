"""What a person does in an incident."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from midway.accounts.access import Right, office
from midway.accounts.hand import hand_of
from midway.accounts.models import User
from midway.ops.actions import ReasonMissing
from midway.ops.actions.ask_run import RepairNotPreviewed
from midway.ops.actions.incidents import NoSuchIncident
from midway.ops.actions.incidents.call_people import acknowledge_incident
from midway.ops.actions.incidents.mend import (
    HasProcedure,
    NotVerified,
    StillFailing,
    ask_step,
    close_incident,
    confirm_mended,
)
from midway.ops.actions.incidents.update_status import BothLanguages, update_status
from midway.ops.actions.incidents.work_on import assess_incident, hand_over_incident, write_note
from midway.ops.incidents.status_page import write_status
from midway.ops.models import Incident, StatusUpdate
from midway.ops.registry import UnknownProcedure
from midway.runtime.clock import now as clock
from midway.web.ops.incident_forms import AssessForm, ConfirmForm, NoteForm, OwnerForm, UpdateForm
from midway.web.ops.incident_page import incident_or_404, incident_response, may_mend

REFUSALS = (
    NoSuchIncident, ReasonMissing, RepairNotPreviewed, StillFailing, NotVerified, HasProcedure, BothLanguages,
    UnknownProcedure,
)  # fmt: skip


def _done(request: HttpRequest, found: Incident, deed: Callable[[], object], told: str) -> HttpResponse:
    """Will do it, and say what became of it."""
    try:
        deed()
    except REFUSALS as refusal:
        messages.error(request, _(refusal.__doc__ or ""))
    else:
        messages.success(request, told)
    return redirect("incidents:incident", found.code)


@office(Right.WORK_ON_INCIDENTS)
@require_POST
def own(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will have it oneself, or hand it to somebody."""
    found, by, now = incident_or_404(request, code), hand_of(request), clock()
    if "owner" not in request.POST:
        user: Any = request.user
        me = User.objects.get(pk=user.pk)
        return _done(
            request, found, lambda: acknowledge_incident(incident=found, owner=me, by=by, now=now), _("You have it.")
        )
    form = OwnerForm(request.POST)
    if not form.is_valid():
        return incident_response(request, found, owner_form=form, status=422)
    other = User.objects.get(pk=form.cleaned_data["owner"])
    told = _("%(name)s has it now.") % {"name": other.name}
    return _done(request, found, lambda: hand_over_incident(incident=found, owner=other, by=by, now=now), told)


@office(Right.WORK_ON_INCIDENTS)
@require_POST
def assess(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will assess it anew."""
    found, form = incident_or_404(request, code), AssessForm(request.POST)
    if not form.is_valid():
        return incident_response(request, found, assess_form=form, status=422)
    severity, impact = form.assessment()
    by, now = hand_of(request), clock()
    return _done(
        request,
        found,
        lambda: assess_incident(incident=found, severity=severity, impact=impact, by=by, now=now),
        _("It is assessed anew."),
    )


@office(Right.WORK_ON_INCIDENTS)
@require_POST
def write(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will add to the timeline."""
    found, form = incident_or_404(request, code), NoteForm(request.POST)
    return _by_form(
        request, found, form, "note_form",
        lambda: write_note(incident=found, text=form.cleaned_data["text"], by=hand_of(request), now=clock()),
        _("It is in the timeline."),
    )  # fmt: skip


@office(Right.WORK_ON_INCIDENTS)
@require_POST
def update(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will tell how it stands."""
    found, form = incident_or_404(request, code), UpdateForm(request.POST)

    def tell() -> None:
        said, now = form.cleaned_data, clock()
        update_status(
            incident=found, stage=StatusUpdate.Stage(said["stage"]), text_en=said["text_en"], text_es=said["text_es"],
            tells_touched=said["tells_touched"], by=hand_of(request), now=now,
        )  # fmt: skip
        write_status(now=now)

    return _by_form(request, found, form, "update_form", tell, _("It stands on the status page."))


@office(Right.WORK_ON_INCIDENTS)
@require_POST
def step(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will have a step of the manual run; what it finds comes into the timeline."""
    found, now = incident_or_404(request, code), clock()
    mends = request.POST.get("yes") == "1" and may_mend(request, found)
    name = request.POST.get("procedure", "")
    return _done(
        request,
        found,
        lambda: ask_step(incident=found, procedure=name, mends=mends, by=hand_of(request), now=now),
        _("It runs. What it finds comes into the timeline in a moment."),
    )


@office(Right.WORK_ON_INCIDENTS)
@require_POST
def verify(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will have its procedure look again; where there is none, a person says how they saw it."""
    found, now = incident_or_404(request, code), clock()
    if found.procedure:
        return _done(
            request,
            found,
            lambda: ask_step(incident=found, procedure=found.procedure, by=hand_of(request), now=now),
            _("It looks again. What it finds comes into the timeline in a moment."),
        )
    form = ConfirmForm(request.POST)
    return _by_form(
        request, found, form, "confirm_form",
        lambda: confirm_mended(incident=found, how=form.cleaned_data["how"], by=hand_of(request), now=now),
        _("It was seen mended."),
    )  # fmt: skip


@office(Right.WORK_ON_INCIDENTS)
@require_POST
def close(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will close it, when it was seen mended."""
    found, by, now = incident_or_404(request, code), hand_of(request), clock()

    def end() -> None:
        close_incident(incident=found, by=by, now=now)
        write_status(now=now)

    return _done(request, found, end, _("It is closed."))


def _by_form(
    request: HttpRequest, found: Incident, form: forms.Form, name: str, deed: Callable[[], object], told: str
) -> HttpResponse:
    if not form.is_valid():
        return incident_response(request, found, status=422, **{name: form})
    return _done(request, found, deed, told)

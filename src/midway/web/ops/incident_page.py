"""One incident: how it stands, what is known of it, what was done, and what can be done."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from midway.accounts.access import Right, find, has_right, office
from midway.core.triage import Priority
from midway.ops.actions.ask_run import is_previewed
from midway.ops.incidents.draft import impact_in_words, measures_of
from midway.ops.incidents.steps import steps_for
from midway.ops.incidents.triage import triage
from midway.ops.incidents.words import IMPACTS, SEVERITIES, SOURCES, STAGES
from midway.ops.models import Incident
from midway.ops.oncall.roster import company_zone
from midway.ops.procedure import Kind, Procedure
from midway.runtime.clock import now as clock
from midway.web.ops.incident_forms import AssessForm, ConfirmForm, NoteForm, OwnerForm, UpdateForm

STEPS_SHOWN = 6


def incident_or_404(request: HttpRequest, code: UUID) -> Incident:
    """The incident of this address."""
    found = Incident.objects.select_related("owner")
    return find(found, user=request.user, right=Right.WORK_ON_INCIDENTS, code=code)


@office(Right.WORK_ON_INCIDENTS)
@require_safe
@never_cache
def incident(request: HttpRequest, code: UUID) -> HttpResponse:
    """All of it."""
    return incident_response(request, incident_or_404(request, code))


@office(Right.WORK_ON_INCIDENTS)
@require_safe
def evidence(request: HttpRequest, code: UUID) -> HttpResponse:
    """What was frozen when it opened, to the letter."""
    found = incident_or_404(request, code)
    return HttpResponse(found.evidence, content_type="application/json")


def incident_response(request: HttpRequest, found: Incident, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The page, with forms as they were filled in."""
    frozen, now = orjson.loads(found.evidence), clock()
    initial = {"severity": found.severity, "impact": found.impact}
    context = {
        "now": now,
        "zone": company_zone(),
        "incident": found,
        "severity": SEVERITIES[found.severity],
        "impact": IMPACTS[found.impact],
        "source": SOURCES[found.source],
        "touched": impact_in_words(found),
        "times": measures_of(found),
        "clock": triage().clocks[Priority(found.priority)],
        "timeline": found.timeline.all(),
        "reports": found.reports.order_by("at"),
        "updates": [(STAGES[one.stage], one) for one in found.updates.all()],
        "calls": found.calls.select_related("user").order_by("at"),
        "frozen": frozen,
        "deeds": _deeds_of(frozen),
        "releases": _listed(frozen, "releases", "at"),
        "migrations": _listed(frozen, "migrations", "applied_at"),
        "steps": [(one, one.kind is Kind.REPAIR and is_previewed(one, now=now)) for one in _steps(found)],
        "may_mend": may_mend(request, found),
        "may_see_system": has_right(request.user, Right.SEE_SYSTEM),
        "note_form": NoteForm(),
        "assess_form": AssessForm(initial=initial),
        "owner_form": OwnerForm(),
        "update_form": UpdateForm(),
        "confirm_form": ConfirmForm(),
        **forms,
    }
    return render(request, "web_ops/incident.html", context, status=status)


def may_mend(request: HttpRequest, found: Incident) -> bool:
    """Whoever may change the system, or has this incident: at night that is the person who was called."""
    is_mine = found.owner_id is not None and found.owner_id == getattr(request.user, "pk", None)
    return is_mine or has_right(request.user, Right.CHANGE_SYSTEM)


def _steps(found: Incident) -> list[Procedure]:
    return steps_for(found)[:STEPS_SHOWN] if found.is_open else []


def _listed(frozen: dict[str, Any], what: str, when: str) -> list[dict[str, Any]]:
    """What could be gathered of it, with its moments; an older record, or one that could not be gathered, has none."""
    found = frozen.get(what)
    return [{**one, when: datetime.fromisoformat(one[when])} for one in found] if isinstance(found, list) else []


def _deeds_of(frozen: dict[str, Any]) -> list[tuple[str, int]]:
    deeds = frozen.get("deeds")
    return list(deeds["counts"].items()) if isinstance(deeds, dict) else []

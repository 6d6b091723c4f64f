"""What is broken now, what was, and how urgent things are found to be."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from midway.accounts.access import Right, has_right, office
from midway.accounts.hand import hand_of
from midway.core.triage import Impact, Severity, Triage
from midway.ops.actions.incidents.call_people import call_next
from midway.ops.actions.incidents.open_incident import IncidentOrder, open_incident
from midway.ops.incidents.triage import triage
from midway.ops.incidents.words import IMPACTS, SEVERITIES
from midway.ops.models import FollowUp, Incident
from midway.ops.oncall.roster import company_zone, roster
from midway.runtime.clock import now as clock
from midway.web.ops.incident_forms import OpenForm

SHOWN = 30


@office(Right.WORK_ON_INCIDENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def incident_list(request: HttpRequest) -> HttpResponse:
    """The list; posted to, it opens an incident."""
    # Where nobody chooses, it is not the most urgent there is.
    usual = {"severity": Severity.BROKEN.value, "impact": Impact.SOME.value}
    form = OpenForm(request.POST or None, initial=usual)
    if request.method == "POST" and form.is_valid():
        return _opened(request, form)
    now, holds = clock(), triage()
    found = Incident.objects.select_related("owner").order_by("-opened_at")
    context: dict[str, Any] = {
        "now": now,
        "zone": company_zone(),
        "open_ones": found.filter(closed_at=None).order_by("priority", "opened_at"),
        "closed": found.exclude(closed_at=None)[:SHOWN],
        "open_follow_ups": FollowUp.objects.filter(closed_at=None).select_related("owner", "incident"),
        "today": now.astimezone(company_zone()).date(),
        "on_call": roster().on_call(at=now),
        "form": form,
        "table": triage_rows(holds),
        "impacts": IMPACTS.values(),
        "clocks": holds.clocks.items(),
        "may_see_system": has_right(request.user, Right.SEE_SYSTEM),
        "may_change": has_right(request.user, Right.CHANGE_SYSTEM),
    }
    return render(request, "web_ops/incidents.html", context, status=422 if form.errors else 200)


def triage_rows(holds: Triage) -> list[tuple[Any, list[int]]]:
    """The table as it is looked up."""
    return [(SEVERITIES[severity.value], [int(one) for one in row.values()]) for severity, row in holds.table.items()]


def _opened(request: HttpRequest, form: OpenForm) -> HttpResponse:
    now, (severity, impact) = clock(), form.assessment()
    order = IncidentOrder(
        title=form.cleaned_data["title"],
        source=Incident.Source.OFFICE,
        severity=severity,
        impact=impact,
        says=form.cleaned_data["says"],
    )
    made = open_incident(order=order, by=hand_of(request), now=now).incident
    call = call_next(incident=made, now=now)
    told = _("It is open; %(name)s was called.") % {"name": call.user.name} if call else _("It is open.")
    messages.success(request, told)
    return redirect("incidents:incident", made.code)

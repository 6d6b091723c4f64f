"""How well incidents are handled, in pictures, and what calls people for nothing."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from midway.accounts.access import Right, has_right, office
from midway.accounts.hand import hand_of
from midway.ops.actions.incidents.digest_only import put_in_digest, take_out_of_digest
from midway.ops.incidents.measures import measures as measured
from midway.ops.incidents.measures import noise, proposed_for_digest
from midway.ops.models import DigestOnly
from midway.ops.oncall.roster import company_zone
from midway.ops.registry import UnknownProcedure
from midway.runtime.clock import now as clock


@office(Right.WORK_ON_INCIDENTS)
@require_safe
def measures(request: HttpRequest) -> HttpResponse:
    """A quarter."""
    now, zone = clock(), company_zone()
    found = measured(now=now, zone=zone)
    most = max((n for _part, n in found.by_part), default=1)
    context = {
        "now": now,
        "zone": zone,
        "measures": found,
        "by_part": [(part, n, round(100 * n / most)) for part, n in found.by_part],
        "weeks": [n for _week, n in found.calls_by_week],
        "noise": noise(now=now),
        "proposed": proposed_for_digest(now=now),
        "quiet": DigestOnly.objects.filter(ended_at=None).order_by("procedure"),
        "may_change": has_right(request.user, Right.CHANGE_SYSTEM),
    }
    return render(request, "web_ops/incident_measures.html", context)


@office(Right.CHANGE_SYSTEM)
@require_POST
def digest(request: HttpRequest) -> HttpResponse:
    """Will let it call nobody, or let it call again."""
    name, by, now = request.POST.get("procedure", ""), hand_of(request), clock()
    if request.POST.get("do") == "end":
        take_out_of_digest(procedure=name, by=by, now=now)
        messages.success(request, _("It calls people again."))
        return redirect("incidents:measures")
    try:
        put_in_digest(procedure=name, reason=_("Under half of its calls were useful"), by=by, now=now)
    except UnknownProcedure as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("What it finds waits for the digest now."))
    return redirect("incidents:measures")

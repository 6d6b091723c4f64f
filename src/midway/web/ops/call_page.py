"""The page behind a call: one tap says that somebody has it. It works while the database is away."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from midway.accounts.access import anyone
from midway.core.actor import Actor, ActorKind
from midway.ops.actions.incidents.call_people import CallOver, answer_call, mark_call
from midway.ops.incidents.away import AwayCall, AwayIncident, Spool, answer_away
from midway.ops.incidents.calling import call_of_key
from midway.ops.models import Call, Incident
from midway.ops.oncall.feed import owner_of, turns_calendar
from midway.ops.oncall.roster import company_zone, kept_roster
from midway.runtime.clock import now as clock


# The key in the address is the right to answer; a session, which lives in the database, is not asked for.
@anyone
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def call(request: HttpRequest, key: str) -> HttpResponse:
    """What broke, and the one button. Looking at it answers nothing: mail programs look at every link."""
    code = _code_or_404(key)
    away = Spool(settings.ENVIRONMENT.data).call(code)
    if away is not None:
        return _while_away(request, key, *away)
    found = _call_or_404(code)
    refusal = ""
    if request.method == "POST":
        try:
            answer_call(call=found, by=_hand(found), now=clock())
            return redirect("call", key)
        except CallOver as problem:
            refusal = _(problem.__doc__ or "")
    with override(found.user.language):
        return _drawn({"key": key, "refusal": refusal, **_facts(found)})


@anyone
@csrf_exempt
@require_POST
def mark(request: HttpRequest, key: str) -> HttpResponse:
    """Will note whether the call was worth it."""
    found = _call_or_404(_code_or_404(key))
    mark_call(call=found, is_useful=request.POST.get("useful") == "1", by=_hand(found), now=clock())
    return redirect("call", key)


@anyone
@require_safe
def turns(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar of turns, at somebody's secret address."""
    if owner_of(token) is None:
        raise Http404
    response = HttpResponse(turns_calendar(now=clock()), content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, max-age=900"
    return response


def _while_away(request: HttpRequest, key: str, incident: AwayIncident, made: AwayCall) -> HttpResponse:
    if request.method == "POST":
        made = answer_away(settings.ENVIRONMENT.data, UUID(made.code), now=clock()) or made
    zone = kept_roster(settings.ENVIRONMENT.data).zone
    facts = {
        "key": key,
        "title": incident.title,
        "says": incident.says,
        "priority": incident.priority,
        "opened_at": _by_clock(datetime.fromisoformat(incident.opened_at), zone),
        "who": made.name,
        "is_answered": bool(made.answered_at),
        "timeline": [
            (f"{datetime.fromisoformat(one['at']).astimezone(zone):%H:%M}", one["text"]) for one in incident.timeline
        ],
        "is_away": True,
    }
    return _drawn(facts)


def _drawn(facts: dict[str, Any]) -> HttpResponse:
    """Without the request: nothing on this page may ask the database who is looking."""
    return HttpResponse(render_to_string("web_ops/call.html", facts))


def _facts(found: Call) -> dict[str, Any]:
    incident, zone = found.incident, company_zone()
    facts: dict[str, Any] = {"who": found.user.name, "is_answered": found.answered_at is not None, "call": found}
    if incident is None:
        return {**facts, "is_test": True}
    others = Incident.objects.filter(closed_at=None, acknowledged_at=None).exclude(pk=incident.pk)
    opening = incident.timeline.filter(kind="opened").first()
    return {
        **facts,
        "incident": incident,
        "title": incident.title,
        "says": opening.text if opening else "",
        "priority": incident.priority,
        "opened_at": _by_clock(incident.opened_at, zone),
        "has_it": incident.owner.name if incident.owner else "",
        "timeline": [(f"{one.at.astimezone(zone):%H:%M}", one.text) for one in incident.timeline.all()],
        "others": others.count(),
    }


def _by_clock(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}"


def _code_or_404(key: str) -> UUID:
    code = call_of_key(key)
    if code is None:
        raise Http404
    return code


def _call_or_404(code: UUID) -> Call:
    found = Call.objects.select_related("user", "incident__owner").filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _hand(found: Call) -> Actor:
    return Actor(kind=ActorKind.USER, label=found.user.name, user_id=found.user_id)

"""The page behind an alarm: was it worth writing for this?"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from midway.accounts.access import anyone
from midway.accounts.models import User
from midway.core.actor import Actor, ActorKind
from midway.ops.actions.incidents.mark_alarm import AlarmLinkOver, alarm_of_link, mark_alarm
from midway.ops.models import AlarmMark
from midway.ops.registry import UnknownProcedure, procedure_named
from midway.runtime.clock import now as clock


# The key in the address says who was written to; whoever has it may say no more than yes or no.
@anyone
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def alarm(request: HttpRequest, key: str) -> HttpResponse:
    """What was found, and two buttons. Looking at it says nothing."""
    try:
        said = alarm_of_link(key)
    except AlarmLinkOver:
        return render(request, "web_ops/alarm.html", {"is_over": True}, status=404)
    user = User.objects.get(pk=said["u"])
    if request.method == "POST":
        by = Actor(kind=ActorKind.USER, label=user.name, user_id=user.pk)
        mark_alarm(key=key, is_useful=request.POST.get("useful") == "1", by=by, now=clock())
        return redirect("alarm", key)
    marked = AlarmMark.objects.filter(key=said["m"]).first()
    with override(user.language):
        return render(request, "web_ops/alarm.html", {"key": key, "title": _title(said["p"]), "marked": marked})


def _title(procedure: str) -> str:
    try:
        return procedure_named(procedure).title
    except UnknownProcedure:
        return procedure

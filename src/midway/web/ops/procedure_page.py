"""One procedure: how it stands, its history as a picture, its evidence, thresholds, and what to do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf
from typing import Any

import orjson
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from midway.accounts.access import Right, has_right, office
from midway.ops.actions.ask_run import is_previewed
from midway.ops.keeper import changed_limits
from midway.ops.models import Evidence, LimitChange
from midway.ops.oncall.roster import company_zone
from midway.ops.procedure import Kind, Limit, Procedure
from midway.ops.registry import UnknownProcedure, procedure_named
from midway.ops.standing import Rehearsal, sleeping_now, standing_of
from midway.runtime.clock import now as clock
from midway.web.ops.console_words import CADENCES
from midway.web.ops.procedure_forms import LimitForm, SnoozeForm
from midway.web.ops.recovery_picture import Course, course_of

SHOWN = 20
DRAWN = 120
DOTS = 40
SPARE = timedelta(seconds=90)
"""How long a run may wait for a worker before the page says so."""


@dataclass(frozen=True)
class LimitRow:
    """A threshold as it holds, what changed it, and the form for another."""

    limit: Limit
    change: LimitChange | None
    form: LimitForm
    rehearsal: Rehearsal | None = None


def procedure_or_404(name: str) -> Procedure:
    """The procedure of this address."""
    try:
        return procedure_named(name)
    except UnknownProcedure as problem:
        raise Http404 from problem


@office(Right.SEE_SYSTEM)
@require_safe
@never_cache
def procedure(request: HttpRequest, name: str) -> HttpResponse:
    """All that is known about it."""
    return procedure_response(request, procedure_or_404(name))


def procedure_response(
    request: HttpRequest,
    known: Procedure,
    *,
    snooze: SnoozeForm | None = None,
    limit: LimitForm | None = None,
    rehearsal: Rehearsal | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, with forms as they were filled in."""
    now, zone = clock(), company_zone()
    standing = standing_of(known, now=now, zone=zone)
    rows = list(Evidence.objects.filter(procedure=known.id).order_by("-at", "-id")[:DRAWN])
    context = {
        "now": now,
        "zone": zone,
        "row": standing,
        "procedure": known,
        "cadence": CADENCES[known.cadence],
        "details": _details(standing.latest),
        "history": rows[:SHOWN],
        "course": _course(rows),
        "limits": _limit_rows(known, limit, rehearsal),
        "sleeping": sleeping_now(now=now, procedure=known.id),
        "snooze_form": snooze or SnoozeForm(),
        "is_repair": known.kind is Kind.REPAIR,
        "may_mend": known.kind is Kind.REPAIR and is_previewed(known, now=now),
        "may_change": has_right(request.user, Right.CHANGE_SYSTEM),
        **_progress(request, known, standing.latest, now=now),
    }
    return render(request, "web_ops/procedure.html", context, status=status)


@office(Right.SEE_SYSTEM)
@require_safe
@never_cache
def progress(request: HttpRequest, name: str) -> HttpResponse:
    """How far a run that was asked for has come; when it is over, the page is loaded anew."""
    known = procedure_or_404(name)
    latest = Evidence.objects.filter(procedure=known.id).order_by("-at", "-id").first()
    context = _progress(request, known, latest, now=clock())
    response = render(request, "web_ops/progress.html", {"procedure": known, **context})
    if not context["asked_at"]:
        response["HX-Redirect"] = reverse("ops:procedure", args=[known.id])
    return response


def _progress(request: HttpRequest, known: Procedure, latest: Evidence | None, *, now: datetime) -> dict[str, Any]:
    asked = _moment(request.GET.get("asked", ""))
    if asked is None or (latest is not None and latest.at >= asked):
        return {"asked_at": None}
    return {
        "asked_at": asked,
        "asked": asked.isoformat(),
        "seconds": max(0, int((now - asked).total_seconds())),
        "is_overdue": now > asked + timedelta(seconds=known.time_limit_seconds) + SPARE,
    }


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


@dataclass(frozen=True)
class Drawn:
    """The number a procedure judges, as a picture, and what stands under it."""

    course: Course
    first_at: datetime
    last_at: datetime
    low: float
    high: float
    last: float
    bound: float | None

    @property
    def dots(self) -> list[tuple[float, float]]:
        """Every look while there are few, else only the last."""
        return self.course.dots if len(self.course.dots) <= DOTS else self.course.dots[-1:]


def _course(rows: list[Evidence]) -> Drawn | None:
    """Of the kept looks, newest first; nothing where there were fewer than two with a number."""
    known = [(row.at, row.value) for row in reversed(rows) if row.value is not None]
    if len(known) < 2:
        return None
    bound = next((one for one in (rows[0].warn, rows[0].crit) if one is not None), None)
    values = [value for _, value in known]
    course = course_of(known, bound=inf if bound is None else bound)
    shown = bound if course.bound_y is not None else None
    return Drawn(course, known[0][0], known[-1][0], min(values), max(values), values[-1], shown)


def _details(latest: Evidence | None) -> dict[str, Any]:
    if latest is None:
        return {"findings": [], "facts": "", "is_more": False}
    said = orjson.loads(latest.details)
    facts = said.get("facts") or {}
    drawn = orjson.dumps(facts, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() if facts else ""
    findings = said.get("findings", [])
    is_more = len(findings) > 1 or any(one["subject"] or one["says"] != latest.summary for one in findings)
    return {"findings": findings, "facts": drawn, "is_more": is_more}


def _limit_rows(known: Procedure, filled: LimitForm | None, rehearsal: Rehearsal | None) -> list[LimitRow]:
    holds = changed_limits(known)
    changes = {one.name: one for one in LimitChange.objects.filter(procedure=known.id).order_by("created_at", "id")}
    return [
        LimitRow(
            limit=(limit := holds.get(declared.name, declared)),
            change=changes.get(declared.name),
            form=filled if (is_it := filled is not None and filled.limit.name == declared.name) else LimitForm(limit),
            rehearsal=rehearsal if is_it else None,
        )
        for declared in known.limits
    ]

"""Plan the day: what would change, on a map and a timeline, and the buttons that make it so."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from midway.accounts.access import Right, has_right, office
from midway.booking.actions.visit_lock import VisitNotChangeable, VisitNotFound
from midway.core.routing.problem import Plan
from midway.crew.calendar import SlotTaken
from midway.crew.models import Branch, Cleaner
from midway.dispatch.actions import (
    DayChangedMeanwhile,
    DayGoneBy,
    PlanNotProposed,
    ask_for_plan,
    discard_plan,
    pin_visit,
    publish_plan,
    unpin_visit,
)
from midway.dispatch.actions.call_in_sick import ask_for_ways_out
from midway.dispatch.day import Day, read_day
from midway.dispatch.models import DayPlan
from midway.dispatch.records import plan_from_facts
from midway.dispatch.troubles import troubles_of
from midway.runtime.clock import now as clock
from midway.web.office.day_plan_words import (
    changes_in_words,
    leftovers_in_words,
    pinned_in_words,
    trouble_in_words,
    visits_in_words,
    ways_in_words,
)
from midway.web.office.place import day_asked, day_named, hand_of, today_at, with_branch
from midway.web.office.plan_picture import Map, axis_of_plan, map_of, rows_of

OPEN = (DayPlan.State.WORKING, DayPlan.State.PROPOSED, DayPlan.State.FAILED)
SECONDS = 5.0
LOOKING = timedelta(minutes=1)
"""So long after it was asked for, a way out may still lack the ways to serve what it leaves."""


@office(Right.SEE_BOARD)
@require_safe
@vary_on_headers("HX-Request")
@with_branch
def plan_day(request: HttpRequest, branch: Branch) -> HttpResponse:
    """The plan of a day as it is proposed, else the day as it stands."""
    now = clock()
    on = day_asked(request.GET.get("date", ""), otherwise=today_at(branch, now))
    context = _context(request, branch, on, now=now)
    is_part = request.headers.get("HX-Request") == "true"
    return render(request, "office/plan_part.html" if is_part else "office/plan_day.html", context)


def _context(request: HttpRequest, branch: Branch, on: date, *, now: datetime) -> dict[str, Any]:
    found = DayPlan.objects.filter(branch=branch, on=on, state__in=OPEN)
    plans = list(found.select_related("trouble__branch", "trouble__visit__customer", "trouble__cleaner", "away"))
    plans.sort(key=lambda plan: (plan.rank, -plan.pk))
    working = next((p for p in plans if p.state == DayPlan.State.WORKING), None)
    proposed = [p for p in plans if p.state == DayPlan.State.PROPOSED]
    wanted = request.GET.get("plan", "")
    chosen = next((p for p in proposed if str(p.code) == wanted), proposed[0] if proposed else None)
    around = {
        "branch": branch,
        "on": on,
        "today": today_at(branch, now),
        "is_gone_by": on < today_at(branch, now),
        "may_change": has_right(request.user, Right.CHANGE_VISITS),
        "may_excuse": has_right(request.user, Right.CHANGE_PEOPLE),
        "working": working,
        "failed": bool(plans) and max(plans, key=lambda plan: plan.pk).state == DayPlan.State.FAILED,
        "troubles": [trouble_in_words(trouble) for trouble in troubles_of(branch, on)],
        "chosen": chosen,
        "published": DayPlan.objects.filter(branch=branch, on=on, state=DayPlan.State.PUBLISHED).first(),
    }
    if working is not None:
        return around
    day = read_day(branch, on, now=now)
    return {
        **around,
        **_pictures(day, chosen),
        "ways": ways_in_words(day, [p for p in proposed if p.way], chosen),
        # A worker that died while it looked is not waited for.
        "is_looking": chosen is not None and chosen.found.get("is_looking") and now - chosen.made_at < LOOKING,
    }


def _pictures(day: Day, chosen: DayPlan | None) -> dict[str, Any]:
    found: Mapping[str, Any] = chosen.found if chosen else {}
    plan = plan_from_facts(found["after"]) if chosen else day.plan_so_far()
    is_stale = chosen is not None and chosen.base != day.mark
    changes = [change for change in found.get("changes", ()) if change["visit"] in day.visits]
    axis = axis_of_plan(day, plan)
    before, after = found.get("before"), found.get("after")
    moved = [change["visit"] for change in changes]
    drive = round(plan.drive_minutes)
    return {
        "axis": axis,
        "rows": rows_of(day, plan, axis, moved),
        "map": _map(day, plan, before, moved) if day.points else None,
        "changes": changes_in_words(day, changes),
        "pinned": pinned_in_words(day),
        "leftovers": leftovers_in_words(day, found.get("leftovers", ())),
        "warnings": list(found.get("warnings", ())),
        "is_stale": is_stale,
        "drive": drive,
        "drive_before": round(before["drive_minutes"]) if before else drive,
        "saved": round(before["drive_minutes"] - after["drive_minutes"]) if before and after else 0,
        "promises": sum(1 for change in changes if change["is_promise_moved"]),
        "handed_on": sum(1 for c in changes if not c["was_waiting"] and c["from_cleaners"] != c["to_cleaners"]),
        "visit_count": len(day.visits),
        "visit_choices": visits_in_words(day),
        "upset": trouble_in_words(chosen.trouble) if chosen and chosen.trouble else None,
    }


def _map(day: Day, plan: Plan, before: Mapping[str, Any] | None, changed: Sequence[str]) -> Map:
    return map_of(day, plan, before=plan_from_facts(before) if before else None, changed=changed)


@office(Right.CHANGE_VISITS)
@require_POST
@with_branch
def proposal(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will have a plan worked out; the page says how far it is."""
    on = _day_posted(request)
    return _do(request, branch, on, lambda: ask_for_plan(
        branch=branch, on=on, seconds=SECONDS, by=hand_of(request), now=clock()
    ))  # fmt: skip


@office(Right.CHANGE_VISITS)
@require_POST
def publishing(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will make a proposal the day."""
    plan = _plan(code)

    def publish() -> None:
        _plan_row, settled = publish_plan(plan=code, by=hand_of(request), now=clock())
        messages.success(
            request,
            _("Published. %(moved)s customers are told another time, %(handed_on)s visits have other cleaners.")
            % {"moved": len(settled.moved), "handed_on": len(settled.handed_on)},
        )

    return _do(request, plan.branch, plan.on, publish)


@office(Right.CHANGE_VISITS)
@require_POST
def discarding(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will lay a proposal aside."""
    plan = _plan(code)
    return _do(request, plan.branch, plan.on, lambda: discard_plan(plan=code, by=hand_of(request), now=clock()))


@office(Right.CHANGE_VISITS)
@require_POST
@with_branch
def pinning(request: HttpRequest, branch: Branch, visit: UUID) -> HttpResponse:
    """Will keep a visit from planning, or let planning move it again."""
    deed = unpin_visit if request.POST.get("pin") == "off" else pin_visit
    return _do(request, branch, _day_posted(request), lambda: deed(visit=visit, by=hand_of(request), now=clock()))


@office(Right.CHANGE_VISITS, Right.CHANGE_PEOPLE)
@require_POST
def sick_call(request: HttpRequest, code: UUID) -> HttpResponse:
    """Will record that a cleaner is away for the rest of the day, and have three ways out worked out."""
    cleaner = Cleaner.objects.select_related("branch").filter(code=code).first()
    if cleaner is None:
        raise Http404
    on = _day_posted(request)

    def call() -> None:
        made = ask_for_ways_out(cleaner=cleaner, on=on, by=hand_of(request), now=clock())
        words = {"name": cleaner.name, "count": len(made.visits)}
        messages.success(request, _("%(name)s is away. Visits that need somebody else: %(count)s.") % words)

    return _do(request, cleaner.branch, on, call)


REFUSALS = (DayGoneBy, DayChangedMeanwhile, PlanNotProposed, SlotTaken, VisitNotFound, VisitNotChangeable)


def _do(request: HttpRequest, branch: Branch, on: date, deed: Callable[[], object]) -> HttpResponse:
    try:
        deed()
    except REFUSALS as refusal:
        messages.error(request, _(type(refusal).__doc__ or ""))
    asked = urlencode({"date": on.isoformat(), "branch": branch.code})
    return redirect(f"{reverse('office:plan_day')}?{asked}")


def _plan(code: UUID) -> DayPlan:
    found = DayPlan.objects.select_related("branch").filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _day_posted(request: HttpRequest) -> date:
    found = day_named(request.POST.get("date", ""))
    if found is None:
        raise Http404
    return found

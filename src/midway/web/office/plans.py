"""Recurring plans: the list, and one plan's year, terms and history."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from midway.accounts.access import Right, has_right, office
from midway.booking.models import Plan, Visit
from midway.booking.plan_lists import Shown, plans_listed, usual_people
from midway.crew.models import Branch
from midway.customers.queries import customers_found
from midway.journal.queries import history_of
from midway.runtime.clock import now as clock
from midway.web.office.journal_words import tell
from midway.web.office.place import today_at, with_branch
from midway.web.office.plan_forms import ChangeForm, EndForm, MoveDateForm, PauseForm, PreferForm, ResumeForm
from midway.web.office.plan_words import holiday_words, plan_words
from midway.web.office.plan_year import PlanDate, plan_dates, year_picture
from midway.web.office.undoing import may_undo

PAGE = 50
SOON = 8
SHOWN_WORDS = {
    Shown.RUNNING: gettext_lazy("Running"),
    Shown.PAUSED: gettext_lazy("Paused"),
    Shown.ENDING: gettext_lazy("Ending"),
    Shown.BROKEN: gettext_lazy("Needs a decision"),
    Shown.ENDED: gettext_lazy("Ended"),
}


@office(Right.SEE_BOARD)
@require_safe
@vary_on_headers("HX-Request")
@with_branch
def plans(request: HttpRequest, branch: Branch) -> HttpResponse:
    """The branch's plans of one kind, or those of the customers found."""
    words = request.GET.get("q", "").strip()
    shown = _shown(request.GET.get("show", ""))
    number = max(1, int(text)) if (text := request.GET.get("page", "1")).isdecimal() and len(text) < 6 else 1
    found = plans_listed(
        branch=branch,
        shown=shown,
        now=clock(),
        customers=[c.pk for c in customers_found(words, limit=300)] if words else None,
        first=(number - 1) * PAGE,
        limit=PAGE,
    )
    context = {
        "branch": branch,
        "words": words,
        "shown": shown,
        "found": found,
        "tabs": [(kind, SHOWN_WORDS[kind], found.counts[kind], _query(kind, words)) for kind in Shown],
        "rows": [(row, plan_words(row.plan)) for row in found.rows],
        "older": _query(shown, words, number + 1) if number * PAGE < found.total else "",
        "newer": _query(shown, words, number - 1) if number > 1 else "",
        "may_change": has_right(request.user, Right.CHANGE_VISITS),
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, "office/plan_rows.html" if part else "office/plans.html", context)


def _shown(text: str) -> Shown:
    return Shown(text) if text in set(Shown) else Shown.RUNNING


def _query(shown: Shown, words: str, page: int = 1) -> str:
    said = {"show": shown.value, **({"q": words} if words else {}), **({"page": page} if page > 1 else {})}
    return urlencode(said)


@office(Right.SEE_BOARD)
@require_safe
def plan(request: HttpRequest, code: UUID) -> HttpResponse:
    """One plan: its year, what was agreed, what can be done, what happened."""
    return plan_page(request, plan_or_404(code))


def plan_or_404(code: UUID) -> Plan:
    """The plan with all that its page shows."""
    found = (
        Plan.objects.select_related("branch", "service", "customer", "premises", "quote")
        .prefetch_related("preferred")
        .filter(code=code)
        .first()
    )
    if found is None:
        raise Http404
    return found


def plan_page(
    request: HttpRequest, found: Plan, *, status: int = 200, forms: Mapping[str, Any] | None = None
) -> HttpResponse:
    """Will draw a plan's page; a form that was refused is shown as it was filled in."""
    now = clock()
    dates = plan_dates(found, now=now)
    ahead = [d for d in dates if d.is_ahead]
    family = list(Plan.objects.filter(lineage=found.lineage).order_by("pk"))
    context = {
        "plan": found,
        "branch": found.branch,
        "rhythm": plan_words(found),
        "on_holidays": holiday_words(found.holiday_rule),
        "usual": usual_people([found.pk]).get(found.pk, [])[:3],
        "picture": year_picture(found, dates, now=now),
        "soon": ahead[:SOON],
        "rest": ahead[SOON:],
        "to_decide": sum(d.mark == "missing" for d in ahead),
        "move_form": MoveDateForm(),
        "successor": next((p for p in family if p.pk > found.pk), None),
        "predecessor": next((p for p in reversed(family) if p.pk < found.pk), None),
        "history": tell(
            history_of(*[p.code for p in family], *_visits_of(family))[:30],
            zone=found.branch.zoneinfo,
            now=now,
            may_undo=may_undo(request),
        ),
        **_deeds(request, found, ahead, now=now),
        **(forms or {}),
    }
    return render(request, "office/plan.html", context, status=status)


def _visits_of(family: Sequence[Plan]) -> list[UUID]:
    """What was done to single dates is told on the plan's page too, where it can be undone."""
    return list(Visit.objects.filter(plan__in=family).values_list("code", flat=True))


def _deeds(request: HttpRequest, found: Plan, ahead: Sequence[PlanDate], *, now: datetime) -> dict[str, Any]:
    may_change = has_right(request.user, Right.CHANGE_VISITS) and found.state != Plan.State.ENDED
    next_on = next_date(found, ahead, now=now)
    begun = {"from_on": next_on.isoformat()}
    return {
        "may_change": may_change,
        "change_form": ChangeForm(plan=found, next_on=next_on, may_price=has_right(request.user, Right.CHANGE_PRICES)),
        "pause_form": PauseForm(initial=begun, auto_id="pause_%s"),
        "resume_form": ResumeForm(initial=begun, auto_id="resume_%s"),
        "end_form": EndForm(initial=begun, auto_id="end_%s"),
        "prefer_form": PreferForm(plan=found),
    }


def next_date(found: Plan, ahead: Sequence[PlanDate], *, now: datetime) -> date:
    """The plan's next date, or tomorrow where it has none."""
    if ahead:
        return ahead[0].on
    return today_at(found.branch, now) + timedelta(days=1)

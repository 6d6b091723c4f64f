"""The rules for changes: what holds, what a change of them would do, and their versions."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from midway.accounts.access import Right, has_right, office
from midway.booking.actions import publish_policy
from midway.booking.models import Policy, Service
from midway.booking.policies import Rulebook
from midway.core.policy import Occasion, PolicyTerms, decide_cancellation, decide_lock_out
from midway.core.timespan import local_instant
from midway.crew.models import Branch
from midway.runtime.clock import now as clock
from midway.web.design.policy_words import policy_in_words
from midway.web.design.words import day_in_words, money_in_words, time_in_words, weekday_in_words
from midway.web.office.place import hand_of, today_at, with_branch
from midway.web.office.policies_form import PolicyForm

EXAMPLE_CENTS = 9000
MOMENTS = ((3, time(9)), (2, time(10)), (1, time(10)), (0, time(7)))
"""When the examples cancel a visit: so many days before it, at this time."""


@office(Right.SEE_PRICES)
@require_safe
@with_branch
def policies(request: HttpRequest, branch: Branch) -> HttpResponse:
    """What holds now in words, the versions, and the form for the next."""
    return policies_page(request, branch, now=clock())


@office(Right.CHANGE_PRICES)
@require_POST
@with_branch
def publish(request: HttpRequest, branch: Branch) -> HttpResponse:
    """Will show in words what the rules would do, or publish them when that was asked for."""
    now = clock()
    form = _form(request.POST, branch, now=now)
    if not form.is_valid():
        return policies_page(request, branch, now=now, form=form, status=422)
    terms = form.new_terms()
    if "publish" not in request.POST:
        return policies_page(request, branch, now=now, form=form, preview=examples_of(terms, branch, now=now))
    service = _service(form)
    effective_on = form.cleaned_data["effective_on"]
    done = publish_policy(
        branch=branch, service=service, terms=terms, effective_on=effective_on, by=hand_of(request), now=now
    )
    words = {"version": done.version, "on": day_in_words(effective_on)}
    messages.success(request, _("Version %(version)s of the policy is in force from %(on)s.") % words)
    return redirect("office:policies")


def policies_page(
    request: HttpRequest,
    branch: Branch,
    *,
    now: datetime,
    form: PolicyForm | None = None,
    preview: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    """Will draw the page."""
    form = form or _form(None, branch, now=now, service=request.GET.get("service", ""))
    service = _service(form)
    terms, in_force = Rulebook(branch).terms(service_id=service.pk if service else None, now=now)
    context: dict[str, Any] = {
        "branch": branch,
        "sentence": policy_in_words(terms, branch.currency),
        "examples": examples_of(terms, branch, now=now),
        "in_force": in_force,
        "example_cents": EXAMPLE_CENTS,
        "preview": preview,
        "form": form,
        "service": service,
        "services": Service.objects.order_by("position", "id"),
        "versions": Policy.objects.filter(branch=branch).select_related("service").order_by("-created_at", "-id"),
        "may_change": has_right(request.user, Right.CHANGE_PRICES),
        "today": today_at(branch, now),
    }
    return render(request, "office/policies.html", context, status=status)


def examples_of(terms: PolicyTerms, branch: Branch, *, now: datetime) -> list[str]:
    """What the rules do to a visit next Tuesday at nine, in sentences."""
    rules = Rulebook(branch)
    today = today_at(branch, now)
    tuesday = today + timedelta(days=(1 - today.weekday()) % 7 + 7)
    starts_at = local_instant(tuesday, time(9), branch.zoneinfo)
    holidays = rules.holidays if terms.needs_holidays else frozenset()
    occasion = Occasion(starts_at, EXAMPLE_CENTS, terms.hours(branch.zoneinfo, holidays), terms.grace_per_half_year)
    moments = [local_instant(tuesday - timedelta(days=days), hour, branch.zoneinfo) for days, hour in MOMENTS]
    said = [_example(occasion, terms, branch, at=moment) for moment in moments]
    locked = decide_lock_out(occasion=occasion, terms=terms)
    facts = {"fee": _money(locked.fee_cents, branch), "share": _money(locked.cleaner_cents, branch)}
    return [*said, _("When nobody lets us in, it costs %(fee)s, and the cleaners get %(share)s.") % facts]


def _example(occasion: Occasion, terms: PolicyTerms, branch: Branch, *, at: datetime) -> str:
    zone = branch.zoneinfo
    decision = decide_cancellation(occasion=occasion, terms=terms, now=at)
    start, moment = occasion.starts_at.astimezone(zone), at.astimezone(zone)
    facts = {
        "moment": f"{weekday_in_words(moment.date())} {time_in_words(moment)}",
        "start": f"{weekday_in_words(start.date())} {time_in_words(start)}",
        "fee": _money(decision.fee_cents, branch),
        "share": _money(decision.cleaner_cents, branch),
    }
    if not decision.fee_cents:
        return _("A customer cancelling on %(moment)s for %(start)s pays nothing.") % facts
    if not decision.cleaner_cents:
        return _("A customer cancelling on %(moment)s for %(start)s pays %(fee)s.") % facts
    return _("A customer cancelling on %(moment)s for %(start)s pays %(fee)s, the cleaners get %(share)s.") % facts


def _service(form: PolicyForm) -> Service | None:
    return Service.objects.filter(code=form["service"].value() or "").first()


def _money(cents: int, branch: Branch) -> str:
    return money_in_words(cents, branch.currency)


def _form(data: Any, branch: Branch, *, now: datetime, service: str = "") -> PolicyForm:
    services = list(Service.objects.order_by("position", "id"))
    code = service if data is None else data.get("service", "")
    chosen = next((s for s in services if s.code == code), None)
    terms, _policy = Rulebook(branch).terms(service_id=chosen.pk if chosen else None, now=now)
    return PolicyForm(
        data,
        terms=terms,
        services=services,
        today=today_at(branch, now),
        initial={"service": chosen.code if chosen else ""},
    )

"""Keep every plan a year ahead."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db.models import F

from midway.booking.actions.fill_plans import fill_plans, with_what_filling_asks
from midway.booking.actions.plan_visits import lock_crew
from midway.booking.models import Plan
from midway.booking.plan_queries import plan_horizon
from midway.core.actor import SYSTEM
from midway.core.recurrence import occurrences
from midway.crew.models import Branch
from midway.journal.actions import record
from midway.runtime.database import one_transaction

AT_ONCE = 100
"""So many plans are filled in one transaction: whoever moves the crew's time waits for no more than that."""


def top_up_plans(*, now: datetime, at_once: int = AT_ONCE) -> int:
    """Will give every plan that goes on its visits for 52 weeks, and give the number of visits made.

    Up to `at_once` plans of a service in one transaction; safe to run twice. A date for which nobody is free becomes
    a visit that needs a decision. Plans whose pause is over are active again.
    """
    return sum(_top_up_branch(branch, now=now, at_once=at_once) for branch in Branch.objects.order_by("id"))


def _top_up_branch(branch: Branch, *, now: datetime, at_once: int) -> int:
    today, horizon = now.astimezone(branch.zoneinfo).date(), plan_horizon(branch, now=now)
    Plan.objects.going_on().filter(branch=branch, until_on__lt=today).update(
        state=Plan.State.ENDED, paused_on=None, resumes_on=None
    )
    Plan.objects.filter(branch=branch, state=Plan.State.PAUSED, resumes_on__lte=today).update(
        state=Plan.State.ACTIVE, paused_on=None, resumes_on=None, revision=F("revision") + 1
    )
    behind = Plan.objects.going_on().filter(branch=branch, filled_until_on__lt=horizon).order_by("id")
    # Most nights most plans have no new date: those only note how far they reach.
    due: dict[tuple[int, date], list[int]] = defaultdict(list)
    idle: list[int] = []
    for plan in behind.iterator():
        new = occurrences(plan.rule, plan.filled_until_on + timedelta(days=1), horizon)
        (due[plan.service_id, plan.filled_until_on] if new else idle).append(plan.pk)
    made = 0
    for alike in due.values():
        for begin in range(0, len(alike), at_once):
            made += _top_up(alike[begin : begin + at_once], to=horizon, now=now)
    Plan.objects.going_on().filter(pk__in=idle, filled_until_on__lt=horizon).update(filled_until_on=horizon)
    return made


@one_transaction
def _top_up(plan_ids: Sequence[int], *, to: date, now: datetime) -> int:
    behind = with_what_filling_asks(Plan.objects.going_on()).filter(pk__in=plan_ids, filled_until_on__lt=to)
    plans = list(behind.select_for_update(of=("self",), no_key=True).order_by("id"))
    if not plans:
        return 0
    lock_crew(plans[0])
    made = fill_plans(plans, to=to, now=now)
    for plan in plans:
        if visits := made.get(plan.pk):
            dates = [visit.occurrence_on for visit in visits]
            record(event="booking.plan.topped_up", subject=plan.code, by=SYSTEM, at=now, facts={"dates": dates})
    return sum(len(visits) for visits in made.values())

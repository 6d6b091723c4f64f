"""Keep every plan a year ahead."""

from datetime import date, datetime, timedelta

from django.db.models import F

from midway.booking.actions.plan_visits import fill_plan, lock_crew
from midway.booking.models import Plan
from midway.booking.plan_queries import plan_horizon
from midway.core.actor import SYSTEM
from midway.core.recurrence import occurrences
from midway.crew.models import Branch
from midway.journal.actions import record
from midway.runtime.database import one_transaction


def top_up_plans(*, now: datetime) -> int:
    """Will give every plan that goes on its visits for 52 weeks, and give the number of visits made.

    One transaction a plan; safe to run twice. A date for which nobody is free becomes a visit that needs a
    decision. Plans whose pause is over are active again.
    """
    return sum(_top_up_branch(branch, now=now) for branch in Branch.objects.order_by("id"))


def _top_up_branch(branch: Branch, *, now: datetime) -> int:
    today, horizon = now.astimezone(branch.zoneinfo).date(), plan_horizon(branch, now=now)
    Plan.objects.going_on().filter(branch=branch, until_on__lt=today).update(
        state=Plan.State.ENDED, paused_on=None, resumes_on=None
    )
    Plan.objects.filter(branch=branch, state=Plan.State.PAUSED, resumes_on__lte=today).update(
        state=Plan.State.ACTIVE, paused_on=None, resumes_on=None, revision=F("revision") + 1
    )
    behind = Plan.objects.going_on().filter(branch=branch, filled_until_on__lt=horizon).order_by("id")
    # Most nights most plans have no new date: those only note how far they reach.
    due: list[int] = []
    idle: list[int] = []
    for plan in behind.iterator():
        new = occurrences(plan.rule, plan.filled_until_on + timedelta(days=1), horizon)
        (due if new else idle).append(plan.pk)
    made = sum(_top_up(plan, to=horizon, now=now) for plan in due)
    Plan.objects.going_on().filter(pk__in=idle, filled_until_on__lt=horizon).update(filled_until_on=horizon)
    return made


@one_transaction
def _top_up(plan_id: int, *, to: date, now: datetime) -> int:
    plan = (
        Plan.objects.going_on()
        .select_for_update(of=("self",), no_key=True)
        .select_related("branch", "service")
        .filter(pk=plan_id)
        .first()
    )
    if plan is None or plan.filled_until_on >= to:
        return 0
    lock_crew(plan)
    made = fill_plan(plan, to=to, now=now)
    plan.save(update_fields=["filled_until_on"])
    if made:
        dates = [visit.occurrence_on for visit in made]
        record(event="booking.plan.topped_up", subject=plan.code, by=SYSTEM, at=now, facts={"dates": dates})
    return len(made)

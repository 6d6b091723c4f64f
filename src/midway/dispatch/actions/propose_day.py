"""Work out a plan for a day, for somebody to look at."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app

from midway.core.actor import Actor
from midway.crew.models import Branch
from midway.dispatch.asked import is_still_asked_for
from midway.dispatch.comparing import result_of
from midway.dispatch.day import read_day
from midway.dispatch.leftovers import leftovers_of
from midway.dispatch.models import DayPlan
from midway.dispatch.solving import Budget, plan_day
from midway.journal.actions import record

if TYPE_CHECKING:
    from midway.core.routing.solve import Progress


class DayGoneBy(Exception):
    """That day has gone by. Choose today or a day ahead."""


def propose_day(
    *,
    branch: Branch,
    on: date,
    seed: int = 1,
    budget: Budget | None = None,
    by: Actor,
    now: datetime,
    tell: "Callable[[Progress], None] | None" = None,
) -> DayPlan:
    """Will work out a plan at once and keep it as a proposal. Raises `DayGoneBy`."""
    budget = budget or Budget()
    plan = _begin(branch, on, seed=seed, seconds=budget.seconds, by=by, now=now)
    return work_out(plan=plan.code, budget=budget, by=by, now=now, tell=tell)


def ask_for_plan(*, branch: Branch, on: date, seed: int = 1, seconds: float = 5, by: Actor, now: datetime) -> DayPlan:
    """Will have a plan worked out by the worker; the plan says how far it is. Raises `DayGoneBy`."""
    with transaction.atomic():
        plan = _begin(branch, on, seed=seed, seconds=seconds, by=by, now=now)
        app.configure_task("dispatch.work_out", lock=str(plan.code)).defer(plan=str(plan.code), by_label=by.label)
    return plan


def _begin(branch: Branch, on: date, *, seed: int, seconds: float, by: Actor, now: datetime) -> DayPlan:
    if on < now.astimezone(branch.zoneinfo).date():
        raise DayGoneBy(DayGoneBy.__doc__)
    return DayPlan.objects.create(
        branch=branch, on=on, seed=seed, seconds=seconds, made_at=now, by_label=by.label[:120]
    )


def work_out(
    *,
    plan: UUID,
    by: Actor,
    now: datetime,
    budget: Budget | None = None,
    tell: "Callable[[Progress], None] | None" = None,
) -> DayPlan:
    """Will search for the plan that was asked for, and keep it as a proposal in place of earlier ones.

    No transaction is open while it searches. Done twice, the second time finds nothing to do; what was laid aside
    meanwhile stays laid aside.
    """
    asked = DayPlan.objects.select_related("branch").get(code=plan)
    if asked.state != DayPlan.State.WORKING:
        return asked
    day = read_day(asked.branch, asked.on, now=now)
    before = day.plan_so_far()

    def told(progress: "Progress") -> None:
        DayPlan.objects.filter(pk=asked.pk).update(progress_percent=min(99, int(100 * progress.share)))
        if tell is not None:
            tell(progress)

    after = plan_day(day.problem, before, seed=asked.seed, budget=budget or Budget(seconds=asked.seconds), tell=told)
    leftovers = leftovers_of(day, after, now=now)
    with transaction.atomic():
        if not is_still_asked_for(asked):
            return DayPlan.objects.select_related("branch").get(pk=asked.pk)
        earlier = DayPlan.objects.filter(branch=asked.branch, on=asked.on, state=DayPlan.State.PROPOSED)
        earlier.update(state=DayPlan.State.REPLACED, decided_at=now)
        asked.result = result_of(day, before, after, leftovers)
        asked.base, asked.travel_source = day.mark, day.travel_source
        asked.state, asked.progress_percent = DayPlan.State.PROPOSED, 100
        asked.save()
        facts = {"on": asked.on, "branch": asked.branch.code, "cost": round(after.cost)}
        record(event="dispatch.plan.proposed", subject=asked.code, by=by, at=now, facts=facts)
    return asked

"""Three ranked ways out of whatever upsets a day, kept as proposals of which one can be published."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from midway.booking.models import Visit
from midway.core.routing.problem import Plan, Problem
from midway.core.timespan import local_midnight
from midway.core.visit_states import VisitState
from midway.dispatch.asked import is_still_asked_for
from midway.dispatch.comparing import result_of
from midway.dispatch.day import Day, read_day
from midway.dispatch.leftovers import leftovers_of, reasons_of
from midway.dispatch.models import DayPlan
from midway.dispatch.solving import Budget
from midway.journal.models import Entry

if TYPE_CHECKING:  # the compiler behind the solver is heavy
    from midway.core.routing.replan import Alternative

SECONDS_EACH = 0.3
"""For each of the three, so that they are there within three seconds: a longer search finds little more."""


@dataclass(frozen=True, kw_only=True)
class Upset:
    """A day that was upset: the plan asked for, the day and its plan before, and the problem that is left.

    `mark` is the day's, taken before it was read: what comes in while somebody searches makes the ways out stale.
    """

    asked: DayPlan
    mark: str
    whole: Day
    before: Plan
    left: Problem


def keep_ways(upset: Upset, *, budget: Budget | None, now: datetime) -> list[DayPlan]:
    """Will search the three ways out and keep each as a proposal, the best first. No transaction is open meanwhile.

    They are there to be seen before it is looked for how each visit that is left could be served after all.
    """
    from midway.core.routing.replan import alternatives  # loads the solver's compiler

    asked = upset.asked
    budget = budget or Budget(seconds=SECONDS_EACH)
    bumped = bumped_last_time(upset.whole.visits, upset.whole)
    found = alternatives(
        upset.left, upset.before, seed=asked.seed, deadline=budget.deadline, bumped_last_time=bumped
    )  # fmt: skip
    day = read_day(asked.branch, asked.on, now=now)
    ranked = sorted(((one, _worked_out(day, upset, one, bumped)) for one in found), key=_dearness)
    plans = []
    with transaction.atomic():
        if not is_still_asked_for(asked):
            return list(DayPlan.objects.filter(absence=asked.absence, trouble=asked.trouble).order_by("rank"))
        earlier = DayPlan.objects.filter(branch=asked.branch, on=asked.on, state=DayPlan.State.PROPOSED)
        earlier.exclude(pk=asked.pk).update(state=DayPlan.State.REPLACED, decided_at=now)
        for rank, (one, result) in enumerate(ranked, 1):
            plan = asked if rank == 1 else _beside(asked, now=now)
            plan.rank, plan.way, plan.base, plan.travel_source = rank, one.way.value, upset.mark, day.travel_source
            plan.state, plan.progress_percent, plan.result = DayPlan.State.PROPOSED, 100, result
            plan.save()
            plans.append(plan)
    for plan, (one, _) in zip(plans, ranked, strict=True):
        left = [leftover.__dict__ for leftover in leftovers_of(day, one.plan, now=now)]
        plan.result = {**plan.found, "leftovers": left, "is_looking": False}
        plan.save(update_fields=["result"])
    return plans


def _worked_out(day: Day, upset: Upset, one: "Alternative", bumped: frozenset[str]) -> dict[str, Any]:
    """A way out as it is kept. Customers count as moved where publishing would tell them another time."""
    result = result_of(day, upset.before, one.plan, reasons_of(day, one.plan))
    effect = {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(one.effect).items()}
    moved = [change["visit"] for change in result["changes"] if change["is_promise_moved"]]
    touched = {*moved, *effect["others_moved"], *effect["unserved"]}
    effect |= {"customers_moved": moved, "bumped_again": sorted(touched & bumped)}
    return {**result, "effect": effect, "is_looking": bool(result["leftovers"])}


def _dearness(way: tuple["Alternative", dict[str, Any]]) -> tuple[int, int, float]:
    effect = way[1]["effect"]
    return len(effect["unserved"]), len(effect["customers_moved"]), way[1]["after"]["cost"]


def _beside(asked: DayPlan, *, now: datetime) -> DayPlan:
    return DayPlan(
        branch=asked.branch, on=asked.on, seed=asked.seed, seconds=asked.seconds, absence=asked.absence,
        away=asked.away, trouble=asked.trouble, made_at=now, by_label=asked.by_label,
    )  # fmt: skip


def bumped_last_time(visits: Mapping[str, Visit], day: Day) -> frozenset[str]:
    """Visits of customers whose last visit we called off, or told another time by a published plan. Three queries."""
    zone = day.branch.zoneinfo
    customers = {visit.customer_id for visit in visits.values()}
    earlier = Visit.objects.filter(customer__in=customers, during__startswith__lt=local_midnight(day.on, zone))
    ended = earlier.exclude(state__in=[VisitState.CANCELLED, VisitState.CANCELLED_LATE, VisitState.SKIPPED])
    last = list(ended.order_by("customer_id", "-during").distinct("customer_id"))
    told = _told_another_time(day, {visit.starts_at.astimezone(zone).date() for visit in last})
    again = {v.customer_id for v in last if v.state == VisitState.BUMPED or str(v.code) in told}
    return frozenset(code for code, visit in visits.items() if visit.customer_id in again)


def _told_another_time(day: Day, days: object) -> set[str]:
    plans = DayPlan.objects.filter(branch=day.branch, on__in=days, decided_at__isnull=False, result__isnull=False)
    changes = dict(plans.values_list("code", "result__changes"))
    published = Entry.objects.filter(event="dispatch.plan.published", subject__in=list(changes))
    return {
        change["visit"]
        for code in published.values_list("subject", flat=True)
        for change in changes[code]
        if change["is_promise_moved"]
    }

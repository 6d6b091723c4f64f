"""Make a proposal the day: the calendar follows it, and customers whose time moves are told."""

from datetime import datetime
from uuid import UUID

from midway.booking.actions import Settled, VisitChangedMeanwhile, settle_day
from midway.core.actor import Actor
from midway.crew import calendar
from midway.dispatch.actions.propose_day import DayGoneBy
from midway.dispatch.day import read_day
from midway.dispatch.models import DayPlan
from midway.dispatch.promises import seatings_of
from midway.dispatch.records import plan_from_facts
from midway.journal.actions import record
from midway.runtime.database import one_transaction


class DayChangedMeanwhile(Exception):
    """The day has changed since this plan was made. Let a fresh one be worked out."""


class PlanNotProposed(Exception):
    """This plan was published, replaced or laid aside already."""


def publish_plan(*, plan: UUID, by: Actor, now: datetime, tell: bool = True) -> tuple[DayPlan, Settled]:
    """Will settle the day as the plan has it: all of it, or nothing.

    Raises `PlanNotProposed`, `DayGoneBy`, or `DayChangedMeanwhile` when a visit, somebody's hours or the calendar
    changed since.
    """
    try:
        return _publish(plan=plan, by=by, now=now, tell=tell)
    except (VisitChangedMeanwhile, calendar.SlotTaken) as lost:
        raise DayChangedMeanwhile(DayChangedMeanwhile.__doc__) from lost


@one_transaction
def _publish(*, plan: UUID, by: Actor, now: datetime, tell: bool) -> tuple[DayPlan, Settled]:
    found = _locked(plan)
    if found.state != DayPlan.State.PROPOSED:
        raise PlanNotProposed(PlanNotProposed.__doc__)
    if found.on < now.astimezone(found.branch.zoneinfo).date():
        raise DayGoneBy(DayGoneBy.__doc__)
    day = read_day(found.branch, found.on, now=now)
    if day.mark != found.base:
        raise DayChangedMeanwhile(DayChangedMeanwhile.__doc__)
    settled = settle_day(seatings=seatings_of(day, plan_from_facts(found.found["after"])), by=by, now=now, tell=tell)
    same_day = DayPlan.objects.filter(branch=found.branch, on=found.on).exclude(pk=found.pk)
    same_day.filter(state__in=[DayPlan.State.PUBLISHED, DayPlan.State.PROPOSED]).update(
        state=DayPlan.State.REPLACED, decided_at=now
    )
    found.state, found.decided_at = DayPlan.State.PUBLISHED, now
    found.save(update_fields=["state", "decided_at"])
    facts = {
        "on": found.on,
        "branch": found.branch.code,
        "moved": len(settled.moved),
        "handed_on": len(settled.handed_on),
        "left_waiting": len(settled.left_waiting),
    }
    entry = record(event="dispatch.plan.published", subject=found.code, by=by, at=now, facts=facts)
    settled.stood.keep(entry, subject=found.code, now=now)
    return found, settled


def _locked(code: UUID) -> DayPlan:
    """The plan, locked with all others of its day in the order of their ids: two published at once meet here."""
    branch, on = DayPlan.objects.values_list("branch_id", "on").get(code=code)
    plans = DayPlan.objects.select_for_update(of=("self",)).filter(branch=branch, on=on)
    list(plans.order_by("pk").values_list("pk", flat=True))
    return DayPlan.objects.select_related("branch").get(code=code)

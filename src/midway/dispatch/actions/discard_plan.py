"""Lay a proposal aside."""

from datetime import datetime
from uuid import UUID

from midway.core.actor import Actor
from midway.dispatch.actions.publish_plan import PlanNotProposed
from midway.dispatch.models import DayPlan
from midway.journal.actions import record
from midway.runtime.database import one_transaction


@one_transaction
def discard_plan(*, plan: UUID, by: Actor, now: datetime) -> DayPlan:
    """Will lay a plan aside that is not published; the day stays as it is. Raises `PlanNotProposed`."""
    found = DayPlan.objects.select_for_update(of=("self",)).get(code=plan)
    if found.state not in {DayPlan.State.PROPOSED, DayPlan.State.WORKING, DayPlan.State.FAILED}:
        raise PlanNotProposed(PlanNotProposed.__doc__)
    found.state, found.decided_at = DayPlan.State.DISCARDED, now
    found.save(update_fields=["state", "decided_at"])
    record(event="dispatch.plan.discarded", subject=found.code, by=by, at=now, facts={"on": found.on})
    return found

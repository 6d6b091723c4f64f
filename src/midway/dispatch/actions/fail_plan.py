"""Say that a plan could not be worked out, so that nobody waits for it."""

from datetime import datetime
from uuid import UUID

from midway.core.actor import Actor
from midway.dispatch.models import DayPlan
from midway.journal.actions import record
from midway.runtime.database import one_transaction


@one_transaction
def fail_plan(*, plan: UUID, by: Actor, now: datetime) -> DayPlan:
    """Will mark a plan that is still being worked out as failed. The day stays as it is."""
    found = DayPlan.objects.select_for_update(of=("self",)).get(code=plan)
    if found.state == DayPlan.State.WORKING:
        found.state, found.decided_at = DayPlan.State.FAILED, now
        found.save(update_fields=["state", "decided_at"])
        record(event="dispatch.plan.failed", subject=found.code, by=by, at=now, facts={"on": found.on})
    return found

"""What a change of a plan would come to: the deed itself, taken back before anybody sees it."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from midway.booking.actions.change_plan import PlanChange, change_plan_from
from midway.booking.models import Plan
from midway.core.actor import Actor


def preview_plan_change(*, plan: Plan, from_on: date, change: PlanChange, by: Actor, now: datetime) -> list[UUID]:
    """Will say which visits would need a decision; raises what `change_plan_from` raises. Nothing is changed.

    The deed is done and rolled back, because only then the plan's own cleaners count as free for it.
    """
    with transaction.atomic():
        done = change_plan_from(plan=plan.code, from_on=from_on, change=change, by=by, now=now)
        missing = done.plan.visits.filter(cleaners_missing__gt=0).order_by("during")
        to_decide = list(missing.values_list("code", flat=True))
        transaction.set_rollback(True)
    return to_decide

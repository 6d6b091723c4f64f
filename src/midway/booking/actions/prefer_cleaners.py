"""Say who should rather come to a plan's visits."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from midway.booking.actions.before import before
from midway.booking.actions.plan_visits import plan_to_change
from midway.booking.models import Plan
from midway.core.actor import Actor
from midway.crew.models import Cleaner
from midway.journal.actions import record
from midway.runtime.database import one_transaction


class NotOfThisBranch(ValueError):
    """Only people of the plan's branch can be asked for."""


@one_transaction
def prefer_cleaners(*, plan: UUID, cleaners: Sequence[int], by: Actor, now: datetime) -> Plan:
    """Will ask these cleaners first for every date that gets its people from now on; those that have theirs keep them.

    Raises `PlanNotFound`, `PlanEnded`, `NotOfThisBranch`.
    """
    found = plan_to_change(plan)
    people = list(Cleaner.objects.filter(pk__in=cleaners, branch=found.branch).order_by("name", "id"))
    if len(people) != len(set(cleaners)):
        raise NotOfThisBranch(NotOfThisBranch.__doc__)
    stood = before(plans=[found])
    found.preferred.set(people)
    names = [person.name for person in people]
    entry = record(event="booking.plan.preferred", subject=found.code, by=by, at=now, facts={"people": names})
    stood.keep(entry, subject=found.code, now=now)
    return found

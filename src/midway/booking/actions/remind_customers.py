"""Remind customers of visits a week and a day before."""

from collections.abc import Mapping
from datetime import datetime

from midway.booking.models import Visit
from midway.booking.notifications import facts_of_visit, recipient_for
from midway.booking.reminder_queries import not_reminded, visits_to_remind
from midway.booking.reminders import JUST_TOLD, REMINDERS, ReminderRule
from midway.crew.models import Branch
from midway.messaging.actions import tell
from midway.runtime.database import one_transaction


@one_transaction
def remind_customers(*, now: datetime) -> int:
    """Will queue the reminders that are due and give their number. A fixed number of queries for each branch.

    A visit is reminded of once for each date it is moved to. Whoever was told of the visit in the last hours, by
    its confirmation or a move, is not.
    """
    count = 0
    for branch in Branch.objects.order_by("id"):
        for rule in REMINDERS:
            moment, day = rule.turn(branch, now)
            if now >= moment:
                not_since = moment - JUST_TOLD
                visits = visits_to_remind(branch, day, made_by=not_since)
                count += _remind(rule, not_reminded(rule, visits, not_since=not_since), now=now)
    return count


def _remind(rule: ReminderRule, due: Mapping[str, Visit], *, now: datetime) -> int:
    for key, visit in due.items():
        tell(
            key=key,
            template=rule.template,
            recipient=recipient_for(visit),
            subject_code=visit.code,
            facts=facts_of_visit(visit),
            now=now,
            not_after=visit.starts_at,
        )
    return len(due)

"""Remind customers of visits a week and a day before."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from midway.booking.models import Visit
from midway.booking.notifications import facts_of_visit, recipient_for
from midway.booking.reminders import JUST_TOLD, REMINDERS, ReminderRule, reminder_key
from midway.core.timespan import local_midnight
from midway.core.visit_states import STILL_TO_COME
from midway.crew.models import Branch
from midway.messaging.actions import tell
from midway.messaging.models import OutboxMessage
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
                count += _remind(rule, _visits_on(branch, day, made_by=not_since), not_since=not_since, now=now)
    return count


def _visits_on(branch: Branch, day: date, *, made_by: datetime) -> list[Visit]:
    start, end = (local_midnight(day + timedelta(days=n), branch.zoneinfo) for n in (0, 1))
    found = Visit.objects.filter(
        branch=branch,
        state__in=STILL_TO_COME,
        during__startswith__gte=start,
        during__startswith__lt=end,
        customer__has_reminders=True,
        created_at__lte=made_by,
    )
    return list(found.select_related("branch", "booking", "customer", "premises", "service").order_by("id"))


def _remind(rule: ReminderRule, visits: Sequence[Visit], *, not_since: datetime, now: datetime) -> int:
    by_key = {reminder_key(rule, visit): visit for visit in visits}
    keys = [*by_key, *(f"{key}:sms" for key in by_key)]
    reminded = {key.removesuffix(":sms") for key in _keys_among(keys)}
    just_told = set(
        OutboxMessage.objects.filter(
            subject_code__in=[visit.code for visit in visits], created_at__gt=not_since
        ).values_list("subject_code", flat=True)
    )
    due = {k: v for k, v in by_key.items() if k not in reminded and v.code not in just_told}
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


def _keys_among(keys: Sequence[str]) -> list[str]:
    return list(OutboxMessage.objects.filter(key__in=keys).values_list("key", flat=True))

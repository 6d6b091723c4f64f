"""Whose visits are to be reminded of, and who was not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from midway.booking.models import Visit
from midway.booking.notifications import recipient_for
from midway.booking.reminders import JUST_TOLD, REMINDERS, ReminderRule, reminder_key
from midway.core.timespan import local_midnight
from midway.core.visit_states import STILL_TO_COME
from midway.crew.models import Branch
from midway.messaging.catalogue import is_short
from midway.messaging.models import OutboxMessage

WRITTEN_WITHIN = timedelta(hours=1)
"""Reminders are written every five minutes from their moment on."""


@dataclass(frozen=True)
class LeftOut:
    """How many visits had to be reminded of at the last turns, and the codes of those that were not."""

    examined: int
    codes: Sequence[str]


def visits_to_remind(branch: Branch, day: date, *, made_by: datetime) -> list[Visit]:
    """The visits of this day whose customers want reminders, and which were made by then."""
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


def not_reminded(rule: ReminderRule, visits: Sequence[Visit], *, not_since: datetime) -> Mapping[str, Visit]:
    """Those of them nobody was reminded of, by key, less those told of in another way since then."""
    by_key = {reminder_key(rule, visit): visit for visit in visits}
    keys = [*by_key, *(f"{key}:sms" for key in by_key)]
    reminded = {key.removesuffix(":sms") for key in _keys_among(keys)}
    just_told = set(
        OutboxMessage.objects.filter(
            subject_code__in=[visit.code for visit in visits], created_at__gt=not_since
        ).values_list("subject_code", flat=True)
    )
    return {key: v for key, v in by_key.items() if key not in reminded and v.code not in just_told}


def left_out(*, now: datetime, began_at: datetime) -> LeftOut:
    """Will look at the last turn of each kind of reminder that is an hour old, and was after `began_at`."""
    examined, codes = 0, []
    for branch in Branch.objects.order_by("id"):
        for rule in REMINDERS:
            moment, day = rule.turn(branch, now - WRITTEN_WITHIN)
            if moment > now - WRITTEN_WITHIN:
                moment, day = rule.turn(branch, now - WRITTEN_WITHIN - timedelta(days=1))
            if moment < began_at:
                continue
            visits = visits_to_remind(branch, day, made_by=moment - JUST_TOLD)
            examined += len(visits)
            missing = not_reminded(rule, visits, not_since=moment - JUST_TOLD).values()
            codes += [str(v.code) for v in missing if recipient_for(v).ways(is_short=is_short(rule.template))]
    return LeftOut(examined, codes)


def _keys_among(keys: Sequence[str]) -> list[str]:
    return list(OutboxMessage.objects.filter(key__in=keys).values_list("key", flat=True))

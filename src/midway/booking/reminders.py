"""When customers are reminded of a visit, and whether what is said of it is still true when it is about to leave."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from midway.booking.models import Visit
from midway.core.timespan import local_instant
from midway.core.visit_states import STILL_TO_COME, VisitState
from midway.crew.models import Branch
from midway.messaging.models import OutboxMessage
from midway.messaging.relevance import send_only_if


@dataclass(frozen=True)
class ReminderRule:
    """A message so many days before a visit, from a time of day on by the branch's clock."""

    template: str
    days_before: int
    at: time

    def turn(self, branch: Branch, now: datetime) -> tuple[datetime, date]:
        """Today's moment for it, and the local date whose visits are reminded of from then on."""
        today = now.astimezone(branch.zoneinfo).date()
        return local_instant(today, self.at, branch.zoneinfo), today + timedelta(days=self.days_before)


REMINDERS: Final[tuple[ReminderRule, ...]] = (
    ReminderRule("visit_reminder_week", 7, time(10)),
    ReminderRule("visit_reminder_day", 1, time(10)),
)
# Who was told of the visit this shortly before the moment, or after it, need not be reminded of it.
JUST_TOLD = timedelta(hours=12)


def reminder_key(rule: ReminderRule, visit: Visit) -> str:
    """One reminder of each kind for a visit and the local date it takes place."""
    day = visit.starts_at.astimezone(visit.branch.zoneinfo).date()
    return f"{rule.template}:{visit.code}:{day}"


def still_stands(message: OutboxMessage) -> bool:
    """Whether the visit takes place, at the time the reminder names."""
    visit = Visit.objects.filter(code=message.subject_code, state__in=STILL_TO_COME).first()
    return visit is not None and visit.starts_at == datetime.fromisoformat(message.facts["start"])


def are_on_the_way(message: OutboxMessage) -> bool:
    """Whether they have set out and are not there yet; taken back as a mistake, the customer need not hear of it."""
    return Visit.objects.filter(code=message.subject_code, state=VisitState.EN_ROUTE).exists()


def say_when_reminders_stand() -> None:
    """Will have messaging ask before a reminder leaves."""
    for rule in REMINDERS:
        send_only_if(rule.template, still_stands)
    send_only_if("visit_on_the_way", are_on_the_way)

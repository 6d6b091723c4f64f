"""Set how urgent things are found to be, and how long whoever is called has to answer."""

from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from midway.core.actor import Actor
from midway.core.triage import Triage
from midway.journal.actions import record
from midway.ops.actions import reason_given
from midway.ops.incidents.triage import triage
from midway.ops.models import TriageChange
from midway.runtime.database import one_transaction

SUBJECT = uuid5(NAMESPACE_URL, "midway:triage")
"""What the journal calls the table."""
SHORTEST, LONGEST = timedelta(seconds=10), timedelta(days=1)


class WorseIsLessUrgent(ValueError):
    """What is worse, or touches more people, cannot be less urgent."""


class NobodyWouldCome(ValueError):
    """The first priority must call somebody, and a lower one cannot give less time than a higher one."""


class TimeToAnswerUnusable(ValueError):
    """Whoever is called needs between ten seconds and a day to answer."""


class NothingChanged(ValueError):
    """It is so already."""


@one_transaction
def change_triage(*, wanted: Triage, reason: str, by: Actor, now: datetime) -> TriageChange:
    """Will look up urgency so for what opens or is assessed from now on; calls not answered yet go by the new clock.

    Raises `ReasonMissing`, `WorseIsLessUrgent`, `NobodyWouldCome`, `TimeToAnswerUnusable` or `NothingChanged`.
    """
    why, said, before = reason_given(reason), wanted.as_json(), triage().as_json()
    if said == before:
        raise NothingChanged(NothingChanged.__doc__)
    if not wanted.is_in_order:
        raise WorseIsLessUrgent(WorseIsLessUrgent.__doc__)
    given = [clock.answer_within for clock in wanted.clocks.values()]
    if any(one is not None and not SHORTEST <= one <= LONGEST for one in given):
        raise TimeToAnswerUnusable(TimeToAnswerUnusable.__doc__)
    if not wanted.calls_in_order:
        raise NobodyWouldCome(NobodyWouldCome.__doc__)
    made = TriageChange.objects.create(**said, reason=why, owner=by.label[:120], created_at=now)
    record(
        event="ops.triage.changed", subject=SUBJECT, by=by, at=now, facts={"before": before, "after": said, "why": why}
    )
    return made

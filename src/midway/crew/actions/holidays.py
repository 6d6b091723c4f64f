"""Days on which a branch is closed."""

from datetime import date, datetime

from midway.core.actor import Actor
from midway.crew.models import Branch, Holiday
from midway.crew.queries import branch_subject
from midway.journal.actions import record
from midway.runtime.database import one_transaction


class HolidayKnown(ValueError):
    """This day is closed already."""


@one_transaction
def add_holiday(*, branch: Branch, on: date, name: str, by: Actor, now: datetime) -> Holiday:
    """Will close the branch on a day. Visits already promised stay; raises `HolidayKnown` when it is closed already."""
    holiday, is_new = Holiday.objects.get_or_create(branch=branch, on=on, defaults={"name": name})
    if not is_new:
        raise HolidayKnown(HolidayKnown.__doc__)
    facts = {"on": on, "name": name}
    record(event="crew.holiday.added", subject=branch_subject(branch), by=by, at=now, facts=facts)
    return holiday


@one_transaction
def remove_holiday(*, holiday: Holiday, by: Actor, now: datetime) -> None:
    """Will open the branch again on a day."""
    facts = {"on": holiday.on, "name": holiday.name}
    holiday.delete()
    record(event="crew.holiday.removed", subject=branch_subject(holiday.branch), by=by, at=now, facts=facts)

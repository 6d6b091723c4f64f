"""Public holidays on which a branch works all the same, at the holiday price."""

from datetime import date, datetime

from midway.booking.models import OpenHoliday
from midway.core.actor import Actor
from midway.crew.models import Branch, Holiday
from midway.crew.queries import branch_subject
from midway.journal.actions import record
from midway.runtime.database import one_transaction


class OpenHolidayKnown(ValueError):
    """This day has the holiday price already."""


class ClosedThatDay(ValueError):
    """We are closed on this day. Open it first, under People."""


@one_transaction
def add_open_holiday(*, branch: Branch, on: date, name: str, by: Actor, now: datetime) -> OpenHoliday:
    """Will have single visits and first visits of this day cost the holiday price, in quotes from now on.

    Raises `OpenHolidayKnown` or `ClosedThatDay`.
    """
    if Holiday.objects.filter(branch=branch, on=on).exists():
        raise ClosedThatDay(ClosedThatDay.__doc__)
    holiday, is_new = OpenHoliday.objects.get_or_create(branch=branch, on=on, defaults={"name": name})
    if not is_new:
        raise OpenHolidayKnown(OpenHolidayKnown.__doc__)
    facts = {"on": on, "name": name}
    record(event="booking.open_holiday.added", subject=branch_subject(branch), by=by, at=now, facts=facts)
    return holiday


@one_transaction
def remove_open_holiday(*, holiday: OpenHoliday, by: Actor, now: datetime) -> None:
    """Will have the day cost as any other, in quotes from now on."""
    facts = {"on": holiday.on, "name": holiday.name}
    holiday.delete()
    record(event="booking.open_holiday.removed", subject=branch_subject(holiday.branch), by=by, at=now, facts=facts)

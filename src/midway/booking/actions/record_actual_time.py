"""Keep how long a visit really took, so that the pace of its home can be learned."""

from datetime import datetime
from uuid import UUID

from midway.booking.models import ActualTime, Visit
from midway.booking.rates import rates_from_json
from midway.core.actor import Actor
from midway.core.pace import labour_minutes
from midway.core.visit_states import OCCUPIES_CALENDAR
from midway.journal.actions import record
from midway.runtime.database import one_transaction

LONGEST_MINUTES = 16 * 60


class VisitNotOver(ValueError):
    """This visit has not taken place yet, or was called off. Say how long it took once it is over."""


class TimeImpossible(ValueError):
    """Say how many minutes it took, from 1 to 960, with 1 to 12 people."""


@one_transaction
def record_actual_time(*, visit: UUID, minutes: int, people: int, by: Actor, now: datetime) -> ActualTime:
    """Will keep that so many people were there for so many minutes; said again, it is corrected.

    Raises `VisitNotOver` or `TimeImpossible`.
    """
    check_time(minutes, people)
    rows = Visit.objects.select_for_update(of=("self",), no_key=True)
    found = rows.select_related("booking__quote__price_list").filter(code=visit).first()
    if found is None or found.state not in OCCUPIES_CALENDAR or found.starts_at > now:
        raise VisitNotOver(VisitNotOver.__doc__)
    planned, extras = planned_minutes(found)
    worked = worked_minutes(found, minutes, people, extras=extras)
    kept, _is_new = ActualTime.objects.update_or_create(
        visit=found, defaults={"labour_minutes": worked, "planned_minutes": planned, "at": now}
    )
    facts = {"minutes": minutes, "people": people, "planned": planned, "worked": worked}
    record(event="booking.visit.timed", subject=found.code, by=by, at=now, facts=facts)
    return kept


def check_time(minutes: int, people: int) -> None:
    """Raises `TimeImpossible`."""
    if not 1 <= minutes <= LONGEST_MINUTES or not 1 <= people <= 12:
        raise TimeImpossible(TimeImpossible.__doc__)


def worked_minutes(visit: Visit, minutes: int, people: int, *, extras: int) -> int:
    """Minutes of work of so many people there for so long, without those of the extras."""
    loss = rates_from_json(visit.booking.quote.price_list.rates).team_loss_percent
    return max(1, labour_minutes(minutes, people=people, loss_percent=loss) - extras)


def planned_minutes(visit: Visit) -> tuple[int, int]:
    """Minutes of work by the price list: of the clean itself without its learned pace, and of the extras.

    A visit without a working of its own, as one brought in from a spreadsheet, is planned as long as it was promised.
    """
    lines = [(str(line["label"]), int(line["minutes"])) for line in visit.working]
    extras = sum(minutes for label, minutes in lines if label.startswith("extra:"))
    clean = sum(minutes for label, minutes in lines if not label.startswith("extra:") and label != "pace")
    if clean > 0:
        return clean, extras
    promised = int(visit.duration.total_seconds()) // 60
    loss = rates_from_json(visit.booking.quote.price_list.rates).team_loss_percent
    return labour_minutes(promised, people=visit.team_size, loss_percent=loss), extras

"""Begin a new rotation: it holds from its first hand-over on, until the next one begins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from midway.accounts.models import User
from midway.core.actor import Actor
from midway.core.timespan import local_instant
from midway.customers.reach import is_zone
from midway.journal.actions import record
from midway.ops.models import OnCallRotation, RotationPlace
from midway.runtime.database import one_transaction

ROSTER = uuid5(NAMESPACE_URL, "midway:on-call")
"""What the journal calls the roster."""


class RotationEmpty(ValueError):
    """A rotation needs at least one person of the office."""


class RotationBegun(ValueError):
    """A rotation begins with a hand-over to come: what was is not changed any more."""


class RotationAlreadyThen(ValueError):
    """Another rotation begins at that same hand-over. Choose another day or time."""


class ZoneUnknown(ValueError):
    """There is no time zone of that name: write it like America/New_York."""


@dataclass(frozen=True)
class RotationOrder:
    """What somebody asks for."""

    people: Sequence[User]
    starts_on: date
    hand_over: time
    zone: str
    turn_days: int = 7
    has_holiday_turns: bool = True


@one_transaction
def begin_rotation(*, order: RotationOrder, by: Actor, now: datetime) -> OnCallRotation:
    """Will have these people take turns from that hand-over on.

    Raises `RotationEmpty`, `RotationBegun`, `RotationAlreadyThen` or `ZoneUnknown`.
    """
    people = list(dict.fromkeys(order.people))
    if not people or not all(user.is_office for user in people):
        raise RotationEmpty(RotationEmpty.__doc__)
    if not is_zone(order.zone):
        raise ZoneUnknown(ZoneUnknown.__doc__)
    begins_at = local_instant(order.starts_on, order.hand_over, ZoneInfo(order.zone))
    # The very first one may begin in the past: before it there was nobody.
    if begins_at <= now and OnCallRotation.objects.exists():
        raise RotationBegun(RotationBegun.__doc__)
    made, is_new = OnCallRotation.objects.get_or_create(
        begins_at=begins_at,
        defaults={
            "starts_on": order.starts_on,
            "hand_over": order.hand_over,
            "zone": order.zone,
            "turn_days": order.turn_days,
            "has_holiday_turns": order.has_holiday_turns,
            "created_at": now,
            "created_by": by.label[:120],
        },
    )
    if not is_new:
        raise RotationAlreadyThen(RotationAlreadyThen.__doc__)
    RotationPlace.objects.bulk_create(
        RotationPlace(rotation=made, position=number, user=user) for number, user in enumerate(people)
    )
    facts = {
        "people": [user.name for user in people],
        "from": begins_at,
        "turn_days": order.turn_days,
        "zone": order.zone,
    }
    record(event="ops.rotation.begun", subject=ROSTER, by=by, at=now, facts=facts)
    return made

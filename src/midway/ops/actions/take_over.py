"""Take somebody's time on call over, and give it back."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from psycopg.types.range import Range

from midway.accounts.models import User
from midway.core.actor import Actor
from midway.journal.actions import record
from midway.ops.actions.rotate import ROSTER
from midway.ops.models import TakeOver
from midway.runtime.database import one_transaction

LONGEST = timedelta(days=60)


class TakeOverOver(ValueError):
    """A time on call is taken over from a moment to a later one that is still to come, for sixty days at most."""


class TakenOverAlready(ValueError):
    """Somebody else has taken part of that time over already. Give that back first."""


class NotOfTheOffice(ValueError):
    """Only people of the office who can sign in are on call."""


class NotTakenOver(LookupError):
    """That time was given back already, or is over."""


@one_transaction
def take_over(*, user: User, start: datetime, end: datetime, reason: str = "", by: Actor, now: datetime) -> TakeOver:
    """Will have this person on call from `start` to `end`, whoever's turn it is.

    Raises `TakeOverOver`, `TakenOverAlready` or `NotOfTheOffice`.
    """
    if not user.is_office:
        raise NotOfTheOffice(NotOfTheOffice.__doc__)
    if not max(start, now) < end <= start + LONGEST:
        raise TakeOverOver(TakeOverOver.__doc__)
    try:
        with transaction.atomic():
            made = TakeOver.objects.create(
                user=user,
                during=Range(start, end),
                reason=reason.strip()[:300],
                created_at=now,
                created_by=by.label[:120],
            )
    except IntegrityError as problem:
        raise TakenOverAlready(TakenOverAlready.__doc__) from problem
    facts = {"person": user.name, "from": start, "to": end, "reason": made.reason}
    record(event="ops.take-over.begun", subject=ROSTER, by=by, at=now, facts=facts)
    return made


@one_transaction
def give_back(*, code: UUID, by: Actor, now: datetime) -> TakeOver:
    """Will give a time that was taken over back to the rotation. Raises `NotTakenOver`."""
    found = TakeOver.objects.select_for_update().filter(code=code, withdrawn_at=None).first()
    if found is None or found.during.upper <= now:
        raise NotTakenOver(NotTakenOver.__doc__)
    if found.during.lower < now:
        # What was on call until now stays true.
        found.during = Range(found.during.lower, now)
    else:
        found.withdrawn_at = now
    found.save(update_fields=["during", "withdrawn_at"])
    record(event="ops.take-over.ended", subject=ROSTER, by=by, at=now, facts={"person": found.user.name})
    return found

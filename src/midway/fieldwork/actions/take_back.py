"""A button pressed by mistake is taken back by whoever pressed it."""

from datetime import datetime
from uuid import UUID

from midway.booking.actions import undo_change
from midway.booking.actions.undo_change import SECOND_THOUGHTS
from midway.core.actor import Actor
from midway.journal.models import Before, Entry
from midway.runtime.database import one_transaction

SAID = ("fieldwork.visit.set_out", "fieldwork.visit.started", "fieldwork.visit.finished")


class TapTooOld(LookupError):
    """That was a while ago, or somebody else said it. Call the office."""


@one_transaction
def take_back(*, visit: UUID, by: Actor, now: datetime) -> UUID:
    """Will undo what this person said last of a visit on site, and give the code of the entry that says so.

    Raises `TapTooOld`, and as `undo_change`.
    """
    last = last_tap(visit, user_id=by.user_id, now=now)
    if last is None:
        raise TapTooOld(TapTooOld.__doc__)
    return undo_change(entry=last.code, by=by, now=now)


def last_tap(visit: UUID, *, user_id: int | None, now: datetime) -> Entry | None:
    """What this person said last of a visit, while they may take it back."""
    said = Entry.objects.filter(subject=visit, event__in=SAID, at__gte=now - SECOND_THOUGHTS).order_by("-at", "-id")
    last = said.first()
    if last is None or user_id is None or last.actor_user_id != user_id:
        return None
    return last if Before.objects.filter(entry=last.code, undone_at=None).exists() else None

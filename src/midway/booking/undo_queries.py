"""Which changes can be undone from their journal entries."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from midway.booking.actions.undo_change import UNDO_WITHIN
from midway.journal.models import Before, Entry


def undoable(entries: Iterable[Entry], *, now: datetime) -> set[UUID]:
    """The codes of those entries that undoing can be tried of. One query; the calendar has the last word."""
    recent = [entry for entry in entries if entry.at >= now - UNDO_WITHIN]
    kept = dict(Before.objects.filter(entry__in=[e.code for e in recent]).values_list("entry", "undone_at"))
    found = {code for code, undone_at in kept.items() if undone_at is None}
    bookings = {e.code for e in recent if e.event == "booking.visit.booked" and "plan" not in e.facts}
    return found | (bookings - set(kept))


def entry_of_deed(*subjects: UUID, at: datetime) -> UUID | None:
    """The code of the entry by which what was done to one of these at this moment can be undone."""
    kept = Before.objects.filter(subject__in=subjects, at=at, undone_at=None).order_by("-id")
    return kept.values_list("entry", flat=True).first()

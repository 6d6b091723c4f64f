"""Mend broken promises: one as proposed, or all that can keep their time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from midway.booking.actions.place_visit import VisitChangedMeanwhile, place_visit
from midway.booking.actions.visit_lock import VisitNotChangeable
from midway.booking.models import Visit
from midway.booking.plan_queries import BrokenPromise, broken_promises
from midway.core.actor import Actor
from midway.crew.calendar import SlotTaken
from midway.crew.models import Branch


class MendGone(Exception):
    """This cannot be done any more: the time was taken or the visit changed meanwhile. Look again."""


@dataclass(frozen=True)
class Mended:
    """How many promises can be kept again at their time, and how many still wait for a decision."""

    mended: int
    left: int


def mend_promise(
    *, visit: UUID, revision: int, start: datetime, cleaners: Sequence[int], by: Actor, now: datetime
) -> Visit:
    """Will carry out a mend as it was proposed; the customer is told when their time changes.

    Raises `MendGone` when it is no longer possible as it stood; then nothing has changed.
    """
    try:
        return place_visit(visit=visit, revision=revision, start=start, cleaners=cleaners, by=by, now=now)
    except (VisitChangedMeanwhile, VisitNotChangeable, SlotTaken) as problem:
        raise MendGone(MendGone.__doc__) from problem


def mend_in_time(
    *, branch: Branch, first: date, last: date, cleaner_id: int | None = None, by: Actor, now: datetime
) -> Mended:
    """Will give every broken promise that can keep its time the cleaners proposed, one transaction each.

    Those that would have to be moved are left for a decision; `cleaner_id` mends only what lies outside this
    cleaner's hours. Customers notice nothing.
    """
    found = broken_promises(branch=branch, first=first, last=last, now=now, cleaner_id=cleaner_id)
    if cleaner_id is not None:
        found = [promise for promise in found if cleaner_id in promise.outside]
    mended = sum(_is_mended(promise, by=by, now=now) for promise in found if promise.mend_keeps_time)
    return Mended(mended, len(found) - mended)


def _is_mended(promise: BrokenPromise, *, by: Actor, now: datetime) -> bool:
    assert promise.mend is not None
    visit = promise.visit
    try:
        mend_promise(
            visit=visit.code,
            revision=visit.revision,
            start=promise.mend.start,
            cleaners=promise.mend.cleaners,
            by=by,
            now=now,
        )
    except MendGone:
        return False
    return True

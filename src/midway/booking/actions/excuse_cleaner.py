"""A cleaner is away: their visits lose them and wait for a decision."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import F

from midway.booking.actions.before import Before, before
from midway.booking.models import Assignment, Hold, Visit
from midway.core.actor import Actor
from midway.core.timespan import Span
from midway.core.visit_states import STILL_TO_COME
from midway.crew import calendar
from midway.crew.actions import record_absence
from midway.crew.models import Absence, Cleaner, Commitment
from midway.journal.actions import record
from midway.runtime.database import one_transaction


@one_transaction
def excuse_cleaner(
    *, cleaner: Cleaner, during: Span, reason: Absence.Reason, note: str = "", by: Actor, now: datetime
) -> tuple[Absence, list[Visit]]:
    """Will record an absence and take the cleaner off the visits it touches, which then need somebody else.

    Gives the absence and those visits. Raises `crew.calendar.SlotTaken` when a visit there has begun.
    """
    calendar.lock_cleaners([cleaner.pk])
    freed = _Freed()
    lost: calendar.SlotTaken | None = None
    # Bookings do not wait for us. One that commits between the look and the absence is found by the next look; from
    # then on the day is ours, as its time was given back by us.
    while freed.make_way(cleaner, during, by=by, now=now) or lost is None:
        try:
            absence = record_absence(
                cleaner=cleaner, during=during, reason=reason, note=note, freed=freed.stood.as_facts(), by=by, now=now
            )
        except calendar.SlotTaken as problem:
            lost = problem
        else:
            return absence, list(Visit.objects.filter(pk__in=freed.visits).order_by("pk"))
    raise lost


@dataclass
class _Freed:
    """The visits the cleaner was taken off, and how these stood before."""

    visits: list[int] = field(default_factory=list)
    stood: Before = field(default_factory=Before)

    def make_way(self, cleaner: Cleaner, during: Span, *, by: Actor, now: datetime) -> bool:
        """Will free the cleaner of the visits and holds that can be seen now; says whether there were any."""
        touched = list(
            Assignment.objects.select_for_update(of=("self",))
            .filter(
                cleaner=cleaner,
                active=True,
                visit__state__in=STILL_TO_COME,
                commitment__during__overlap=(during.start, during.end),
            )
            .select_related("visit", "commitment")
            .order_by("visit_id")
        )
        self.visits += [assignment.visit_id for assignment in touched]
        self.stood.visits |= before(assignment.visit for assignment in touched).visits
        for assignment in touched:
            _take_off(assignment, cleaner=cleaner, by=by, now=now)
        held = _held_references(cleaner, during)
        for reference in held:
            if calendar.release(reference=reference):  # or it has become a visit meanwhile
                Hold.objects.filter(code=reference).update(state=Hold.State.RELEASED)
        return bool(touched or held)


def _take_off(assignment: Assignment, *, cleaner: Cleaner, by: Actor, now: datetime) -> None:
    stood = before([assignment.visit])
    Assignment.objects.filter(pk=assignment.pk).update(active=False)
    calendar.release(reference=assignment.visit.code, cleaner_id=cleaner.pk)
    Visit.objects.filter(pk=assignment.visit_id).update(
        cleaners_missing=F("cleaners_missing") + 1, revision=F("revision") + 1
    )
    entry = record(
        event="booking.visit.unassigned",
        subject=assignment.visit.code,
        by=by,
        at=now,
        facts={"cleaner": cleaner.name},
    )
    stood.keep(entry, subject=assignment.visit.code, now=now)


def _held_references(cleaner: Cleaner, during: Span) -> list[UUID]:
    held = Commitment.objects.filter(
        cleaner=cleaner, active=True, kind=Commitment.Kind.HOLD, during__overlap=(during.start, during.end)
    )
    return list(held.values_list("reference", flat=True))

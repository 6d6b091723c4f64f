"""Give many visits of one day their times and cleaners at once: all of them, or none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.types.range import TimestamptzRange as DateTimeTZRange

from midway.booking.actions.before import Before, before
from midway.booking.actions.place_visit import VisitChangedMeanwhile
from midway.booking.actions.plan_exceptions import agree_on_moment
from midway.booking.models import Assignment, Visit
from midway.booking.notifications import tell_of_change
from midway.core.actor import Actor
from midway.core.timespan import Span
from midway.core.visit_states import STILL_TO_COME
from midway.crew import calendar
from midway.crew.models import Cleaner
from midway.journal.actions import record
from midway.runtime.database import one_transaction


@dataclass(frozen=True, kw_only=True)
class Seating:
    """Where a visit that is still at `revision` goes: the time promised for it, its cleaners (none: it waits for
    somebody), and until when they are kept busy, which is at the earliest the visit's end."""

    visit: UUID
    revision: int
    start: datetime
    cleaners: Sequence[int]
    busy_until: datetime


@dataclass(frozen=True)
class Settled:
    """What a settlement changed: visits by code, and how they stood before, for undoing."""

    moved: Sequence[UUID]
    handed_on: Sequence[UUID]
    left_waiting: Sequence[UUID]
    stood: Before


@one_transaction
def settle_day(*, seatings: Sequence[Seating], by: Actor, now: datetime, tell: bool = True) -> Settled:
    """Will lock the visits and their cleaners, release what changes, then take it, in one transaction.

    Customers whose promised time moves are told. Nothing is changed when it does not all fit.
    Raises `VisitChangedMeanwhile` or `crew.calendar.SlotTaken`.
    """
    day = _Day(seatings, now)
    day.lock()
    stood = before(day.changing)
    day.seat()
    for visit in day.changing:
        _write_down(day, visit, by=by, now=now, tell=tell)
    return Settled(day.moved, day.handed_on, day.left_waiting, stood)


class _Day:
    """The rows of a day that is being settled, and what has been done to them."""

    def __init__(self, seatings: Sequence[Seating], now: datetime) -> None:
        self.wanted: Mapping[UUID, Seating] = {seating.visit: seating for seating in seatings}
        self.now = now
        self.moved: list[UUID] = []
        self.handed_on: list[UUID] = []
        self.left_waiting: list[UUID] = []

    def lock(self) -> None:
        """Visits in the order of their ids, then cleaners in theirs, like everybody who moves time."""
        rows = Visit.objects.select_for_update(of=("self",), no_key=True).filter(code__in=self.wanted)
        self.visits = list(rows.select_related("branch", "service", "customer", "premises", "booking").order_by("pk"))
        self.coming = _coming(self.visits)
        everybody = {pk for seats in self.coming.values() for pk in seats}
        calendar.lock_cleaners([*everybody, *(pk for s in self.wanted.values() for pk in s.cleaners)])
        self.coming = _coming(self.visits)
        self.changing = [visit for visit in self.visits if self._changes(visit)]
        if len(self.visits) != len(self.wanted) or not all(self._is_as_planned(v) for v in self.visits):
            raise VisitChangedMeanwhile(VisitChangedMeanwhile.__doc__)

    def _changes(self, visit: Visit) -> bool:
        wanted = self.wanted[visit.code]
        return wanted.start != visit.starts_at or set(wanted.cleaners) != set(self.coming[visit.pk])

    def _is_as_planned(self, visit: Visit) -> bool:
        if visit.revision != self.wanted[visit.code].revision:
            return False
        if visit not in self.changing:
            return True
        return visit.state in STILL_TO_COME and visit.starts_at > self.now and self.wanted[visit.code].start >= self.now

    def seat(self) -> None:
        """Will release every visit whose time on the calendar changes, then take the new times in one statement."""
        pieces = {
            visit.code: calendar.Seat(
                visit.code,
                Span(self.wanted[visit.code].start, self.wanted[visit.code].busy_until),
                sorted(self.wanted[visit.code].cleaners),
            )
            for visit in self.visits
        }
        asked = [seat for code, seat in pieces.items() if seat != self._sits(code)]
        calendar.release_many([seat.reference for seat in asked])
        touched = [visit for visit in self.visits if visit.code in {seat.reference for seat in asked}]
        Assignment.objects.filter(visit__in=touched, active=True).update(active=False)
        seats = [seat for seat in asked if seat.cleaners]
        if not seats:
            return
        during = Span(min(s.during.start for s in seats), max(s.during.end for s in seats))
        calendar.release_expired_holds(branch_id=self.visits[0].branch_id, during=during, now=self.now)
        taken = calendar.take_many(seats)
        if len(taken) != len(seats):
            raise calendar.SlotTaken(calendar.SlotTaken.__doc__)
        Assignment.objects.bulk_create(
            Assignment(visit=visit, cleaner_id=row.cleaner_id, commitment_id=row.commitment_id)
            for visit in touched
            for row in taken.get(visit.code, ())
        )

    def _sits(self, code: UUID) -> calendar.Seat | None:
        rows = self._commitments.get(code, [])
        if not rows or len({during for _, during in rows}) > 1:
            return None
        return calendar.Seat(code, rows[0][1], sorted(pk for pk, _ in rows))

    @property
    def _commitments(self) -> dict[UUID, list[tuple[int, Span]]]:
        if not hasattr(self, "_sitting"):
            found: dict[UUID, list[tuple[int, Span]]] = {}
            rows = Assignment.objects.filter(visit__in=self.visits, active=True).select_related("commitment", "visit")
            for row in rows:
                during = Span(row.commitment.during.lower, row.commitment.during.upper)
                found.setdefault(row.visit.code, []).append((row.cleaner_id, during))
            self._sitting = found
        return self._sitting


def _write_down(day: _Day, visit: Visit, *, by: Actor, now: datetime, tell: bool) -> None:
    """Will keep the visit's new time and say what happened to it."""
    wanted, moved_from = day.wanted[visit.code], visit.starts_at
    visit.during = DateTimeTZRange(wanted.start, wanted.start + visit.duration)
    visit.cleaners_missing = visit.team_size - len(wanted.cleaners)
    visit.revision += 1
    visit.save(update_fields=["during", "cleaners_missing", "revision"])
    names = sorted(wanted.cleaners)
    if wanted.start != moved_from:
        agree_on_moment(visit, by=by, now=now)
        day.moved.append(visit.code)
        facts = {"from": moved_from, "to": wanted.start, "cleaners": names}
        record(event="booking.visit.rescheduled", subject=visit.code, by=by, at=now, facts=facts)
        if tell:
            tell_of_change("visit_moved", visit=visit, was_at=moved_from, now=now)
    if not wanted.cleaners:
        day.left_waiting.append(visit.code)
        gone = Cleaner.objects.filter(pk__in=day.coming[visit.pk]).order_by("name").values_list("name", flat=True)
        facts = {"cleaner": ", ".join(gone)}
        record(event="booking.visit.unassigned", subject=visit.code, by=by, at=now, facts=facts)
    elif set(names) != set(day.coming[visit.pk]):
        day.handed_on.append(visit.code)
        record(event="booking.visit.assigned", subject=visit.code, by=by, at=now, facts={"cleaners": names})


def _coming(visits: Sequence[Visit]) -> dict[int, list[int]]:
    coming: dict[int, list[int]] = {visit.pk: [] for visit in visits}
    rows = Assignment.objects.filter(visit__in=visits, active=True).order_by("cleaner_id")
    for visit, cleaner in rows.values_list("visit_id", "cleaner_id"):
        coming[visit].append(cleaner)
    return coming

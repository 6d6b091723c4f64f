"""Planned visits, and the free quarter hours of the week they fall into."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from midway.demo.crew import Squad, Worker
from midway.demo.prices import Deal
from midway.demo.quarters import PAD, span


@dataclass(slots=True)
class Planned:
    """A visit as planned. `fate`: kept, cancelled, late, skipped or bumped; `released` cleaners were taken off it."""

    code: UUID
    deal: Deal
    day: date
    first: int
    workers: tuple[Worker, ...]
    fate: str = "kept"
    moved_from: tuple[date, int] | None = None
    released: tuple[Worker, ...] = ()
    stands_for: date | None = None
    """The date of its plan, where a closed day shifted it."""

    @property
    def occurrence(self) -> date:
        """The day it was promised for first."""
        return self.moved_from[0] if self.moved_from else self.stands_for or self.day


class Week:
    """The free quarter hours of one week, by day and cleaner."""

    def __init__(self, days: Sequence[date], workers: Sequence[Worker], holidays: Mapping[date, str]) -> None:
        self.free = {day: [w.working(day, is_holiday=day in holidays) for w in workers] for day in days}
        self._capacity = {day: [bits.bit_count() for bits in row] for day, row in self.free.items()}

    def try_take(self, visit: Planned) -> bool:
        """Will take the visit's time out of its cleaners' day, or say that it is not free."""
        bits = span(visit.first, visit.deal.cells + PAD)
        row = self.free[visit.day]
        if any(row[worker.index] & bits != bits for worker in visit.workers):
            return False
        for worker in visit.workers:
            row[worker.index] &= ~bits
        return True

    def capacity(self, day: date, squad: Squad) -> int:
        return sum(self._capacity[day][worker.index] for worker in squad.members)

    def used(self, day: date, squad: Squad) -> int:
        return self.capacity(day, squad) - sum(self.free[day][worker.index].bit_count() for worker in squad.members)

"""What goes wrong today, so that the office has something to decide: a sick cleaner, visits nobody keeps yet."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from midway.core.timespan import local_instant
from midway.demo.crew import TimeOff, Worker
from midway.demo.quarters import random_code
from midway.demo.week import Planned

_UNASSIGNED_TOMORROW = 2


@dataclass(slots=True)
class Troubles:
    """Spoils today and tomorrow of the planned weeks it is shown. `sick` is known once it saw today."""

    rng: Random
    now: datetime
    zone: ZoneInfo
    sick: Worker | None = None

    def spoil(self, week: Sequence[Planned]) -> None:
        """Will take cleaners off some of these visits."""
        today = self.now.astimezone(self.zone).date()
        kept = [visit for visit in week if visit.fate in {"kept", "late"}]
        self._fall_sick([visit for visit in kept if visit.day == today])
        tomorrow = [visit for visit in kept if visit.day == today + timedelta(days=1) and not visit.released]
        for visit in self.rng.sample(tomorrow, k=min(_UNASSIGNED_TOMORROW, len(tomorrow))):
            visit.released, visit.workers = visit.workers[:1], visit.workers[1:]

    @property
    def told_at(self) -> datetime:
        """When the sick cleaner called."""
        today = self.now.astimezone(self.zone).date()
        return min(self.now, local_instant(today, time(6, 40), self.zone))

    def _fall_sick(self, visits: Sequence[Planned]) -> None:
        # Not the cleaner who can sign in: their day should be there to look at.
        load = Counter(worker.index for visit in visits for worker in visit.workers if worker.index != 0)
        if not load:
            return
        index = min(load, key=lambda number: (-load[number], number))
        for visit in visits:
            sick = next((worker for worker in visit.workers if worker.index == index), None)
            if sick is None:
                continue
            self.sick, visit.fate = sick, "kept"
            if local_instant(visit.day, time(visit.first // 4, visit.first % 4 * 15), self.zone) <= self.now:
                visit.fate = "bumped"
            else:
                visit.released = (sick,)
                visit.workers = tuple(worker for worker in visit.workers if worker is not sick)

    def sick_day(self) -> TimeOff | None:
        """The absence behind today's trouble."""
        today = self.now.astimezone(self.zone).date()
        return None if self.sick is None else TimeOff(random_code(self.rng), "sick", today, today, today)

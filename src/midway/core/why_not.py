"""Why a time is not offered: the same rules as `core.availability`, telling of each cleaner what stands in the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from midway.core.availability import CleanerCalendar, SlotRules, hours_on, may_start_on_grid, working_spans
from midway.core.timespan import CELL, Span, rounded_out


class General(StrEnum):
    """What stands in the way whoever would come."""

    GRID = "grid"
    NOTICE = "notice"
    HORIZON = "horizon"
    TEAM = "team"
    """Fewer are free than the visit needs."""


class Obstacle(StrEnum):
    """What keeps one cleaner from coming."""

    SKILL = "skill"
    NOT_EMPLOYED = "not_employed"
    HOLIDAY = "holiday"
    OTHER_HOURS = "other_hours"
    """Other hours on this one day, or a day off."""
    HOURS = "hours"
    BUSY = "busy"


@dataclass(frozen=True)
class Candidate:
    """Somebody who might come: their calendar, and whether they can do what is asked."""

    calendar: CleanerCalendar
    has_skill: bool = True


@dataclass(frozen=True)
class InTheWay:
    """One reason why one cleaner cannot come: with `hours` when they work that day, with `busy` what they do then."""

    obstacle: Obstacle
    hours: Sequence[tuple[time, time]] = ()
    busy: Span | None = None


@dataclass(frozen=True)
class WhyNot:
    """The whole answer: the time is offered exactly when `general` is empty."""

    asked: Span
    general: Sequence[General]
    by_cleaner: Sequence[Sequence[InTheWay]]
    """For each candidate, in their order, what keeps them; nothing keeps those who are free."""

    @property
    def is_offered(self) -> bool:
        return not self.general

    @property
    def free(self) -> int:
        """How many could come."""
        return sum(not reasons for reasons in self.by_cleaner)


def why_not(candidates: Sequence[Candidate], *, rules: SlotRules, start: datetime, now: datetime) -> WhyNot:
    """Will say what keeps a start from being offered. `rules.holidays` are the branch's."""
    needed = -(-(rules.duration + rules.pad) // CELL) * CELL
    asked = Span(start, start + needed)
    by_cleaner = [_reasons(candidate, asked, rules) for candidate in candidates]
    general = []
    if not may_start_on_grid(start, rules):
        general.append(General.GRID)
    if start < now + rules.notice:
        general.append(General.NOTICE)
    if start > now + rules.horizon:
        general.append(General.HORIZON)
    if sum(not reasons for reasons in by_cleaner) < rules.team_size:
        general.append(General.TEAM)
    return WhyNot(asked, general, by_cleaner)


def _reasons(candidate: Candidate, asked: Span, rules: SlotRules) -> list[InTheWay]:
    reasons = [] if candidate.has_skill else [InTheWay(Obstacle.SKILL)]
    day = asked.start.astimezone(rules.zone).date()
    if not _works(candidate.calendar, asked, day, rules):
        reasons.append(_why_no_hours(candidate.calendar, day, rules))
    busy = [span for span in candidate.calendar.commitments if rounded_out(span).overlaps(asked)]
    return [*reasons, *(InTheWay(Obstacle.BUSY, busy=span) for span in sorted(busy))]


def _works(calendar: CleanerCalendar, asked: Span, day: date, rules: SlotRules) -> bool:
    # Two days either side: shifts run over midnight, and an hour may belong to the day before.
    first = day - timedelta(days=2)
    days = (asked.end.astimezone(rules.zone).date() - first).days + 3
    spans = working_spans(calendar, first=first, days=days, zone=rules.zone, holidays=rules.holidays)
    return any(span.start <= asked.start and asked.end <= span.end for span in spans)


def _why_no_hours(calendar: CleanerCalendar, day: date, rules: SlotRules) -> InTheWay:
    if day < calendar.employed_from or (calendar.left_on is not None and day > calendar.left_on):
        return InTheWay(Obstacle.NOT_EMPLOYED)
    hours = sorted(hours_on(calendar, day, rules.holidays))
    if any(exception.on == day for exception in calendar.exceptions):
        return InTheWay(Obstacle.OTHER_HOURS, hours=hours)
    if day in rules.holidays:
        return InTheWay(Obstacle.HOLIDAY)
    return InTheWay(Obstacle.HOURS, hours=hours)

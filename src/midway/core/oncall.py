"""Who is on call at which moment: turns that go round, holidays dealt out fairly, and single times taken over.

Turns change at a wall-clock time of the rotation's zone, so a night with a clock change is an hour longer or shorter.
Every moment from the first hand-over on belongs to exactly one person.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise, zip_longest
from zoneinfo import ZoneInfo

from midway.core.timespan import Span, local_instant


class Why(StrEnum):
    """Why it is this person's turn."""

    ROTATION = "rotation"
    HOLIDAY = "holiday"
    OVERRIDE = "override"


@dataclass(frozen=True)
class Rotation:
    """People in the order in which they take turns of so many days, from the hand-over on `starts_on`.

    A holiday lasts from its hand-over to the next day's, and holidays are dealt out by a count of their own: who has
    Christmas this year does not have it next year because the weeks fell so.
    """

    people: tuple[int, ...]
    starts_on: date
    hand_over: time
    zone: ZoneInfo
    turn_days: int = 7
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not self.people or len(set(self.people)) != len(self.people):
            raise ValueError("a rotation names at least one person, and nobody twice")
        if self.turn_days < 1:
            raise ValueError("a turn lasts at least a day")

    def hand_over_at(self, day: date) -> datetime:
        """The moment at which that day's turn begins, in UTC."""
        return local_instant(day, self.hand_over, self.zone)

    @property
    def begins_at(self) -> datetime:
        return self.hand_over_at(self.starts_on)

    def on_day(self, day: date) -> tuple[int, Why]:
        """Whose turn begins or goes on at that day's hand-over, and why."""
        if day in self.holidays:
            known = sorted(self.holidays)
            count = bisect_left(known, day) - bisect_left(known, self.starts_on)
            return self.people[count % len(self.people)], Why.HOLIDAY
        turn = (day - self.starts_on).days // self.turn_days
        return self.people[turn % len(self.people)], Why.ROTATION

    def day_at(self, at: datetime) -> date:
        """The day whose hand-over came last."""
        day = at.astimezone(self.zone).date()
        return day if self.hand_over_at(day) <= at else day - timedelta(days=1)


@dataclass(frozen=True)
class Override:
    """Somebody takes over for a time. Overrides do not overlap."""

    person: int
    span: Span


@dataclass(frozen=True)
class Turn:
    """From when to when somebody is on call, and why they are."""

    person: int
    start: datetime
    end: datetime
    why: Why


def turns(rotations: Sequence[Rotation], overrides: Iterable[Override], *, during: Span) -> list[Turn]:
    """Whose turn it is in every moment of `during`, in order and without a gap from the first hand-over on.

    Each rotation holds until the next begins.
    """
    regular = [turn for rotation, span in _in_force(rotations, during) for turn in _regular(rotation, span)]
    return _joined(_taken_over(regular, sorted(overrides, key=lambda one: one.span)))


def on_call(rotations: Sequence[Rotation], overrides: Iterable[Override], *, at: datetime) -> int | None:
    """Who is on call at a moment; nobody before the first hand-over."""
    found = turns(rotations, overrides, during=Span(at, at + timedelta(microseconds=1)))
    return found[0].person if found else None


def ladder(rotations: Sequence[Rotation], overrides: Iterable[Override], *, at: datetime) -> tuple[int, ...]:
    """Whom to call, one after the other: who is on call, then the others in the order of their turns."""
    first = on_call(rotations, overrides, at=at)
    if first is None:
        return ()
    people = _in_force(rotations, Span(at, at + timedelta(microseconds=1)))[0][0].people
    place = people.index(first) if first in people else -1
    after = [*people[place + 1 :], *people[: place + 1]]
    return (first, *(person for person in after if person != first))


def _in_force(rotations: Sequence[Rotation], during: Span) -> list[tuple[Rotation, Span]]:
    ordered = sorted(rotations, key=lambda one: one.begins_at)
    found = []
    for rotation, following in zip_longest(ordered, ordered[1:]):
        start = max(rotation.begins_at, during.start)
        end = min(following.begins_at, during.end) if following else during.end
        if start < end:
            found.append((rotation, Span(start, end)))
    return found


def _regular(rotation: Rotation, span: Span) -> Iterator[Turn]:
    first, last = rotation.day_at(span.start), rotation.day_at(span.end)
    days = [first + timedelta(days=number) for number in range((last - first).days + 2)]
    for day, following in pairwise(days):
        start, end = max(rotation.hand_over_at(day), span.start), min(rotation.hand_over_at(following), span.end)
        if start < end:
            person, why = rotation.on_day(day)
            yield Turn(person, start, end, why)


def _taken_over(regular: list[Turn], overrides: list[Override]) -> Iterator[Turn]:
    for turn in regular:
        start = turn.start
        for one in overrides:
            if not one.span.overlaps(Span(turn.start, turn.end)):
                continue
            if start < one.span.start:
                yield Turn(turn.person, start, one.span.start, turn.why)
            until = min(one.span.end, turn.end)
            yield Turn(one.person, max(start, one.span.start), until, Why.OVERRIDE)
            start = until
        if start < turn.end:
            yield Turn(turn.person, start, turn.end, turn.why)


def _joined(found: Iterable[Turn]) -> list[Turn]:
    """Turns that go on without a change are one."""
    joined: list[Turn] = []
    for turn in found:
        if joined and (joined[-1].person, joined[-1].why, joined[-1].end) == (turn.person, turn.why, turn.start):
            joined[-1] = Turn(turn.person, joined[-1].start, turn.end, turn.why)
        else:
            joined.append(turn)
    return joined

"""Whom to call next about an incident nobody has answered, and when: up the ladder, round and round, but no storm."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

ROUNDS = 3
"""So often the whole ladder is called before it is left to the digest and the status page."""
AT_MOST, WITHIN = 2, timedelta(minutes=15)
"""So many messages one person is sent within so long, however many incidents there are."""


@dataclass(frozen=True)
class Called:
    """Somebody was called."""

    person: int
    at: datetime


def next_to_call(
    ladder: Sequence[int], calls: Sequence[Called], *, answer_within: timedelta | None, now: datetime
) -> int | None:
    """Whom to call now; nobody while the last one still has time, and nobody where nobody is called at all.

    `calls` are those about this incident, the oldest first. The place on the ladder follows from how often was
    called, so a change of the ladder in the middle of the night only changes who comes next.
    """
    if answer_within is None or not ladder or len(calls) >= ROUNDS * len(ladder):
        return None
    if not calls:
        return ladder[0]
    if now < calls[-1].at + answer_within:
        return None
    return next(iter(_by_turns(ladder, calls)))


def _by_turns(ladder: Sequence[int], calls: Sequence[Called]) -> list[int]:
    """Those called the least first, in the ladder's order; nobody twice in a row where there is somebody else."""
    counts: Mapping[int, int] = {person: sum(one.person == person for one in calls) for person in ladder}
    ordered = sorted(ladder, key=lambda person: counts[person])
    if len(ordered) > 1 and ordered[0] == calls[-1].person:
        ordered = [*ordered[1:], ordered[0]]
    return ordered


def may_be_called(person: int, calls: Sequence[Called], *, now: datetime) -> bool:
    """Whether one more message is no storm. `calls` are those about whatever incident."""
    return sum(1 for one in calls if one.person == person and one.at > now - WITHIN) < AT_MOST

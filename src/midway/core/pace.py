"""How long a home really takes against the price list, learned from visits that were timed.

The rule: of the last visits, each one's minutes of work as a percentage of what the list gives; their median, to the
nearest step. One bad day, or one forgotten clock, moves a median by nothing or by one place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

LOOKED_AT = 8
"""So many of the latest visits count."""

LEAST_VISITS = 3
"""Fewer say nothing yet."""

STEP_PERCENT = 5
LEAST_DIFFERENCE_PERCENT = 10
"""A suggestion nearer than this to what holds now is not worth a decision."""

BELIEVABLE = (Fraction(1, 4), Fraction(4))
"""Times the promised length: shorter, the button was pressed twice; longer, it was forgotten."""

SLOWEST_PERCENT, QUICKEST_PERCENT = 300, 50


@dataclass(frozen=True)
class TimedVisit:
    """Minutes of work of everybody together, extras aside: what the list gave, and what it really took."""

    planned_minutes: int
    labour_minutes: int

    @property
    def percent(self) -> Fraction:
        """What it took, as a percentage of the list."""
        return Fraction(100 * self.labour_minutes, self.planned_minutes)


@dataclass(frozen=True)
class PaceSuggestion:
    """What should hold for a home, and from how many visits it was learned."""

    percent: int
    visits: int


def suggested_pace(latest: Sequence[TimedVisit], *, present_percent: int) -> PaceSuggestion | None:
    """Will suggest a pace from timed visits, the latest first; nothing where they are too few or say what holds."""
    counted = [visit for visit in latest[:LOOKED_AT] if visit.planned_minutes > 0]
    if len(counted) < LEAST_VISITS:
        return None
    # Of an even number the lower of the two in the middle: no figure that was never measured.
    middle = sorted(visit.percent for visit in counted)[(len(counted) - 1) // 2]
    stepped = STEP_PERCENT * round(middle / STEP_PERCENT)
    percent = max(QUICKEST_PERCENT, min(SLOWEST_PERCENT, stepped))
    if abs(percent - present_percent) < LEAST_DIFFERENCE_PERCENT:
        return None
    return PaceSuggestion(percent, len(counted))


def is_believable(minutes: int, *, promised_minutes: int) -> bool:
    """Whether a time between two presses of a button says how long a visit took."""
    least, most = BELIEVABLE
    return least * promised_minutes <= minutes <= most * promised_minutes


def labour_minutes(clock_minutes: int, *, people: int, loss_percent: int) -> int:
    """Will turn the minutes a team was there into minutes of work, as `pricing.team_minutes` turns them back."""
    return clock_minutes * (100 + (100 - loss_percent) * (people - 1)) // 100

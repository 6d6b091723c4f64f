"""What numbers say: where a series goes, and what a share surely is."""

from collections.abc import Sequence
from datetime import datetime
from math import sqrt

SURE = 1.64
"""Standard deviations: in nineteen of twenty samples the share is above what `at_least` says."""


def slope_per_day(points: Sequence[tuple[datetime, float]], *, least_points: int = 4) -> float | None:
    """How much it grows in a day; nothing when there are too few points or they lie in too short a time."""
    if len(points) < least_points:
        return None
    first = points[0][0]
    days = [(at - first).total_seconds() / 86400 for at, _ in points]
    if days[-1] < 0.5:
        return None
    mean_day, mean_value = sum(days) / len(days), sum(value for _, value in points) / len(points)
    spread = sum((day - mean_day) ** 2 for day in days)
    return sum((day - mean_day) * (value - mean_value) for day, (_, value) in zip(days, points, strict=True)) / spread


def days_until(points: Sequence[tuple[datetime, float]], most: float, *, least_points: int = 4) -> float | None:
    """Days until it reaches `most` if it goes on like this; nothing when it does not grow."""
    slope = slope_per_day(points, least_points=least_points)
    if slope is None or slope <= 0:
        return None
    return max(most - points[-1][1], 0.0) / slope


def at_least(hits: int, of: int) -> float:
    """The share that so many hits prove, by Wilson: four of four hundred are no proof of one in a hundred."""
    if not of:
        return 0.0
    share, square = hits / of, SURE**2 / of
    return max(0.0, (share + square / 2 - SURE * sqrt(share * (1 - share) / of + square / of / 4)) / (1 + square))

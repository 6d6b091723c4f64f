"""Numbers as small pictures: the geometry of sparklines and meters, without any markup."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sparkline:
    """A line through a handful of values, fitted into a box of the given size."""

    points: str
    area: str
    last_x: float
    last_y: float
    width: int
    height: int


def sparkline_of(
    values: Sequence[float], *, width: int = 120, height: int = 32, high: float | None = None
) -> Sparkline:
    """Will fit the values into the box; a flat series runs through the middle, an empty one along the floor. With
    `high` the box is from nothing to there, whatever the values."""
    series = list(values) or [0.0, 0.0]
    if len(series) == 1:
        series = series * 2
    low, high = (min(series), max(series)) if high is None else (0.0, max(high, *series))
    pad = 3
    step = (width - 2 * pad) / (len(series) - 1)

    def at(index: int, value: float) -> tuple[float, float]:
        share = (value - low) / (high - low) if high > low else (0.5 if values else 0.0)
        return round(pad + index * step, 1), round(height - pad - share * (height - 2 * pad), 1)

    dots = [at(index, value) for index, value in enumerate(series)]
    points = " ".join(f"{x},{y}" for x, y in dots)
    area = f"{pad},{height} {points} {dots[-1][0]},{height}"
    return Sparkline(points, area, *dots[-1], width, height)


def share_of_hundred(value: float, whole: float) -> int:
    """Will return value as whole percent of whole, kept between 0 and 100; 0 of 0 is 0."""
    if whole <= 0:
        return 0
    return max(0, min(100, round(100 * value / whole)))

"""Proofs over time as a picture: one dot for each, a line through them, and the line that must not be crossed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT = 640, 150
LEFT, RIGHT, TOP, BOTTOM = 8, 8, 10, 10


@dataclass(frozen=True)
class Course:
    """Where each dot and line lies in a box of `width` by `height`; `bound_y` is nothing while all is far below it."""

    dots: list[tuple[float, float]]
    points: str
    bound_y: float | None
    top: float
    width: int = WIDTH
    height: int = HEIGHT


def course_of(values: Sequence[tuple[datetime, float]], *, bound: float) -> Course:
    """Will fit the values into the box, from nothing at its floor; the bound is drawn once they come near it."""
    highest = max((value for _, value in values), default=0.0)
    is_near = highest > bound / 3
    top = max(highest, bound if is_near else 0.0) * 1.1 or 1.0
    first, last = (values[0][0], values[-1][0]) if values else (None, None)
    span = (last - first).total_seconds() if first and last else 0.0

    def x(at: datetime) -> float:
        share = (at - first).total_seconds() / span if first and span else 0.5
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM), 1)

    dots = [(x(at), y(value)) for at, value in values]
    return Course(dots, " ".join(f"{a},{b}" for a, b in dots), y(bound) if is_near else None, top)

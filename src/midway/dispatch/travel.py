"""How long the drives of a day take, in steps of five minutes, and where that knowledge comes from."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from midway.core.routing.travel import EARTH_KM, DriveTimes, Point, travel_matrix
from midway.dispatch.models import DispatchSetting

STEP = 5
"""Minutes. People are told times on the five, and drives are no better known than that."""
WORKING_HOURS = range(8, 18)


@dataclass(frozen=True)
class Travel:
    """Minutes from each place to each, and in words how they were come by."""

    minutes: Any
    source: str


def drive_times(setting: DispatchSetting) -> DriveTimes:
    """The branch's own coefficients."""
    return DriveTimes(
        fixed_minutes=setting.fixed_minutes,
        minutes_per_km=setting.road_factor * 60 / setting.kilometres_per_hour,
        hour_factors={int(hour): float(factor) for hour, factor in setting.hour_factors.items()},
    )


def travel_between(points: Sequence[Point], setting: DispatchSetting) -> Travel:
    """Will give the minutes between all points by the straight line and the branch's own driving."""
    hours = WORKING_HOURS if setting.hour_factors else ()
    minutes = travel_matrix(points, drive_times(setting), hours=hours)
    return Travel(in_steps(minutes), f"straight line × {setting.road_factor:g} at {setting.kilometres_per_hour:g} km/h")


Drive = Callable[[Point, Point], int]
"""Minutes from one place to another."""


def straight_drives(setting: DispatchSetting) -> Drive:
    """The same drives one by one and without arrays, for pages that ask for a few: the web server stays light."""
    times = drive_times(setting)
    hours = WORKING_HOURS if setting.hour_factors else ()
    factor = sum(times.hour_factors.get(hour, 1.0) for hour in hours) / len(hours) if hours else 1.0
    known: dict[tuple[Point, Point], int] = {}

    def minutes(a: Point, b: Point) -> int:
        if (a, b) not in known:
            known[a, b] = int(next_step(times.minutes(_kilometres(a, b)) * factor))
        return known[a, b]

    return minutes


def _kilometres(a: Point, b: Point) -> float:
    """The great circle."""
    lat_a, lat_b = math.radians(a.latitude), math.radians(b.latitude)
    half = math.sin((lat_b - lat_a) / 2) ** 2
    half += math.cos(lat_a) * math.cos(lat_b) * math.sin(math.radians(b.longitude - a.longitude) / 2) ** 2
    return 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(half)))


def in_steps(minutes: Any) -> Any:
    """Will round up to whole steps; nothing stays nothing."""
    import numpy as np

    return np.ceil(np.asarray(minutes, dtype=float) / STEP - 1e-9) * STEP


def next_step(minutes: float) -> float:
    """The first time on the five that is not before."""
    return math.ceil(minutes / STEP - 1e-9) * STEP

"""How long the drives of a day take, in steps of five minutes, and where that knowledge comes from."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from midway.core.routing.travel import EARTH_KM, DriveTimes, Point, travel_matrix
from midway.dispatch.gateways.osrm import RouterAway
from midway.dispatch.models import DispatchSetting
from midway.dispatch.roads import Roads, minutes_known, road_minutes, roads_in_force

log = structlog.get_logger("midway.dispatch")

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


def travel_between(points: Sequence[Point], setting: DispatchSetting, roads: Roads | None = None) -> Travel:
    """Will give the minutes between all points: on roads where some are in force and answer, else by the
    straight line and the branch's own driving. Where it does not answer, the source says so."""
    hours = WORKING_HOURS if setting.hour_factors else ()
    straight = travel_matrix(points, drive_times(setting), hours=hours)
    source = f"straight line × {setting.road_factor:g} at {setting.kilometres_per_hour:g} km/h"
    roads = roads or roads_in_force()
    if roads is None or not points:
        return Travel(in_steps(straight), source)
    try:
        driven = road_minutes(points, roads)
    except RouterAway as problem:
        log.warning("dispatch.router.away", reason=str(problem))
        return Travel(in_steps(straight), f"{problem}, so {source}"[:200])
    import numpy as np

    on_road = (np.array(driven) + setting.fixed_minutes) * _hour_factor(setting)
    minutes = np.where(np.isfinite(on_road), on_road, straight)
    minutes[straight == 0] = 0.0
    return Travel(in_steps(minutes), _with_who_is_off(roads.words, straight, on_road))


def _with_who_is_off(words: str, straight: Any, on_road: Any) -> str:
    """The roads, and how many places no way leads to or from: there the straight line stands in."""
    import numpy as np

    elsewhere = straight != 0
    off = int(np.count_nonzero(elsewhere.any(axis=1) & ~(elsewhere & np.isfinite(on_road)).any(axis=1)))
    return f"{words}; straight line for {off} of {len(straight)} places, which lie off them"[:200] if off else words


def _hour_factor(setting: DispatchSetting) -> float:
    """The mean of the hours crews drive in."""
    if not setting.hour_factors:
        return 1.0
    factors = drive_times(setting).hour_factors
    return sum(factors.get(hour, 1.0) for hour in WORKING_HOURS) / len(WORKING_HOURS)


Drive = Callable[[Point, Point], int]
"""Minutes from one place to another."""


def straight_drives(setting: DispatchSetting) -> Drive:
    """The same drives one by one and without arrays, for pages that ask for a few: the web server stays light. Of
    roads it takes what is kept, and asks nobody."""
    times, factor = drive_times(setting), _hour_factor(setting)
    known: dict[tuple[Point, Point], int] = {}
    rows: dict[str, dict[str, float]] = {}
    roads = roads_in_force()

    def minutes(a: Point, b: Point) -> int:
        if (a, b) not in known:
            straight = times.minutes(_kilometres(a, b))
            road = minutes_known(a, b, rows, roads.key) if roads and straight else None
            is_road = road is not None and math.isfinite(road)
            known[a, b] = int(next_step((setting.fixed_minutes + road if is_road and road else straight) * factor))
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

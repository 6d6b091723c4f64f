"""How long it takes to get there, without a map: `a + b × straight line`, learnt for each branch from check-ins.

The start values (2.5 minutes to park and walk, roads 1.35 times the straight line, 30 km/h) hold until a branch has
enough samples. Hours of the day differ by a factor, learnt the same way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Array = Any
"""A numpy array. numpy is loaded where it is used: who plans nothing does without."""
EARTH_KM = 6371.0088
ENOUGH = 30
"""Samples from which a branch's own coefficients are used; the same for an hour's factor."""
FIXED_BOUNDS, PER_KM_BOUNDS, HOUR_BOUNDS = (0.0, 10.0), (0.8, 8.0), (0.6, 1.8)
"""What is believable: minutes, minutes a straight kilometre (75 to 7.5 km/h), factor of an hour."""


@dataclass(frozen=True)
class Point:
    """A place on the map, in degrees."""

    latitude: float
    longitude: float


@dataclass(frozen=True, kw_only=True)
class DriveTimes:
    """What a branch's drives take: `fixed_minutes + minutes_per_km × straight km`, times the factor of the hour."""

    fixed_minutes: float = 2.5
    minutes_per_km: float = 1.35 * 2
    hour_factors: Mapping[int, float] = field(default_factory=dict)
    samples: int = 0

    def minutes(self, kilometres: float, *, hour: int | None = None) -> float:
        """How long a drive takes; none at all where the place is the same."""
        if kilometres < 0.005:
            return 0.0
        factor = 1.0 if hour is None else self.hour_factors.get(hour, 1.0)
        return (self.fixed_minutes + self.minutes_per_km * kilometres) * factor


@dataclass(frozen=True)
class DriveSample:
    """A drive that happened: straight kilometres, the minutes from check-out to check-in, the hour it began."""

    kilometres: float
    minutes: float
    hour: int


def kilometres_between(a: Point, b: Point) -> float:
    """The great circle from point to point."""
    return float(_haversine(a.latitude, a.longitude, b.latitude, b.longitude))


def kilometre_matrix(points: Sequence[Point]) -> Array:
    """The great circles between all points."""
    import numpy as np

    latitude = np.array([p.latitude for p in points])
    longitude = np.array([p.longitude for p in points])
    return _haversine(latitude[:, None], longitude[:, None], latitude[None, :], longitude[None, :])


def travel_matrix(points: Sequence[Point], times: DriveTimes, *, hours: Sequence[int] = ()) -> Array:
    """Minutes between all points, as the mean over `hours` (the hours crews drive in); none: without hour factors."""
    import numpy as np

    kilometres = kilometre_matrix(points)
    factor = sum(times.hour_factors.get(hour, 1.0) for hour in hours) / len(hours) if hours else 1.0
    minutes = (times.fixed_minutes + times.minutes_per_km * kilometres) * factor
    return np.where(kilometres < 0.005, 0.0, minutes)


def learn_drive_times(samples: Sequence[DriveSample], *, before: DriveTimes | None = None) -> DriveTimes:
    """Will fit a branch's coefficients; with fewer than `ENOUGH` believable samples, `before` stays.

    Theil and Sen's line (the median of slopes), so that long stops on the way and forgotten check-ins do not count;
    hours with enough samples of their own get the median of what they took over the line.
    """
    import numpy as np

    before = before or DriveTimes()
    good = [s for s in samples if 0.1 <= s.kilometres <= 200 and 0 < s.minutes <= 240 and s.minutes < 60 * s.kilometres]
    if len(good) < ENOUGH:
        return before
    kilometres = np.array([s.kilometres for s in good])
    minutes = np.array([s.minutes for s in good])
    slope = _clipped(_median_slope(kilometres, minutes), PER_KM_BOUNDS)
    fixed = _clipped(float(np.median(minutes - slope * kilometres)), FIXED_BOUNDS)
    line = fixed + slope * kilometres
    factors = {}
    for hour in sorted({s.hour for s in good}):
        ratios = [m / t for s, m, t in zip(good, minutes, line, strict=True) if s.hour == hour]
        if len(ratios) >= ENOUGH:
            factors[hour] = round(_clipped(float(np.median(ratios)), HOUR_BOUNDS), 3)
    return DriveTimes(fixed_minutes=fixed, minutes_per_km=slope, hour_factors=factors, samples=len(good))


def _median_slope(x: Array, y: Array) -> float:
    """Pairs far apart only: near ones say more of the noise than of the road."""
    import numpy as np

    order = np.argsort(x, kind="stable")
    x, y = x[order], y[order]
    half = len(x) // 2
    step = max(1, half // 200)
    run = x[None, half::step] - x[:half:step, None]
    rise = y[None, half::step] - y[:half:step, None]
    apart = run > 0.5
    return float(np.median(rise[apart] / run[apart])) if apart.any() else DriveTimes().minutes_per_km


def _clipped(value: float, bounds: tuple[float, float]) -> float:
    return min(max(value, bounds[0]), bounds[1])


def _haversine(lat_a: Any, lon_a: Any, lat_b: Any, lon_b: Any) -> Any:
    import numpy as np

    lat_a, lon_a, lat_b, lon_b = (np.radians(each) for each in (lat_a, lon_a, lat_b, lon_b))
    half = np.sin((lat_b - lat_a) / 2) ** 2 + np.cos(lat_a) * np.cos(lat_b) * np.sin((lon_b - lon_a) / 2) ** 2
    return 2 * EARTH_KM * np.arcsin(np.minimum(1.0, np.sqrt(half)))

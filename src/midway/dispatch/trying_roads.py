"""A test drive on built roads: how many of a branch's homes lie on them, and what asking for all of them takes."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from midway.booking.models import Visit
from midway.core.routing.travel import Point, travel_matrix
from midway.crew.models import Branch
from midway.dispatch.gateways.osrm import Router, RouterAway
from midway.dispatch.places import Places
from midway.dispatch.setting import setting_of
from midway.dispatch.travel import drive_times
from midway.runtime.clock import stopwatch

LOOK_AHEAD = timedelta(days=14)
MOST_HOMES = 60


@dataclass(frozen=True)
class Trial:
    """What one branch's drives came to. Minutes are to the farthest home reached, there and back."""

    branch: str
    homes: int
    reached: int
    seconds: float
    there: float = math.nan
    back: float = math.nan
    straight: float = math.nan
    problem: str = ""

    @property
    def is_fine(self) -> bool:
        """Whether any home was reached, or there was none to reach."""
        return not self.problem and (self.reached > 0 or not self.homes)

    @property
    def words(self) -> str:
        """In one line."""
        if not self.homes:
            return f"{self.branch}: no visits in the next {LOOK_AHEAD.days} days, nothing to try"
        if not self.is_fine:
            return (
                f"{self.branch}: none of {self.homes} homes was reached"
                f" ({self.problem or 'no way leads there'}). Is it the map of another region?"
            )
        return (
            f"{self.branch}: {self.reached} of {self.homes} homes reached, all drives between them in"
            f" {self.seconds:.1f} s; to the farthest {self.there:.0f} min, back {self.back:.0f} min"
            f" (by the straight line {self.straight:.0f} min)"
        )


def try_roads(router: Router, *, now: datetime) -> Iterator[Trial]:
    """Will ask for the drives of each branch's next homes; nothing of it is kept."""
    for branch in Branch.objects.order_by("id"):
        yield _try(branch, router, now=now)


def _try(branch: Branch, router: Router, *, now: datetime) -> Trial:
    points = [Point(branch.latitude, branch.longitude), *_homes(branch, now=now)]
    homes, taken = len(points) - 1, stopwatch()
    if not homes:
        return Trial(branch.name, 0, 0, 0.0)
    try:
        minutes = router.table(points, points)
    except RouterAway as problem:
        return Trial(branch.name, homes, 0, taken(), problem=str(problem))
    reached = [n for n in range(1, len(points)) if math.isfinite(minutes[0][n]) and math.isfinite(minutes[n][0])]
    if not reached:
        return Trial(branch.name, homes, 0, taken())
    far = max(reached, key=lambda n: minutes[0][n])
    straight = travel_matrix([points[0], points[far]], drive_times(setting_of(branch)))
    return Trial(
        branch.name, homes, len(reached), taken(), minutes[0][far], minutes[far][0], float(straight[0][1])
    )  # fmt: skip


def _homes(branch: Branch, *, now: datetime) -> list[Point]:
    places = Places(branch)
    visits = Visit.objects.kept().filter(branch=branch).between(now, now + LOOK_AHEAD).select_related("premises")
    found = dict.fromkeys(places.of_home(visit.premises) for visit in visits.order_by("during", "pk"))
    found.pop(places.branch, None)
    return list(found)[:MOST_HOMES]

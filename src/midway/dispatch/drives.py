"""The drives that happened: from one home to the next, as cleaners tapped when they were done and when they came."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from midway.booking.models import Assignment
from midway.core.routing.travel import DriveSample, kilometres_between
from midway.crew.models import Branch
from midway.dispatch.places import Places

NO_PAUSE_BETWEEN = timedelta(minutes=75)
"""Between the end that was promised and the next start. Where it is longer, somebody had lunch or went home."""


def drives_since(branch: Branch, since: datetime) -> list[DriveSample]:
    """What each cleaner drove from visit to visit, where both were tapped and no pause was planned between."""
    tapped = (
        Assignment.objects.filter(
            active=True,
            visit__branch=branch,
            visit__actual_time__started_at__gte=since,
            visit__actual_time__finished_at__isnull=False,
        )
        .select_related("visit__premises", "visit__actual_time")
        .order_by("cleaner", "visit__actual_time__started_at")
    )
    return list(_samples(tapped.iterator(chunk_size=2000), Places(branch), branch.zoneinfo))


def _samples(tapped: Iterator[Assignment], places: Places, zone: ZoneInfo) -> Iterator[DriveSample]:
    for one, following in pairwise(tapped):
        left, came = one.visit.actual_time.finished_at, following.visit.actual_time.started_at
        if one.cleaner_id != following.cleaner_id or left is None or came is None:
            continue
        if came <= left or following.visit.during.lower - one.visit.during.upper > NO_PAUSE_BETWEEN:
            continue
        kilometres = kilometres_between(places.of_home(one.visit.premises), places.of_home(following.visit.premises))
        yield DriveSample(kilometres, (came - left) / timedelta(minutes=1), left.astimezone(zone).hour)

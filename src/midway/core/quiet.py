"""When a message may arrive: the hours in which somebody does not want to hear from us."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from midway.core.timespan import local_instant


@dataclass(frozen=True)
class Quiet:
    """Hours of rest by the wall clock, [starts, ends); past midnight when it ends earlier than it starts.

    The same time twice means no rest at all.
    """

    starts: time
    ends: time

    def covers(self, clock: time) -> bool:
        """Whether a clock time lies in the rest."""
        if self.starts <= self.ends:
            return self.starts <= clock < self.ends
        return clock >= self.starts or clock < self.ends


def earliest_delivery(moment: datetime, *, quiet: Quiet | None, zone: ZoneInfo) -> datetime:
    """Will give the moment itself, or the end of the rest it falls into, as the person's clock shows it.

    Where clocks go back, a rest that ends in the hour that comes twice ends with its second coming; where they go
    forward over its end, it ends as much later.
    """
    if quiet is None:
        return moment
    local = moment.astimezone(zone)
    if not quiet.covers(local.time()):
        return moment
    ends_tomorrow = quiet.starts > quiet.ends and local.time() >= quiet.starts
    day = local.date() + timedelta(days=ends_tomorrow)
    return max(moment, local_instant(day, quiet.ends, zone))

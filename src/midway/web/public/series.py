"""The visits a recurring quote would bring: which dates fit, and which need a word with the customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from midway.booking.models import Quote
from midway.booking.plan_queries import check_plan, terms_of_quote

SHOWN = 4
"""How many of the coming dates are spelled out."""


@dataclass(frozen=True)
class Series:
    """A year of visits in a few words."""

    dates: Sequence[datetime]
    fitting: int
    taking_place: int
    to_decide: Sequence[datetime]

    @property
    def open_dates(self) -> int:
        """How many dates have nobody yet."""
        return len(self.to_decide)


def series_of(quote: Quote, *, start: datetime, now: datetime) -> Series | None:
    """Will look at a whole year of the quote's visits from `start`; nothing for a single clean."""
    if quote.frequency == "once":
        return None
    check = check_plan(terms=terms_of_quote(quote, start=start), now=now, quote=quote)
    zone = quote.branch.zoneinfo
    return Series(
        dates=[week.start.astimezone(zone) for week in check.weeks if week.start][:SHOWN],
        fitting=check.fitting,
        taking_place=check.taking_place,
        to_decide=[week.start.astimezone(zone) for week in check.to_decide if week.start],
    )

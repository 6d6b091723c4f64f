"""The visits a recurring quote would bring: which dates fit, and which need a word with the customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from midway.booking.actions import start_plan
from midway.booking.actions.book_visit import BookingOrder, book_visit
from midway.booking.actions.start_plan import PlanOrder
from midway.booking.models import Quote
from midway.booking.plan_queries import check_plan, terms_of_quote
from midway.core.actor import Actor

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


def book_as_quoted(order: BookingOrder, *, by: Actor, now: datetime) -> UUID:
    """Will book the quote's single clean, or the plan that begins with it, and give the first visit's code.

    Raises as `book_visit` and `start_plan`.
    """
    if order.quote.frequency == "once":
        return book_visit(order=order, by=by, now=now).visit
    return start_plan(order=PlanOrder(order), by=by, now=now).booked.visit

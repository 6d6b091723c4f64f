"""Whether a time can be asked for at all: the rules that hold before anybody looks at the calendar."""

from datetime import datetime, timedelta

from midway.booking.models import Quote
from midway.booking.queries import NotServed, branch_serving, tidy_postcode
from midway.core.actor import Actor, ActorKind


class QuoteExpired(Exception):
    """This price has expired. Ask for a new one; it takes a moment."""


class QuoteAlreadyBooked(Exception):
    """This quote has already been booked. Ask for a new one to book again."""


class TimeNotOffered(Exception):
    """We do not start at this time. Choose one of the times that are offered."""


def check_offered(*, quote: Quote, start: datetime, now: datetime, by: Actor | None = None) -> None:
    """Will refuse an expired quote and a start off the grid, too soon or too far ahead.

    The office, on the telephone, is bound by the clock but not by the branch's notice.

    Raises `QuoteExpired` or `TimeNotOffered`.
    """
    branch = quote.branch
    if quote.expires_at <= now:
        raise QuoteExpired(QuoteExpired.__doc__)
    if not is_on_grid(start.astimezone(branch.zoneinfo), grid_minutes=branch.start_grid_minutes):
        raise TimeNotOffered(
            f"Visits start every {branch.start_grid_minutes} minutes. Choose one of the times that are offered."
        )
    notice = 0 if by is not None and by.kind is ActorKind.USER else branch.notice_minutes
    if start < now + timedelta(minutes=notice):
        raise TimeNotOffered("This is too soon for us. Choose a later time, or call us.")
    if start > now + timedelta(days=branch.horizon_days):
        raise TimeNotOffered(f"We plan {branch.horizon_days} days ahead. Choose an earlier time.")


def check_address(*, quote: Quote, postcode: str) -> None:
    """Will refuse an address where another branch, or none, cleans. Raises `booking.queries.NotServed`."""
    if tidy_postcode(postcode) != quote.postcode and branch_serving(postcode) != quote.branch:
        raise NotServed(NotServed.__doc__)


def is_on_grid(local: datetime, *, grid_minutes: int) -> bool:
    """Will say whether a start lies on the wall-clock grid."""
    return not (local.second or local.microsecond) and (local.hour * 60 + local.minute) % grid_minutes == 0

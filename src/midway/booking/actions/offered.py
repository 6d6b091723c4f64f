"""Whether a time can be asked for at all: the rules that hold before anybody looks at the calendar."""

from datetime import datetime, timedelta

from midway.booking.models import Quote


class QuoteExpired(Exception):
    """This price has expired. Ask for a new one; it takes a moment."""


class QuoteAlreadyBooked(Exception):
    """This quote has already been booked. Ask for a new one to book again."""


class TimeNotOffered(Exception):
    """We do not start at this time. Choose one of the times that are offered."""


def check_offered(*, quote: Quote, start: datetime, now: datetime) -> None:
    """Will refuse an expired quote and a start off the grid, too soon or too far ahead.

    Raises `QuoteExpired` or `TimeNotOffered`.
    """
    branch = quote.branch
    if quote.expires_at <= now:
        raise QuoteExpired(QuoteExpired.__doc__)
    if not is_on_grid(start.astimezone(branch.zoneinfo), grid_minutes=branch.start_grid_minutes):
        raise TimeNotOffered(
            f"Visits start every {branch.start_grid_minutes} minutes. Choose one of the times that are offered."
        )
    if start < now + timedelta(minutes=branch.notice_minutes):
        raise TimeNotOffered("This is too soon for us. Choose a later time, or call us.")
    if start > now + timedelta(days=branch.horizon_days):
        raise TimeNotOffered(f"We plan {branch.horizon_days} days ahead. Choose an earlier time.")


def is_on_grid(local: datetime, *, grid_minutes: int) -> bool:
    """Will say whether a start lies on the wall-clock grid."""
    return not (local.second or local.microsecond) and (local.hour * 60 + local.minute) % grid_minutes == 0

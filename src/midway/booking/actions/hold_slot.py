"""Keep a slot for a customer while they type."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from psycopg.types.range import TimestamptzRange as DateTimeTZRange

from midway.booking.actions.offered import check_offered
from midway.booking.green_prices import green_facts
from midway.booking.models import Hold, Quote
from midway.booking.queries import offer_of_quote
from midway.core.timespan import Span
from midway.crew import calendar
from midway.crew.models import Commitment
from midway.runtime.database import one_transaction


@one_transaction
def hold_slot(
    *, quote: Quote, start: datetime, now: datetime, keep_for: timedelta | None = None, green_percent: int = 0
) -> Hold:
    """Will hold the quote's time from `start`, for the branch's hold minutes or `keep_for`; an earlier hold goes.

    With `green_percent`, the quote keeps the price that was shown for that green time.

    Raises `TimeNotOffered`, `QuoteExpired`, or `crew.calendar.SlotTaken`.
    """
    offer = offer_of_quote(quote)
    check_offered(quote=quote, start=start, now=now)
    # The quote's row keeps two tabs of one customer from holding twice.
    Quote.objects.select_for_update(no_key=True).get(pk=quote.pk)
    release_open_hold(quote)
    code, expires_at = uuid4(), now + (keep_for or timedelta(minutes=offer.branch.hold_minutes))
    calendar.take(
        calendar.Wanted(
            branch_id=offer.branch.pk,
            zone=offer.branch.zoneinfo,
            during=Span(start, start + quote.duration + offer.branch.pad),
            kind=Commitment.Kind.HOLD,
            reference=code,
            count=quote.team_size,
            skill_id=offer.service.skill_id,
            hold_expires_at=expires_at,
        ),
        now=now,
    )
    _keep_green(quote, green_facts(quote, start, green_percent) if green_percent else None)
    return Hold.objects.create(
        code=code,
        quote=quote,
        during=DateTimeTZRange(start, start + quote.duration),
        expires_at=expires_at,
        created_at=now,
    )


def _keep_green(quote: Quote, green: dict[str, Any] | None) -> None:
    if quote.green != green:
        quote.green = green
        quote.save(update_fields=["green"])


def release_open_hold(quote: Quote) -> None:
    """Will let go of the slot a quote holds, if it holds one; part of the caller's transaction."""
    for hold in Hold.objects.select_for_update().filter(quote=quote, state=Hold.State.OPEN):
        calendar.release(reference=hold.code)
        hold.state = Hold.State.RELEASED
        hold.save(update_fields=["state"])

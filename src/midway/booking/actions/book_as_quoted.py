"""Book whatever the quote was made for: a single clean, or the plan that begins with it."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from midway.booking.actions.book_visit import BookedVisit, BookingOrder, book_once, book_visit
from midway.booking.actions.redeem import redeem
from midway.booking.actions.start_plan import PlanOrder, StartedPlan, book_plan_once, start_plan
from midway.core.actor import Actor
from midway.core.recurrence import Change
from midway.runtime.database import one_transaction

NOTHING_DECIDED: Mapping[date, Change] = {}


def book_as_quoted(
    *, order: BookingOrder, by: Actor, now: datetime, decisions: Mapping[date, Change] = NOTHING_DECIDED
) -> BookedVisit | StartedPlan:
    """Will book the quote's visit, or start its plan with what was decided for single dates.

    Raises as `book_visit` and `start_plan`, and `CouponRefused`.
    """
    if _has_codes(order):
        return _book_with_codes(order=order, decisions=decisions, by=by, now=now)
    return _book(order, decisions, by=by, now=now)


@one_transaction
def _book_with_codes(
    *, order: BookingOrder, decisions: Mapping[date, Change], by: Actor, now: datetime
) -> BookedVisit | StartedPlan:
    booked = _book(order, decisions, by=by, now=now)
    redeem(order.quote, by=by, now=now)
    return booked


def _book(
    order: BookingOrder, decisions: Mapping[date, Change], *, by: Actor, now: datetime
) -> BookedVisit | StartedPlan:
    if order.quote.frequency == "once":
        return book_visit(order=order, by=by, now=now)
    return start_plan(order=PlanOrder(order, decisions=decisions), by=by, now=now)


def book_as_quoted_once(*, key: str, fingerprint: str, order: BookingOrder, by: Actor, now: datetime) -> dict[str, Any]:
    """Will do the same once, however often the same request is sent. Raises as `book_once` and `book_plan_once`."""
    if _has_codes(order):
        return _book_with_codes_once(key=key, fingerprint=fingerprint, order=order, by=by, now=now)
    return _book_once(key, fingerprint, order, by=by, now=now)


@one_transaction
def _book_with_codes_once(
    *, key: str, fingerprint: str, order: BookingOrder, by: Actor, now: datetime
) -> dict[str, Any]:
    answer = _book_once(key, fingerprint, order, by=by, now=now)
    redeem(order.quote, by=by, now=now)
    return answer


def _book_once(key: str, fingerprint: str, order: BookingOrder, *, by: Actor, now: datetime) -> dict[str, Any]:
    once = book_once if order.quote.frequency == "once" else book_plan_once
    return once(key=key, fingerprint=fingerprint, order=order, by=by, now=now)


def _has_codes(order: BookingOrder) -> bool:
    quote = order.quote
    return any(one is not None for one in (quote.coupon_id, quote.credit_id, quote.referrer_id))

"""What a quote's coupon and gift card do when it is booked; in the caller's transaction."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from midway.booking.actions.credits import spend_credit
from midway.booking.models import Booking, Coupon, CouponUse, Quote, Visit
from midway.core.actor import Actor
from midway.journal.actions import record


class CouponRefused(Exception):
    """This code is for new customers, or has just been used up. Ask for a price without it."""


def redeem(quote: Quote, *, by: Actor, now: datetime) -> None:
    """Will count the use of the quote's coupon and pay from its gift card, once. Raises `CouponRefused`."""
    booking = Booking.objects.get(quote=quote)
    visit = Visit.objects.filter(booking=booking).order_by("id")[0]
    if quote.coupon_id is not None and not CouponUse.objects.filter(booking=booking).exists():
        _use_coupon(quote, quote.coupon_id, booking, visit, by=by, now=now)
    if quote.credit is not None and not visit.credit_entries.exists():
        paid = spend_credit(quote.credit, visit.pk, at_most=visit.price_cents, by=by, now=now)
        record(event="booking.credit.spent", subject=visit.code, by=by, at=now, facts={"amount_cents": paid})


def _use_coupon(quote: Quote, coupon_id: int, booking: Booking, visit: Visit, *, by: Actor, now: datetime) -> None:
    try:
        with transaction.atomic():
            Coupon.objects.filter(pk=coupon_id).update(uses=F("uses") + 1)
    except IntegrityError as used_up:
        raise CouponRefused(CouponRefused.__doc__) from used_up
    coupon = Coupon.objects.get(pk=coupon_id)
    earlier = Booking.objects.filter(customer_id=booking.customer_id).exclude(pk=booking.pk)
    if coupon.is_for_new_customers and earlier.exists():
        raise CouponRefused(CouponRefused.__doc__)
    shown = quote.shown_price(visit.starts_at, is_first=True)
    lines = quote.lines if shown is None else shown["lines"]
    off = -sum(line["amount_cents"] for line in lines if line["label"].startswith("coupon:"))
    CouponUse.objects.create(coupon=coupon, booking=booking, amount_cents=off, at=now)
    facts = {"coupon": coupon.code, "amount_cents": off}
    record(event="booking.coupon.used", subject=visit.code, by=by, at=now, facts=facts)

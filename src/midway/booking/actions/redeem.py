"""What a quote's coupon, gift card and friend's code do when it is booked; in the caller's transaction."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from midway.booking.actions.credits import spend_credit
from midway.booking.codes import referral_terms
from midway.booking.models import Booking, Coupon, CouponUse, Credit, Quote, Referral, Visit
from midway.core.actor import Actor
from midway.customers.models import Customer
from midway.journal.actions import record


class CouponRefused(Exception):
    """This code is for new customers, or has just been used up. Ask for a price without it."""

    field = "coupon"


class GiftCardRefused(CouponRefused):
    """Less is left on this gift card than was shown. Ask for a price anew."""

    field = "gift_card"


class FriendRefused(CouponRefused):
    """A friend's code is for people who have not been with us yet. Ask for a price without it."""

    field = "friend"


def redeem(quote: Quote, *, by: Actor, now: datetime) -> None:
    """Will count the quote's coupon, pay from its gift card and keep who brought them, once.

    Raises `CouponRefused` or the kind of it that names the code.
    """
    booking = Booking.objects.get(quote=quote)
    visit = Visit.objects.filter(booking=booking).order_by("id")[0]
    if quote.coupon_id is not None and not CouponUse.objects.filter(booking=booking).exists():
        _use_coupon(quote, quote.coupon_id, booking, visit, by=by, now=now)
    if quote.credit is not None and not visit.credit_entries.exists():
        _pay(quote, quote.credit, visit, by=by, now=now)
    if quote.referrer is not None and not Referral.objects.filter(booking=booking).exists():
        _keep_who_brought(quote.referrer, booking, by=by, now=now)


def _use_coupon(quote: Quote, coupon_id: int, booking: Booking, visit: Visit, *, by: Actor, now: datetime) -> None:
    try:
        with transaction.atomic():
            Coupon.objects.filter(pk=coupon_id).update(uses=F("uses") + 1)
    except IntegrityError as used_up:
        raise CouponRefused(CouponRefused.__doc__) from used_up
    coupon = Coupon.objects.get(pk=coupon_id)
    if coupon.is_for_new_customers and _was_here_before(booking):
        raise CouponRefused(CouponRefused.__doc__)
    shown = quote.shown_price(visit.starts_at, is_first=True)
    lines = quote.lines if shown is None else shown["lines"]
    off = -sum(line["amount_cents"] for line in lines if line["label"].startswith("coupon:"))
    only = booking.customer_id if coupon.is_once_per_customer else None
    try:
        with transaction.atomic():
            CouponUse.objects.create(coupon=coupon, booking=booking, amount_cents=off, only_customer_id=only, at=now)
    except IntegrityError as used_before:
        raise CouponRefused(CouponRefused.__doc__) from used_before
    facts = {"coupon": coupon.code, "amount_cents": off}
    record(event="booking.coupon.used", subject=visit.code, by=by, at=now, facts=facts)


def _pay(quote: Quote, card: Credit, visit: Visit, *, by: Actor, now: datetime) -> None:
    paid = spend_credit(card, visit.pk, at_most=visit.price_cents, by=by, now=now)
    if paid < min(quote.credit_cents or 0, visit.price_cents):
        raise GiftCardRefused(GiftCardRefused.__doc__)
    record(event="booking.credit.spent", subject=visit.code, by=by, at=now, facts={"amount_cents": paid})


def _keep_who_brought(referrer: Customer, booking: Booking, *, by: Actor, now: datetime) -> None:
    terms = referral_terms(booking.branch)
    if terms is None:
        return
    if referrer.pk == booking.customer_id or _was_here_before(booking):
        raise FriendRefused(FriendRefused.__doc__)
    try:
        with transaction.atomic():
            Referral.objects.create(
                referrer=referrer, newcomer_id=booking.customer_id, terms=terms, booking=booking, at=now
            )
    except IntegrityError as brought_before:
        raise FriendRefused(FriendRefused.__doc__) from brought_before
    facts = {"newcomer": booking.customer_id}
    record(event="booking.referral.kept", subject=referrer.code, by=by, at=now, facts=facts)


def _was_here_before(booking: Booking) -> bool:
    return Booking.objects.filter(customer_id=booking.customer_id).exclude(pk=booking.pk).exists()

"""Coupons made and ended by the office. What each has cost stands with its uses."""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID, uuid5

from django.db import IntegrityError, transaction

from midway.booking.actions.charges import ReasonMissing
from midway.booking.codes import tidy_code
from midway.booking.models import Coupon
from midway.core.actor import Actor
from midway.crew.models import Branch
from midway.journal.actions import record
from midway.runtime.database import one_transaction

_COUPONS = UUID("5b0c1a52-6f0e-4a57-9e0a-0d8f6c6c1d10")


class CouponExists(ValueError):
    """There is a coupon with this code already. Choose another code."""


class CouponOver(Exception):
    """This coupon has ended already."""


@dataclass(frozen=True)
class NewCoupon:
    """What a coupon takes off, a percentage or an amount; from when, until when, how often and for whom."""

    code: str
    valid_from: date
    percent: int = 0
    amount_cents: int = 0
    valid_to: date | None = None
    most_uses: int | None = None
    is_for_new_customers: bool = False
    is_once_per_customer: bool = False
    reason: str = ""


@one_transaction
def make_coupon(*, branch: Branch, wanted: NewCoupon, by: Actor, now: datetime) -> Coupon:
    """Will make a coupon that counts from its first day on. Raises `CouponExists` or `ReasonMissing`."""
    if not wanted.reason.strip():
        raise ReasonMissing(ReasonMissing.__doc__)
    fields = asdict(wanted) | {"code": tidy_code(wanted.code), "reason": wanted.reason.strip()}
    try:
        with transaction.atomic():
            coupon = Coupon.objects.create(branch=branch, **fields, by_label=by.label, created_at=now)
    except IntegrityError as refused:
        if "one_coupon_per_code" in str(refused):
            raise CouponExists(CouponExists.__doc__) from refused
        raise
    record(event="booking.coupon.made", subject=coupon_subject(coupon), by=by, at=now, facts=_facts(coupon))
    return coupon


@one_transaction
def end_coupon(*, coupon: Coupon, reason: str, by: Actor, now: datetime) -> Coupon:
    """Will let a coupon count no longer for new quotes; a price already given with it is honoured.

    Raises `CouponOver` or `ReasonMissing`.
    """
    if not reason.strip():
        raise ReasonMissing(ReasonMissing.__doc__)
    found = Coupon.objects.select_for_update(no_key=True).get(pk=coupon.pk)
    if not found.active:
        raise CouponOver(CouponOver.__doc__)
    found.active, found.ended_at = False, now
    found.save(update_fields=["active", "ended_at"])
    facts = {"coupon": found.code, "uses": found.uses, "reason": reason.strip()}
    record(event="booking.coupon.ended", subject=coupon_subject(found), by=by, at=now, facts=facts)
    return found


def coupon_subject(coupon: Coupon) -> UUID:
    """The code under which a coupon's history stands in the journal."""
    return uuid5(_COUPONS, str(coupon.pk))


def _facts(coupon: Coupon) -> dict[str, object]:
    return {
        "coupon": coupon.code, "percent": coupon.percent, "amount_cents": coupon.amount_cents,
        "from": coupon.valid_from, "to": coupon.valid_to, "most_uses": coupon.most_uses, "reason": coupon.reason,
    }  # fmt: skip

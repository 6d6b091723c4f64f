"""Codes as people type them: the coupon, gift card or friend behind one, or why it does not count."""

from datetime import date, datetime

from django.utils.translation import gettext_noop

from midway.booking.models import Coupon, Credit, ReferralTerms
from midway.core.pricing import CouponTerms, PriceError
from midway.crew.models import Branch
from midway.customers.models import Customer

UNKNOWN_COUPON = gettext_noop("We do not know this code. Check it, or go on without.")
COUPON_TO_COME = gettext_noop("This code does not count yet. Go on without it, or come back on its first day.")
COUPON_ENDED = gettext_noop("This code has run out. Go on without it.")
COUPON_USED_UP = gettext_noop("This code has been used up. Go on without it.")
UNKNOWN_CARD = gettext_noop("We do not know this gift card. Check its code, or go on without.")
CARD_ENDED = gettext_noop("This gift card has run out. Please call us.")
CARD_EMPTY = gettext_noop("Nothing is left on this gift card. Go on without it.")
CARD_TAKEN = gettext_noop("This gift card is kept with a customer's credit. Sign in as its owner to use it.")
UNKNOWN_FRIEND = gettext_noop("We do not know this friend's code. Check it, or go on without.")
OWN_CODE = gettext_noop("This is your own code. Give it to somebody who has not been with us yet.")

CODE_FIELDS = ("coupon", "gift_card", "friend")
"""Where codes are typed; a refusal of one names its field."""


def tidy_code(text: str) -> str:
    """Will bring a code to the form it is kept in, however it was typed."""
    return "".join(text.split()).upper()


def coupon_named(code: str, *, branch: Branch, now: datetime) -> Coupon | None:
    """The coupon with this code; nothing for no code. Raises `core.pricing.PriceError` for one that does not count."""
    if not tidy_code(code):
        return None
    found = Coupon.objects.filter(branch=branch, code=tidy_code(code)).first()
    if found is None:
        raise PriceError("coupon", UNKNOWN_COUPON)
    why = why_not(found, on=_today(branch, now))
    if why:
        raise PriceError("coupon", why)
    return found


def why_not(coupon: Coupon, *, on: date) -> str:
    """Why a coupon does not count on a day; nothing where it does."""
    if not coupon.active or (coupon.valid_to is not None and on > coupon.valid_to):
        return COUPON_ENDED
    if on < coupon.valid_from:
        return COUPON_TO_COME
    if coupon.most_uses is not None and coupon.uses >= coupon.most_uses:
        return COUPON_USED_UP
    return ""


def terms_of_coupon(coupon: Coupon) -> CouponTerms:
    """What a coupon takes off."""
    return CouponTerms(coupon.code, coupon.percent, coupon.amount_cents)


def gift_card_named(code: str, *, branch: Branch, now: datetime, customer: Customer | None = None) -> Credit | None:
    """The gift card with this code and something on it; nothing for no code. Raises as `coupon_named`.

    One that was added to a customer's credit is theirs alone.
    """
    if not tidy_code(code):
        return None
    found = Credit.objects.filter(code=tidy_code(code), kind=Credit.Kind.GIFT_CARD, branch=branch).first()
    if found is None:
        raise PriceError("gift_card", UNKNOWN_CARD)
    if found.customer_id is not None and (customer is None or customer.pk != found.customer_id):
        raise PriceError("gift_card", CARD_TAKEN)
    if found.valid_to is not None and _today(branch, now) > found.valid_to:
        raise PriceError("gift_card", CARD_ENDED)
    if not found.balance_cents:
        raise PriceError("gift_card", CARD_EMPTY)
    return found


def friend_with(code: str, *, branch: Branch, customer: Customer | None = None) -> Customer | None:
    """The customer whose code this is, where bringing somebody is rewarded; nothing for no code.

    Raises as `coupon_named`. Whether whoever books is new shows when they do.
    """
    if not tidy_code(code):
        return None
    terms = referral_terms(branch)
    found = Customer.objects.filter(referral_code=tidy_code(code), erased_at=None).first()
    if found is None or terms is None:
        raise PriceError("friend", UNKNOWN_FRIEND)
    if customer is not None and customer.pk == found.pk:
        raise PriceError("friend", OWN_CODE)
    return found


def referral_terms(branch: Branch) -> ReferralTerms | None:
    """What is given for bringing somebody, while anything is."""
    newest = ReferralTerms.objects.filter(branch=branch).order_by("-id").first()
    return newest if newest is not None and newest.is_on else None


def _today(branch: Branch, now: datetime) -> date:
    return now.astimezone(branch.zoneinfo).date()

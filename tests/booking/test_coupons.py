"""Coupons made and ended by the office, once for each customer where that was said."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction
from tests.booking.deeds import events_of
from tests.booking.test_redeem import booked, quoted
from tests.cast import NOW, TODAY, Cast, by_user, make_cast

from midway.booking.actions import CouponRefused, ReasonMissing
from midway.booking.actions.coupons import (
    CouponExists,
    CouponOver,
    NewCoupon,
    coupon_subject,
    end_coupon,
    make_coupon,
)
from midway.booking.actions.go_on_without_code import go_on_without_code
from midway.booking.code_lists import coupon_rows
from midway.booking.codes import COUPON_ENDED, COUPON_TO_COME, COUPON_USED_UP, UNKNOWN_COUPON
from midway.booking.models import Coupon, CouponUse, Visit
from midway.core.pricing import PriceError
from midway.customers.actions import Contact

pytestmark = pytest.mark.django_db
SPRING = NewCoupon("spring 26", TODAY, percent=10, most_uses=2, reason="For the fair")


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def made(cast: Cast, **fields: object) -> Coupon:
    return make_coupon(branch=cast.branch, wanted=replace(SPRING, **fields), by=by_user(cast.olga), now=NOW)  # type: ignore[arg-type]


def test_made_it_counts_however_it_is_typed_and_says_who_and_why(cast: Cast) -> None:
    coupon = made(cast)
    assert (coupon.code, coupon.by_label, coupon.reason) == ("SPRING26", "Olga", "For the fair")
    assert quoted(cast, coupon=" Spring26 ").total_cents == 10_350
    assert events_of(coupon_subject(coupon)) == ["booking.coupon.made"]


def test_a_code_is_made_once_and_with_a_reason(cast: Cast) -> None:
    made(cast)
    with pytest.raises(CouponExists):
        made(cast)
    with pytest.raises(ReasonMissing):
        made(cast, code="OTHER", reason=" ")
    assert Coupon.objects.count() == 1


def test_ended_it_counts_no_longer_but_a_price_already_seen_is_honoured(cast: Cast) -> None:
    coupon = made(cast)
    seen = quoted(cast, coupon="SPRING26")
    end_coupon(coupon=coupon, reason="The fair is over", by=by_user(cast.olga), now=NOW)
    with pytest.raises(PriceError, match=COUPON_ENDED):
        quoted(cast, coupon="SPRING26")
    assert booked(seen).price_cents == 10_350
    with pytest.raises(CouponOver):
        end_coupon(coupon=coupon, reason="Again", by=by_user(cast.olga), now=NOW)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"code": "OTHER"}, UNKNOWN_COUPON),
        ({"valid_from": TODAY + timedelta(days=1)}, COUPON_TO_COME),
        ({"valid_from": TODAY - timedelta(days=9), "valid_to": TODAY - timedelta(days=1)}, COUPON_ENDED),
    ],
)
def test_what_is_wrong_with_a_code_is_said(cast: Cast, fields: dict[str, object], why: str) -> None:
    made(cast, **fields)
    with pytest.raises(PriceError, match=why):
        quoted(cast, coupon="SPRING26")


def test_used_up_is_said_and_its_cost_is_known(cast: Cast) -> None:
    made(cast, most_uses=1)
    booked(quoted(cast, coupon="SPRING26"))
    with pytest.raises(PriceError, match=COUPON_USED_UP):
        quoted(cast, coupon="SPRING26")
    [row] = coupon_rows(cast.branch, on=TODAY)
    assert (row.left, row.cost_cents, row.problem) == (0, 1150, COUPON_USED_UP)


def test_once_for_each_customer_is_a_constraint(cast: Cast) -> None:
    made(cast, is_once_per_customer=True, most_uses=None)
    booked(quoted(cast, coupon="SPRING26"))
    again = quoted(cast, coupon="SPRING26")
    with pytest.raises(CouponRefused), transaction.atomic():
        booked(again)
    assert booked(again, contact=Contact("Zoe", "zoe@example.com", "410-555-0199")).price_cents == 10_350
    assert (Coupon.objects.get().uses, CouponUse.objects.count(), Visit.objects.count()) == (2, 2, 2)


def test_refused_at_the_last_moment_the_same_clean_goes_on_without_it(cast: Cast) -> None:
    made(cast, most_uses=1)
    one, other = quoted(cast, coupon="SPRING26"), quoted(cast, coupon="SPRING26")
    booked(one)
    again = go_on_without_code(quote=other, now=NOW)
    assert (again.coupon, again.total_cents) == (None, 11_500)

"""Many at once want the last use of a code, or the same gift card: the constraint gives it once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection
from tests.cast import NOW, TODAY, Cast, at, by_user, make_cast, make_customer
from tests.races.crowd import Outcome, all_at_once, errors_other_than
from tests.races.test_one_slot_many_buyers import order

from midway.booking.actions import CouponRefused, Wishes, book_as_quoted, quote_home
from midway.booking.actions.claim_gift_card import claim_gift_card
from midway.booking.actions.coupons import NewCoupon, make_coupon
from midway.booking.actions.credits import NewCredit, issue_credit
from midway.booking.actions.spend_credits import spend_credits
from midway.booking.models import Coupon, CouponUse, Credit, CreditEntry, Quote, Visit
from midway.booking.queries import Offer
from midway.core.actor import VISITOR
from midway.core.pricing import Home, PriceError
from midway.customers.models import Customer

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def buy_all(cast: Cast, number: int) -> list[Outcome]:
    """So many new customers book at times at which somebody is free for each, all with the code SPRING."""

    def quote() -> Quote:
        home, offer = Home("regular", bedrooms=2, bathrooms=1, square_feet=900), Offer(cast.branch, cast.regular)
        return quote_home(offer=offer, home=home, postcode="21201", now=NOW, wishes=Wishes(coupon="SPRING"))

    def book(item: tuple[int, Quote]) -> object:
        buyer, quoted = item
        start = at("09:00", on=TODAY + timedelta(days=1 + buyer))
        return book_as_quoted(order=order(quoted, start, buyer=buyer), by=VISITOR, now=NOW)

    return all_at_once(book, [(n, quote()) for n in range(number)])


def make_spring(cast: Cast) -> Coupon:
    wanted = NewCoupon("SPRING", TODAY, percent=10, most_uses=1, reason="Fair")
    return make_coupon(branch=cast.branch, wanted=wanted, by=by_user(cast.olga), now=NOW)


@contextmanager
def without_the_promise() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'coupon_used_at_most_so_often'"
        )
        (said,) = cursor.fetchone()
        cursor.execute("ALTER TABLE booking_coupon DROP CONSTRAINT coupon_used_at_most_so_often")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE booking_coupon SET uses = 0")
            cursor.execute(f"ALTER TABLE booking_coupon ADD CONSTRAINT coupon_used_at_most_so_often {said}")


def test_two_bookings_for_the_last_use_and_one_wins() -> None:
    cast = make_cast()
    make_spring(cast)
    outcomes = buy_all(cast, 4)
    assert errors_other_than(outcomes, CouponRefused) == []
    assert sum(o.error is None for o in outcomes) == Visit.objects.count() == CouponUse.objects.count() == 1
    assert Coupon.objects.get().uses == 1


def test_without_the_constraint_the_last_use_is_had_by_everybody() -> None:
    cast = make_cast()
    make_spring(cast)
    with without_the_promise():
        outcomes = buy_all(cast, 4)
        assert sum(o.error is None for o in outcomes) > 1
        assert Coupon.objects.get().uses > 1


def test_a_gift_card_is_added_to_one_customers_credit() -> None:
    cast = make_cast()
    given = NewCredit(Credit.Kind.GIFT_CARD, 5000, "Sold")
    card = issue_credit(branch=cast.branch, given=given, by=by_user(cast.olga), now=NOW)
    people = [make_customer(name=f"P{n}") for n in range(6)]

    def claim(who: Customer) -> object:
        return claim_gift_card(code=card.code, branch=cast.branch, customer=who, by=VISITOR, now=NOW)

    outcomes = all_at_once(claim, people)
    assert errors_other_than(outcomes, PriceError) == []
    assert sum(o.error is None for o in outcomes) == 1


def test_credit_spent_by_many_workers_at_once_is_spent_once() -> None:
    from tests.booking.deeds import visit_at

    cast = make_cast()
    given = NewCredit(Credit.Kind.GOODWILL, 15_000, "Sorry", customer=cast.dora)
    issue_credit(branch=cast.branch, given=given, by=by_user(cast.olga), now=NOW)
    for n in range(3):
        visit_at(cast, at("09:00", on=TODAY + timedelta(days=1 + n)), cast.ana, state="done")
    outcomes = all_at_once(lambda _: spend_credits(now=NOW + timedelta(days=9)), range(6))
    assert errors_other_than(outcomes) == []
    spent = [e.amount_cents for e in CreditEntry.objects.filter(amount_cents__lt=0)]
    assert -sum(spent) == 15_000
    assert sum(int(o.result) for o in outcomes) == 15_000  # type: ignore[call-overload]
    per_visit = {v.pk: -sum(v.credit_entries.values_list("amount_cents", flat=True)) for v in Visit.objects.all()}
    assert sorted(per_visit.values()) == [0, 5000, 10_000]

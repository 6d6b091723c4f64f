"""Laws of paying: prices with coupons, gift cards and credit in any mixture add up, and no cent is spent twice."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from tests.core.test_pricing import all_rates, circumstances, homes, priced

from midway.core.payment import Purse, in_order_of_use, shares_of
from midway.core.pricing import Circumstances, Home, Rates

days = st.none() | st.dates(date(2026, 1, 1), date(2027, 12, 31))
purses = st.lists(
    st.builds(Purse, st.integers(1, 9), st.integers(0, 60_000), days), max_size=5, unique_by=lambda p: p.pk
)


@given(homes, all_rates, circumstances, purses)
def test_price_and_payments_sum_to_what_is_left_and_never_below_nothing(
    home: Home, rates: Rates, circumstances: Circumstances, held: Sequence[Purse]
) -> None:
    price = priced(home, rates, circumstances)
    shares = shares_of(price.total_cents, in_order_of_use(held))
    lines = [line.amount_cents for line in price.lines] + [-share.amount_cents for share in shares]
    left = sum(lines)
    assert left == price.total_cents - sum(share.amount_cents for share in shares)
    assert price.total_cents >= left >= 0
    assert left == max(0, price.total_cents - sum(purse.balance_cents for purse in held))


@given(purses, st.lists(st.integers(0, 40_000), max_size=8))
def test_over_many_charges_no_purse_pays_more_than_was_in_it(held: Sequence[Purse], charges: Sequence[int]) -> None:
    balances = {purse: purse.balance_cents for purse in held}
    paid = 0
    for due in charges:
        now_held = [Purse(p.pk, balances[p], p.valid_to) for p in held]
        by_pk = {purse.pk: purse for purse in held}
        for share in shares_of(due, in_order_of_use(now_held)):
            assert share.amount_cents > 0
            balances[by_pk[share.purse.pk]] -= share.amount_cents
            paid += share.amount_cents
    assert all(left >= 0 for left in balances.values())
    assert paid == sum(purse.balance_cents - balances[purse] for purse in held)
    assert paid == min(sum(charges), sum(purse.balance_cents for purse in held))


@given(purses)
def test_what_ends_first_is_used_first_and_what_never_ends_last(held: Sequence[Purse]) -> None:
    ordered = in_order_of_use(held)
    ends = [purse.valid_to or date.max for purse in ordered]
    assert sorted(ordered, key=lambda p: p.pk) == sorted(held, key=lambda p: p.pk)
    assert ends == sorted(ends)


@given(purses, st.integers(0, 200_000), st.integers(1, 50_000))
def test_a_smaller_price_never_takes_more_of_a_purse(held: Sequence[Purse], due: int, less: int) -> None:
    whole = {s.purse: s.amount_cents for s in shares_of(due, held)}
    part = {s.purse: s.amount_cents for s in shares_of(max(0, due - less), held)}
    assert all(part[purse] <= whole[purse] for purse in part)
    assert Fraction(sum(part.values())) <= sum(whole.values())

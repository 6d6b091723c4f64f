"""Laws of changes: free until the notice, and never a fee above the price."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midway.core.policy import ChangeTerms, decide_cancellation, decide_rescheduling

START = datetime(2026, 3, 8, 14, 0, tzinfo=UTC)
TICK = timedelta(microseconds=1)
terms = st.builds(ChangeTerms, st.timedeltas(timedelta(0), timedelta(days=30)), st.integers(0, 100))
moments = st.timedeltas(timedelta(days=-40), timedelta(days=2)).map(lambda before: START + before)
prices = st.integers(0, 1_000_000)


@given(prices, terms, moments)
def test_a_fee_never_exceeds_the_price(price: int, terms: ChangeTerms, now: datetime) -> None:
    fee = decide_cancellation(starts_at=START, price_cents=price, terms=terms, now=now).fee_cents
    assert 0 <= fee <= price


@given(prices, terms, moments)
def test_cancelling_is_free_exactly_up_to_the_moment_it_names(price: int, terms: ChangeTerms, now: datetime) -> None:
    decision = decide_cancellation(starts_at=START, price_cents=price, terms=terms, now=now)
    at_once = decide_cancellation(starts_at=START, price_cents=price, terms=terms, now=decision.free_until)
    assert decision.free_until == START - terms.notice
    assert at_once.fee_cents == 0
    if now <= decision.free_until:
        assert decision.fee_cents == 0


@given(prices, terms, moments, moments)
def test_waiting_never_makes_cancelling_cheaper(price: int, terms: ChangeTerms, one: datetime, other: datetime) -> None:
    earlier, later = sorted([one, other])
    fees = [
        decide_cancellation(starts_at=START, price_cents=price, terms=terms, now=now).fee_cents
        for now in (earlier, later)
    ]
    assert fees == sorted(fees)


def test_one_tick_after_the_notice_costs_the_late_share() -> None:
    terms = ChangeTerms(notice=timedelta(hours=48), late_fee_percent=50)
    until = START - timedelta(hours=48)
    assert decide_cancellation(starts_at=START, price_cents=12_345, terms=terms, now=until).fee_cents == 0
    assert decide_cancellation(starts_at=START, price_cents=12_345, terms=terms, now=until + TICK).fee_cents == 6173


@pytest.mark.parametrize(("before", "is_allowed"), [(TICK, True), (timedelta(0), False), (-TICK, False)])
def test_a_visit_that_has_begun_is_not_cancelled(before: timedelta, is_allowed: bool) -> None:
    terms = ChangeTerms(notice=timedelta(hours=48), late_fee_percent=50)
    decision = decide_cancellation(starts_at=START, price_cents=100, terms=terms, now=START - before)
    assert decision.is_allowed is is_allowed


@given(terms, moments)
def test_moving_is_free_up_to_the_notice_and_refused_after_it(terms: ChangeTerms, now: datetime) -> None:
    decision = decide_rescheduling(starts_at=START, terms=terms, now=now)
    assert decision.is_allowed == (now <= START - terms.notice)
    assert decision.fee_cents == 0

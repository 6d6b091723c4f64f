"""Laws of changes: free until the notice, never a fee above the price, and waiting never makes it cheaper."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from midway.core.business_time import Counting, OfficeHours
from midway.core.policy import (
    Fee,
    LateStep,
    Occasion,
    PolicyTerms,
    decide_cancellation,
    decide_far_move,
    decide_lock_out,
    decide_rescheduling,
    decide_skip,
    half_year_of,
    is_far_move,
    rhythm_of_gap,
)

NEW_YORK = ZoneInfo("America/New_York")
START = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)
"""A Monday; on the Sunday before, the clocks of New York go forward."""
TICK = timedelta(microseconds=1)
fees = st.builds(Fee, st.integers(0, 30_000), st.integers(0, 100), st.integers(0, 100))
terms = st.builds(
    PolicyTerms,
    notice_minutes=st.integers(0, 15 * 24 * 60),
    late_fee=fees,
    counting=st.sampled_from(Counting),
    cut_off_days=st.integers(0, 5),
    cut_off_clock=st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    late_steps=st.lists(st.builds(LateStep, st.integers(0, 5000), fees), max_size=3).map(tuple),
    lock_out_fee=fees,
    skip_fee=fees,
    grace_per_half_year=st.integers(0, 2),
    free_skips_per_half_year=st.none() | st.integers(0, 3),
    skips_per_half_year=st.none() | st.integers(0, 3),
    moves_per_visit=st.none() | st.integers(0, 3),
)
moments = st.timedeltas(timedelta(days=-40), timedelta(days=2)).map(lambda before: START + before)


def hours(terms: PolicyTerms) -> OfficeHours:
    return terms.hours(NEW_YORK, frozenset({date(2026, 3, 5)}))


def occasion(price: int, terms: PolicyTerms, **before: int) -> Occasion:
    return Occasion(START, price, hours(terms), **before)


prices = st.integers(0, 1_000_000)


@given(prices, terms, moments, st.integers(0, 3))
def test_no_fee_exceeds_the_price_and_no_share_the_fee(
    price: int, terms: PolicyTerms, now: datetime, before: int
) -> None:
    asked = occasion(price, terms, late_before=before, skips_before=before)
    for decision in (
        decide_cancellation(occasion=asked, terms=terms, now=now),
        decide_lock_out(occasion=asked, terms=terms),
        decide_skip(occasion=asked, terms=terms, now=now),
        decide_rescheduling(occasion=asked, terms=terms, now=now),
        decide_far_move(occasion=asked, terms=terms, now=now),
        decide_far_move(occasion=asked, terms=replace(terms, is_far_move_skip=True), now=now),
    ):
        assert 0 <= decision.cleaner_cents <= decision.fee_cents <= price


@given(prices, terms, moments, st.integers(0, 3))
def test_a_far_move_costs_what_leaving_the_date_out_costs_and_is_allowed_where_both_are(
    price: int, terms: PolicyTerms, now: datetime, before: int
) -> None:
    asked = occasion(price, terms, skips_before=before, moves_before=before)
    far = replace(terms, is_far_move_skip=True)
    decision = decide_far_move(occasion=asked, terms=far, now=now)
    leaving_out = decide_skip(occasion=asked, terms=far, now=now)
    moving = decide_rescheduling(occasion=asked, terms=far, now=now)

    assert decision.is_allowed == (moving.is_allowed and leaving_out.is_allowed)
    assert decision.fee_cents == (leaving_out.fee_cents if moving.is_allowed else 0)
    assert decision.free_until <= moving.free_until
    assert not decide_far_move(occasion=asked, terms=replace(far, is_far_move_skip=False), now=now).is_allowed


def test_only_beyond_the_limit_a_move_is_far() -> None:
    terms = PolicyTerms(move_within_days=5)
    assert [is_far_move(days=days, terms=terms) for days in (0, 5, 5.01)] == [False, False, True]
    assert not is_far_move(days=400, terms=PolicyTerms())


@given(prices, terms, moments)
def test_cancelling_is_free_exactly_up_to_the_moment_it_names(price: int, terms: PolicyTerms, now: datetime) -> None:
    asked = occasion(price, terms)
    decision = decide_cancellation(occasion=asked, terms=terms, now=now)
    at_once = decide_cancellation(occasion=asked, terms=terms, now=decision.free_until)
    assert at_once.fee_cents == 0
    assert at_once.free_until == decision.free_until
    if now <= decision.free_until:
        assert (decision.fee_cents, decision.rule) in {(0, "free"), (0, "begun")}


@given(prices, terms, moments, moments)
def test_waiting_never_makes_cancelling_cheaper(price: int, terms: PolicyTerms, one: datetime, other: datetime) -> None:
    terms = replace(terms, grace_per_half_year=0)
    earlier, later = (
        decide_cancellation(occasion=occasion(price, terms), terms=terms, now=now).fee_cents
        for now in sorted([one, other])
    )
    assert earlier <= later


def test_one_tick_after_the_notice_costs_the_late_share() -> None:
    terms = PolicyTerms(notice_minutes=48 * 60, late_fee=Fee(percent=50, cleaner_percent=40))
    until = START - timedelta(hours=48)
    asked = occasion(12_345, terms)
    assert decide_cancellation(occasion=asked, terms=terms, now=until).fee_cents == 0
    late = decide_cancellation(occasion=asked, terms=terms, now=until + TICK)
    assert (late.fee_cents, late.cleaner_cents, late.rule) == (6173, 2469, "late")


def test_nearer_steps_cost_more() -> None:
    terms = PolicyTerms(late_fee=Fee(percent=50), late_steps=(LateStep(24 * 60, Fee(percent=100)),))
    asked = occasion(10_000, terms)

    def fee(before: timedelta) -> int:
        return decide_cancellation(occasion=asked, terms=terms, now=START - before).fee_cents

    assert [fee(timedelta(hours=h)) for h in (49, 47, 24, 23)] == [0, 5000, 5000, 10_000]


@pytest.mark.parametrize(("before", "is_allowed"), [(TICK, True), (timedelta(0), False), (-TICK, False)])
def test_a_visit_that_has_begun_is_not_cancelled(before: timedelta, is_allowed: bool) -> None:
    asked = occasion(100, PolicyTerms())
    assert decide_cancellation(occasion=asked, terms=PolicyTerms(), now=START - before).is_allowed is is_allowed


def test_grace_forgives_so_many_and_not_one_more() -> None:
    terms = PolicyTerms(grace_per_half_year=2)

    def rule(before: int) -> tuple[str, int]:
        asked = occasion(10_000, terms, late_before=before)
        decision = decide_cancellation(occasion=asked, terms=terms, now=START - timedelta(hours=1))
        return decision.rule, decision.fee_cents

    assert [rule(n) for n in range(3)] == [("grace", 0), ("grace", 0), ("late", 5000)]


@given(terms, moments, st.integers(0, 5))
def test_moving_is_free_up_to_the_notice_and_so_often(terms: PolicyTerms, now: datetime, moves: int) -> None:
    decision = decide_rescheduling(occasion=occasion(100, terms, moves_before=moves), terms=terms, now=now)
    often = terms.moves_per_visit is not None and moves >= terms.moves_per_visit
    assert decision.is_allowed == (now <= decision.free_until and not often)
    assert decision.fee_cents == 0


def test_skips_are_limited_and_cost_after_the_free_ones() -> None:
    terms = PolicyTerms(free_skips_per_half_year=1, skips_per_half_year=2, skip_fee=Fee(flat_cents=7500))

    def skip(before: int) -> tuple[bool, int, str]:
        asked = occasion(10_000, terms, skips_before=before)
        found = decide_skip(occasion=asked, terms=terms, now=START - timedelta(days=9))
        return found.is_allowed, found.fee_cents, found.rule

    assert [skip(n) for n in range(3)] == [(True, 0, "free"), (True, 7500, "skip_fee"), (False, 0, "limit")]


def test_notice_for_monday_is_given_on_friday() -> None:
    terms = PolicyTerms(notice_minutes=24 * 60, counting=Counting.BUSINESS_DAYS)
    decision = decide_cancellation(occasion=occasion(10_000, terms), terms=terms, now=START)
    assert decision.free_until.astimezone(NEW_YORK) == datetime(2026, 3, 6, 10, 0, tzinfo=NEW_YORK)


def test_a_cut_off_is_a_clock_time_on_a_working_day_before() -> None:
    terms = PolicyTerms(notice_minutes=0, cut_off_days=1, cut_off_clock=time(17), counting=Counting.BUSINESS_DAYS)
    decision = decide_cancellation(occasion=occasion(10_000, terms), terms=terms, now=START)
    assert decision.free_until.astimezone(NEW_YORK) == datetime(2026, 3, 6, 17, 0, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("days", "rhythm"),
    [
        (7, "weekly"),
        (14, "biweekly"),
        (21, "every_3_weeks"),
        (28, "every_4_weeks"),
        (41, "every_4_weeks"),
        (42, "once"),
    ],
)
def test_a_gap_has_the_price_of_its_rhythm(days: int, rhythm: str) -> None:
    assert rhythm_of_gap(days, PolicyTerms()) == rhythm


@given(st.dates())
def test_every_day_lies_in_its_half_year(day: date) -> None:
    first, last = half_year_of(day)
    assert first <= day <= last
    assert half_year_of(first) == half_year_of(last) == (first, last)

"""A rise of prices: new quotes at once, plans after their notice, and everybody told once."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.booking.deeds import told
from tests.booking.plans.stage import TUESDAY, plan_quote, start, visit_on, year_cast
from tests.cast import NOW, TODAY, Cast, by_user
from tests.core.test_pricing import all_rates, homes, priced

from midway.booking.actions import (
    PlanChange,
    PriceRise,
    RiseTooSoon,
    change_extras,
    change_plan_from,
    preview_price_rise,
    raise_prices,
    take_over_prices,
)
from midway.booking.actions.raise_prices import PlanRise
from midway.booking.invariants import broken_invariants
from midway.booking.models import AgreedPrice, Plan, PriceList, Visit
from midway.core.price_rise import raised, raised_rates
from midway.core.pricing import Home, Rates
from midway.journal.models import Entry

WEEK = timedelta(days=7)
MAY = date(2026, 5, 5)
RISE = PriceRise(percent=10, effective_on=TODAY, plans_from_on=MAY)


@pytest.fixture
def cast(db: None) -> Cast:
    return year_cast()


def rise(cast: Cast, rise: PriceRise = RISE) -> list[PlanRise]:
    return raise_prices(branch=cast.branch, rise=rise, by=by_user(cast.olga), now=NOW)


@given(st.integers(0, 10**7), st.integers(0, 100), st.sampled_from([1, 5, 100]))
def test_a_raised_amount_is_the_percentage_more_to_half_a_step(cents: int, percent: int, step: int) -> None:
    exact = Fraction(cents * (100 + percent), 100)
    assert raised(cents, percent, step=step) >= cents
    assert raised(cents, percent, step=step) == cents or abs(raised(cents, percent, step=step) - exact) <= Fraction(
        step + 1, 2
    )


@given(homes, all_rates, st.integers(0, 100))
def test_no_home_is_cheaper_by_a_raised_list(home: Home, rates: Rates, percent: int) -> None:
    # Discounts are rounded by themselves: a rise of nothing to speak of may move a cent.
    assert priced(home, raised_rates(rates, percent)).total_cents >= priced(home, rates).total_cents - 2


def test_plans_keep_their_price_until_the_notice_has_run(cast: Cast) -> None:
    plan = start(cast)
    [shown] = preview_price_rise(branch=cast.branch, rise=RISE)
    rise(cast)
    plan.refresh_from_db()
    assert (shown.plan, shown.before_cents, shown.after_cents) == (plan, 9200, 10_120)
    assert (plan.price_cents, plan.price_on(MAY - WEEK), plan.price_on(MAY)) == (9200, 9200, 10_120)
    prices = {v.occurrence_on: v.price_cents for v in plan.visits.all()}
    assert {price for day, price in prices.items() if day and day < MAY} == {9200}
    assert {price for day, price in prices.items() if day and day >= MAY} == {10_120}
    assert all(sum(x["amount_cents"] for x in v.working) == v.price_cents for v in plan.visits.all())


def test_the_customer_is_told_once_with_the_day_and_the_price(cast: Cast) -> None:
    start(cast)
    rise(cast)
    [message] = told("rate_rise")
    assert (message.facts["from_on"], message.facts["new_price_cents"]) == ("2026-05-05", 10_120)
    assert Entry.objects.get(event="booking.prices.raised").facts["plans"] == 1


def test_new_quotes_cost_more_from_their_day(cast: Cast) -> None:
    rise(cast)
    published = PriceList.objects.get(version=2)
    assert published.rates["services"]["regular"]["base_cents"] == 5500


def test_an_agreed_price_is_not_touched(cast: Cast) -> None:
    start(cast)
    AgreedPrice.objects.create(
        customer=cast.dora, service=cast.regular, price_cents=9000, starts_on=TODAY, reason="", at=NOW, by_label="Olga"
    )
    assert preview_price_rise(branch=cast.branch, rise=RISE) == []
    rise(cast)
    assert not told("rate_rise")


def test_a_rise_without_the_notice_is_refused_whole(cast: Cast) -> None:
    plan = start(cast)
    with pytest.raises(RiseTooSoon):
        rise(cast, replace(RISE, plans_from_on=TODAY + timedelta(days=29)))
    assert PriceList.objects.count() == 1
    assert set(plan.visits.values_list("price_cents", flat=True)) == {9200}


def test_when_the_day_comes_the_price_is_the_plans_own(cast: Cast) -> None:
    plan = start(cast)
    rise(cast)
    assert take_over_prices(now=NOW) == 0
    on_the_day = NOW + (MAY - TODAY)
    assert (take_over_prices(now=on_the_day), take_over_prices(now=on_the_day)) == (1, 0)
    plan.refresh_from_db()
    assert (plan.price_cents, plan.next_price_on, plan.next_price_cents) == (10_120, None, None)


JULY = date(2026, 7, 7)


def prices_of(plan: Plan, *days: date) -> list[int]:
    """What its visits of these days cost, which must be what the plan says they cost."""
    found = [visit_on(plan, day).price_cents for day in days]
    assert found == [plan.price_on(day) for day in days]
    return found


def test_a_rise_told_before_an_earlier_one_holds_leaves_that_one_alone(cast: Cast) -> None:
    plan = start(cast)
    rise(cast)
    [second] = rise(cast, replace(RISE, plans_from_on=JULY))
    plan.refresh_from_db()
    assert (second.before_cents, second.after_cents, second.from_on) == (10_120, 11_132, JULY)
    assert prices_of(plan, MAY - WEEK, MAY, JULY - WEEK, JULY) == [9200, 10_120, 10_120, 11_132]

    for day, price, coming in ((MAY, 10_120, [(JULY, 11_132)]), (JULY, 11_132, [])):
        assert take_over_prices(now=NOW + (day - TODAY)) == 1
        plan.refresh_from_db()
        assert (plan.price_cents, plan.announced_prices) == (price, coming)
    assert broken_invariants(now=NOW) == []


def test_two_days_of_new_prices_slept_through_are_taken_over_at_once(cast: Cast) -> None:
    plan = start(cast)
    rise(cast)
    rise(cast, replace(RISE, plans_from_on=JULY))
    assert take_over_prices(now=NOW + (JULY + WEEK - TODAY)) == 1
    plan.refresh_from_db()
    assert (plan.price_cents, plan.announced_prices) == (11_132, [])


@pytest.mark.parametrize("from_on", [MAY, MAY - WEEK], ids=["on the same day", "from an earlier day"])
def test_a_second_rise_never_comes_before_the_first(cast: Cast, from_on: date) -> None:
    plan = start(cast)
    rise(cast)
    [second] = rise(cast, replace(RISE, plans_from_on=from_on))
    plan.refresh_from_db()
    assert (second.from_on, second.after_cents) == (MAY, 11_132)
    assert plan.announced_prices == [(MAY, 11_132)]
    assert prices_of(plan, MAY - WEEK, MAY, JULY) == [9200, 11_132, 11_132]


def test_a_changed_plan_takes_every_rise_along(cast: Cast) -> None:
    plan = start(cast)
    rise(cast)
    rise(cast, replace(RISE, plans_from_on=JULY))
    change = PlanChange(rule=replace(plan.rule, weekdays=frozenset({2})))
    new = change_plan_from(plan=plan.code, from_on=TUESDAY + WEEK, change=change, by=by_user(cast.dan), now=NOW).plan
    new.refresh_from_db()
    assert new.announced_prices == [(MAY, 10_120), (JULY, 11_132)]
    assert prices_of(new, *(day + timedelta(days=1) for day in (MAY - WEEK, MAY, JULY))) == [9200, 10_120, 11_132]


def test_what_one_visit_costs_besides_stays_besides(cast: Cast) -> None:
    plan = start(cast)
    day = MAY + WEEK
    change_extras(visit=visit_on(plan, day).code, extras=["oven"], by=by_user(cast.dan), now=NOW)
    dearer = visit_on(plan, day).price_cents - 9200
    rise(cast)
    assert visit_on(plan, day).price_cents == 10_120 + dearer


def test_a_changed_plan_takes_the_rise_and_its_extras_along(cast: Cast) -> None:
    plan = start(cast)
    day = MAY + WEEK
    change_extras(visit=visit_on(plan, day).code, extras=["oven"], by=by_user(cast.dan), now=NOW)
    special = visit_on(plan, day)
    rise(cast)
    change = PlanChange(rule=replace(plan.rule, weekdays=frozenset({2})))
    new = change_plan_from(plan=plan.code, from_on=TUESDAY + WEEK, change=change, by=by_user(cast.dan), now=NOW).plan
    assert new.price_on(MAY) == 10_120
    assert Visit.objects.get(plan=new, occurrence_on=MAY - WEEK + timedelta(days=1)).price_cents == 9200
    moved = Visit.objects.get(pk=special.pk)
    assert (moved.price_cents, moved.duration) == (special.price_cents + 920, special.duration)


def test_ended_plans_are_left_alone(cast: Cast) -> None:
    plan = start(cast)
    Plan.objects.filter(pk=plan.pk).update(state=Plan.State.ENDED, until_on=TODAY)
    assert preview_price_rise(branch=cast.branch, rise=RISE) == []
    assert plan_quote(cast).total_cents == 9200

"""Laws of prices: the working adds up, more is never cheaper, and a refusal names the answer to change."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from midway.core.pricing import (
    FREQUENCIES,
    AreaBand,
    Circumstances,
    ExtraRate,
    Home,
    Price,
    PriceError,
    PriceLine,
    Rates,
    ServiceRate,
    percent_of,
    price_home,
    team_minutes,
)

cents, minutes, percent = st.integers(0, 100_000), st.integers(0, 600), st.integers(0, 100)
EXTRAS = ("oven", "fridge", "windows")


@st.composite
def area_bands(draw: st.DrawFn) -> tuple[AreaBand, ...]:
    """Bands in any order; a larger home never costs or takes less."""
    ups = sorted(draw(st.sets(st.integers(1, 9000), max_size=4)))
    amounts = sorted(draw(st.lists(cents, min_size=len(ups), max_size=len(ups))))
    times = sorted(draw(st.lists(minutes, min_size=len(ups), max_size=len(ups))))
    bands = [AreaBand(*band) for band in zip(ups, amounts, times, strict=True)]
    return tuple(draw(st.permutations(bands)))


service_rates = st.builds(
    ServiceRate,
    base_cents=cents,
    base_minutes=minutes,
    bedroom_cents=cents,
    bedroom_minutes=minutes,
    bathroom_cents=cents,
    bathroom_minutes=minutes,
    area_bands=area_bands(),
    minimum_cents=cents,
    team_size=st.integers(1, 4),
)
all_rates = st.builds(
    Rates,
    currency=st.just("USD"),
    services=st.fixed_dictionaries({"regular": service_rates}),
    extras=st.tuples(*(st.builds(ExtraRate, st.just(e), st.just(e), cents, minutes) for e in EXTRAS)),
    frequency_percent=st.dictionaries(st.sampled_from(sorted(FREQUENCIES)), percent),
    first_visit_discounted=st.booleans(),
    team_loss_percent=percent,
)
homes = st.builds(
    Home,
    service=st.just("regular"),
    bedrooms=st.integers(0, 20),
    bathrooms=st.integers(0, 20),
    square_feet=st.one_of(st.none(), st.integers(1, 9000)),
    extras=st.lists(st.sampled_from(EXTRAS), unique=True).map(tuple),
    frequency=st.sampled_from(sorted(FREQUENCIES)),
)


def priced(home: Home, rates: Rates) -> Price:
    bands = rates.services["regular"].area_bands
    assume(not bands or home.square_feet is None or home.square_feet <= max(band.up_to for band in bands))
    return price_home(home, rates)


@given(homes, all_rates)
def test_the_lines_sum_to_the_total(home: Home, rates: Rates) -> None:
    price = priced(home, rates)
    assert sum(line.amount_cents for line in price.lines) == price.total_cents


@given(homes, all_rates)
def test_no_price_is_below_the_minimum_or_below_nothing(home: Home, rates: Rates) -> None:
    price = priced(home, rates)
    assert price.total_cents >= rates.services["regular"].minimum_cents >= 0


@given(homes, all_rates)
def test_the_minimum_is_charged_only_where_the_price_falls_short_of_it(home: Home, rates: Rates) -> None:
    price = priced(home, rates)
    without = [line.amount_cents for line in price.lines if line.label != "minimum"]
    assert price.total_cents == max(sum(without), rates.services["regular"].minimum_cents)


@given(homes, all_rates, st.sampled_from(["bedrooms", "bathrooms"]))
def test_one_room_more_never_costs_or_takes_less(home: Home, rates: Rates, room: str) -> None:
    assume(getattr(home, room) < 20)
    larger = priced(replace(home, **{room: getattr(home, room) + 1}), rates)
    price = priced(home, rates)
    assert larger.total_cents >= price.total_cents
    assert larger.duration_minutes >= price.duration_minutes


@given(homes, all_rates, st.sampled_from(EXTRAS))
def test_one_extra_more_never_costs_or_takes_less(home: Home, rates: Rates, extra: str) -> None:
    more = priced(replace(home, extras=(*home.extras, extra)), rates)
    price = priced(home, rates)
    assert more.total_cents >= price.total_cents
    assert more.duration_minutes >= price.duration_minutes


@given(homes, all_rates, st.integers(1, 500))
def test_a_larger_home_never_costs_or_takes_less(home: Home, rates: Rates, growth: int) -> None:
    assume(home.square_feet is not None)
    larger = priced(replace(home, square_feet=(home.square_feet or 0) + growth), rates)
    price = priced(home, rates)
    assert larger.total_cents >= price.total_cents
    assert larger.duration_minutes >= price.duration_minutes


@given(homes, all_rates)
def test_an_extra_ticked_twice_is_charged_once(home: Home, rates: Rates) -> None:
    assert priced(replace(home, extras=home.extras * 2), rates) == priced(home, rates)


@given(homes, all_rates)
def test_coming_regularly_is_never_dearer_than_once(home: Home, rates: Rates) -> None:
    assume("once" not in rates.frequency_percent)
    assert priced(home, rates).total_cents <= priced(replace(home, frequency="once"), rates).total_cents


@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(0, 100))
def test_a_team_needs_whole_quarter_hours_enough_for_the_work(labour: int, size: int, loss: int) -> None:
    clock = team_minutes(labour, size, loss)
    worked = clock * (1 + Fraction(100 - loss, 100) * (size - 1))
    assert clock % 15 == 0
    assert clock >= 15
    assert worked >= labour
    shorter = (clock - 15) * (1 + Fraction(100 - loss, 100) * (size - 1))
    # One minute of slack: fractions of a minute are rounded up before the quarter hour is.
    assert clock == 15 or shorter < labour + 1 + size


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(0, 100))
def test_one_more_in_the_team_is_never_slower(labour: int, size: int, loss: int) -> None:
    assert team_minutes(labour, size + 1, loss) <= team_minutes(labour, size, loss)


@given(st.integers(0, 10**9), percent)
def test_percentages_are_rounded_half_up(amount: int, share: int) -> None:
    exact = Fraction(amount * share, 100)
    assert Fraction(-1, 2) <= exact - percent_of(amount, share) < Fraction(1, 2)


@pytest.mark.parametrize(("amount", "share", "result"), [(50, 1, 1), (49, 1, 0), (150, 1, 2), (12345, 15, 1852)])
def test_half_a_cent_goes_up(amount: int, share: int, result: int) -> None:
    assert percent_of(amount, share) == result


RATES = Rates(
    currency="USD",
    services={
        "regular": ServiceRate(5000, 30, 2000, 20, 2500, 25, (AreaBand(1000, 0, 0), AreaBand(2000, 3000, 30)), 9000),
        "deep": ServiceRate(base_cents=10_000, base_minutes=120, team_size=2),
    },
    extras=(ExtraRate("oven", "Inside the oven", 3500, 30),),
    frequency_percent={"weekly": 15, "once": 5},
)


def test_the_working_of_a_whole_price() -> None:
    home = Home("regular", bedrooms=2, bathrooms=1, square_feet=1500, extras=["oven"], frequency="weekly")
    price = price_home(home, RATES)
    assert price.lines == (
        PriceLine("base", 5000, 30),
        PriceLine("bedrooms", 4000, 40),
        PriceLine("bathrooms", 2500, 25),
        PriceLine("area", 3000, 30),
        PriceLine("extra:oven", 3500, 30),
        PriceLine("frequency", -2700),
    )
    assert (price.total_cents, price.currency, price.duration_minutes) == (15_300, "USD", 165)


def test_a_band_includes_its_upper_end() -> None:
    def total(feet: int) -> int:
        return price_home(Home("regular", bedrooms=3, square_feet=feet, frequency="biweekly"), RATES).total_cents

    assert total(1001) - total(1000) == 3000


def test_two_share_the_work_with_some_loss() -> None:
    # 120 minutes at 185 percent are 64.9, a quarter hour begun is a quarter hour.
    assert price_home(Home("deep"), RATES).duration_minutes == 75


def test_a_first_visit_may_be_left_without_the_discount() -> None:
    rates = replace(RATES, first_visit_discounted=False)

    def labels(frequency: str) -> set[str]:
        home = Home("regular", frequency=frequency)
        return {line.label for line in price_home(home, rates, Circumstances(is_first=True)).lines}

    assert "frequency" not in labels("weekly")
    assert "frequency" in labels("once")


@pytest.mark.parametrize(
    ("field", "home"),
    [
        ("service", Home("gardening")),
        ("bedrooms", Home("regular", bedrooms=-1)),
        ("bedrooms", Home("regular", bedrooms=21)),
        ("bathrooms", Home("regular", bathrooms=-1)),
        ("bathrooms", Home("regular", bathrooms=21)),
        ("frequency", Home("regular", frequency="hourly")),
        ("extras", Home("regular", extras=["oven", "piano"])),
        ("square_feet", Home("regular", square_feet=0)),
        ("square_feet", Home("regular", square_feet=2001)),
    ],
)
def test_a_refusal_names_the_answer_to_change(field: str, home: Home) -> None:
    with pytest.raises(PriceError) as refusal:
        price_home(home, RATES)
    assert refusal.value.field == field
    assert str(refusal.value).endswith(".")

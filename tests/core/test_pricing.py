"""Laws of prices: the working adds up, more is never cheaper, and a refusal names the answer to change."""

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from midway.core.pricing import (
    FREQUENCIES,
    ITEM_KINDS,
    AreaBand,
    Circumstances,
    CouponTerms,
    ExtraRate,
    Home,
    Price,
    PriceError,
    PriceLine,
    Rates,
    RhythmBand,
    ServiceRate,
    Zone,
    percent_of,
    price_home,
    team_minutes,
)

cents, minutes, percent = st.integers(0, 100_000), st.integers(0, 600), st.integers(0, 100)
factor = st.integers(40, 250)
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
    half_bath_cents=cents,
    half_bath_minutes=minutes,
    price_percent=factor,
    minutes_percent=factor,
    first_visit_percent=factor,
    first_visit_minutes_percent=factor,
)
all_rates = st.builds(
    Rates,
    currency=st.just("USD"),
    services=st.fixed_dictionaries({"regular": service_rates}),
    extras=st.tuples(*(st.builds(ExtraRate, st.just(e), st.just(e), cents, minutes) for e in EXTRAS)),
    frequency_percent=st.dictionaries(st.sampled_from(sorted(FREQUENCIES)), percent),
    first_visit_discounted=st.booleans(),
    team_loss_percent=percent,
    zones=st.lists(st.builds(Zone, st.just("far"), st.just(("212",)), cents), max_size=1).map(tuple),
    weekend_percent=factor,
    holiday_percent=factor,
    tax_rates=st.dictionaries(st.sampled_from(ITEM_KINDS), st.integers(0, 30_000)),
    prices_include_tax=st.booleans(),
    round_to_cents=st.sampled_from([1, 5, 50, 100, 500]),
    coupon_below_minimum=st.booleans(),
)
coupons = st.builds(CouponTerms, st.just("HELLO"), percent=percent) | st.builds(
    CouponTerms, st.just("HELLO"), amount_cents=cents
)
circumstances = st.builds(
    Circumstances,
    postcode=st.sampled_from(["21201", "99999"]),
    is_first=st.booleans(),
    day=st.sampled_from(["ordinary", "weekend", "holiday"]),
    coupon=st.none() | coupons,
    agreed_cents=st.none() | cents,
    pace_percent=st.integers(50, 200),
    green_percent=st.integers(0, 50),
)
homes = st.builds(
    Home,
    service=st.just("regular"),
    bedrooms=st.integers(0, 20),
    bathrooms=st.integers(0, 20),
    square_feet=st.one_of(st.none(), st.integers(1, 9000)),
    extras=st.lists(st.sampled_from(EXTRAS), unique=True).map(tuple),
    frequency=st.sampled_from(sorted(FREQUENCIES)),
    half_baths=st.integers(0, 20),
)


def priced(home: Home, rates: Rates, given: Circumstances | None = None) -> Price:
    bands = rates.services["regular"].area_bands
    assume(not bands or home.square_feet is None or home.square_feet <= max(band.up_to for band in bands))
    return price_home(home, rates, given)


@given(homes, all_rates, circumstances)
def test_the_lines_sum_to_the_total(home: Home, rates: Rates, given: Circumstances) -> None:
    price = priced(home, rates, given)
    assert sum(line.amount_cents for line in price.lines) == price.total_cents


@given(homes, all_rates, circumstances)
def test_no_price_is_below_the_minimum_or_below_nothing(home: Home, rates: Rates, given: Circumstances) -> None:
    price = priced(home, rates, given)
    assert price.total_cents >= 0
    if given.agreed_cents is None and not (given.coupon and rates.coupon_below_minimum):
        assert price.total_cents >= rates.services["regular"].minimum_cents


@given(homes, all_rates, circumstances)
def test_the_minimum_is_charged_only_where_the_price_falls_short_of_it(
    home: Home, rates: Rates, given: Circumstances
) -> None:
    price = priced(home, rates, replace(given, coupon=None, agreed_cents=None, green_percent=0))
    before = [x.amount_cents for x in price.lines if x.label != "minimum" and not x.label.startswith("tax:")]
    lacking = max(0, rates.services["regular"].minimum_cents - sum(before))
    assert sum(x.amount_cents for x in price.lines if x.label == "minimum") == lacking


@given(homes, all_rates, circumstances, st.sampled_from(["bedrooms", "bathrooms", "half_baths"]))
def test_one_room_more_never_costs_or_takes_less(home: Home, rates: Rates, given: Circumstances, room: str) -> None:
    assume(getattr(home, room) < 20)
    larger = priced(replace(home, **{room: getattr(home, room) + 1}), rates, given)
    price = priced(home, rates, given)
    assert larger.total_cents >= price.total_cents
    assert larger.duration_minutes >= price.duration_minutes


@given(homes, all_rates, circumstances, st.sampled_from(EXTRAS))
def test_one_extra_more_never_costs_or_takes_less(home: Home, rates: Rates, given: Circumstances, extra: str) -> None:
    # One rate for all: filled up to the minimum, an extra that is taxed less takes the place of a clean taxed more.
    rates = replace(rates, tax_rates=dict.fromkeys(ITEM_KINDS, 6000))
    more = priced(replace(home, extras=(*home.extras, extra)), rates, given)
    price = priced(home, rates, given)
    assert more.total_cents >= price.total_cents - 2  # each kind of item is rounded by itself
    assert more.duration_minutes >= price.duration_minutes


@given(homes, all_rates, circumstances, st.integers(1, 500))
def test_a_larger_home_never_costs_or_takes_less(home: Home, rates: Rates, given: Circumstances, growth: int) -> None:
    assume(home.square_feet is not None)
    larger = priced(replace(home, square_feet=(home.square_feet or 0) + growth), rates, given)
    price = priced(home, rates, given)
    assert larger.total_cents >= price.total_cents
    assert larger.duration_minutes >= price.duration_minutes


@given(homes, all_rates, circumstances)
def test_a_green_time_takes_off_no_more_than_it_says(home: Home, rates: Rates, given: Circumstances) -> None:
    given = replace(given, coupon=None)
    price, usual = priced(home, rates, given), priced(home, rates, replace(given, green_percent=0))
    off = -sum(line.amount_cents for line in price.lines if line.label == "green")
    before = sum(line.amount_cents for line in usual.lines if not line.label.startswith("tax:"))
    assert 0 <= off <= percent_of(before, given.green_percent)
    assert price.total_cents <= usual.total_cents
    assert off == 0 or given.agreed_cents is None


@given(homes, all_rates, circumstances)
def test_a_coupon_never_makes_it_dearer(home: Home, rates: Rates, given: Circumstances) -> None:
    assert priced(home, rates, given).total_cents <= priced(home, rates, replace(given, coupon=None)).total_cents


@given(homes, all_rates, circumstances)
def test_tax_is_half_a_cent_exact_for_each_kind_of_item(home: Home, rates: Rates, given: Circumstances) -> None:
    price = priced(home, rates, given)
    taxed = [x for x in price.lines if x.label.startswith("tax:")]
    if rates.prices_include_tax:
        assert not taxed
        highest = max(rates.tax_rates.values(), default=0)
        assert 0 <= price.tax_cents <= Fraction(price.total_cents * highest, 100_000 + highest) + Fraction(3, 2)
        return
    assert sum(x.amount_cents for x in taxed) == price.tax_cents
    net = price.total_cents - price.tax_cents
    rate = rates.tax_rates.get("service", 0)
    same = priced(home, replace(rates, tax_rates=dict.fromkeys(ITEM_KINDS, rate)), given)
    assert abs(Fraction(net * rate, 100_000) - same.tax_cents) <= Fraction(3, 2)


@given(homes, all_rates)
def test_an_extra_ticked_twice_is_charged_once(home: Home, rates: Rates) -> None:
    assert priced(replace(home, extras=home.extras * 2), rates) == priced(home, rates)


@given(homes, all_rates)
def test_coming_regularly_is_never_dearer_than_once(home: Home, rates: Rates) -> None:
    assume("once" not in rates.frequency_percent)
    assert priced(home, rates).total_cents <= priced(replace(home, frequency="once"), rates).total_cents


@given(homes, all_rates, st.sampled_from([1, 5, 50, 100, 500]))
def test_prices_are_rounded_before_the_minimum_and_tax(home: Home, rates: Rates, step: int) -> None:
    price = priced(home, replace(rates, round_to_cents=step))
    net = [x.amount_cents for x in price.lines if x.label != "minimum" and not x.label.startswith("tax:")]
    assert sum(net) % step == 0


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

    def labels(*, is_first: bool) -> set[str]:
        home = Home("regular", frequency="weekly")
        return {line.label for line in price_home(home, rates, Circumstances(is_first=is_first)).lines}

    assert "frequency" not in labels(is_first=True)
    assert "frequency" in labels(is_first=False)


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


OFFICE = replace(
    RATES,
    frequency_percent={},
    services={
        "office": ServiceRate(
            base_cents=0,
            base_minutes=0,
            minimum_cents=5000,
            rhythm_bands=(
                RhythmBand(2000, {"once": 20_000, "weekly": 9000}, 60),
                RhythmBand(5000, {"once": 35_000, "weekly": 16_000}, 120),
            ),
        ),
        "hours": ServiceRate(base_cents=0, base_minutes=0, hour_cents=4500, team_size=2, minimum_cents=9000),
    },
)


@pytest.mark.parametrize(
    ("feet", "frequency", "total"),
    [(1500, "once", 20_000), (1500, "weekly", 9000), (2001, "weekly", 16_000), (1500, "biweekly", 5000)],
)
def test_an_office_is_priced_by_area_and_rhythm(feet: int, frequency: str, total: int) -> None:
    home = Home("office", bedrooms=0, bathrooms=0, square_feet=feet, frequency=frequency)
    assert price_home(home, OFFICE).total_cents == total


@pytest.mark.parametrize(("minutes", "people", "total"), [(120, None, 18_000), (90, 1, 6750), (150, 3, 33_750)])
def test_hours_are_sold_by_the_person(minutes: int, people: int | None, total: int) -> None:
    price = price_home(Home("hours", minutes=minutes, people=people), OFFICE)
    assert (price.total_cents, price.duration_minutes, price.team_size) == (max(9000, total), minutes, people or 2)


@given(st.integers(1, 48), st.integers(1, 10), percent)
def test_hours_last_as_long_as_was_asked(quarters: int, people: int, loss: int) -> None:
    rates = replace(OFFICE, team_loss_percent=loss)
    assert price_home(Home("hours", minutes=15 * quarters, people=people), rates).duration_minutes == 15 * quarters


@pytest.mark.parametrize(
    ("field", "home"),
    [
        ("square_feet", Home("office")),
        ("minutes", Home("hours")),
        ("minutes", Home("hours", minutes=20)),
        ("people", Home("hours", minutes=60, people=0)),
    ],
)
def test_hours_and_offices_need_their_own_answers(field: str, home: Home) -> None:
    with pytest.raises(PriceError) as refusal:
        price_home(home, OFFICE)
    assert refusal.value.field == field


def test_every_step_has_its_line_in_order() -> None:
    rates = replace(
        RATES,
        services={"regular": replace(RATES.services["regular"], half_bath_cents=1000, price_percent=110,
                                     first_visit_percent=150, first_visit_minutes_percent=150)},
        zones=(Zone("far", ("212",), 1500), Zone("farther", ("21299",), 4000)),
        weekend_percent=120,
        tax_rates={"service": 8875, "extra": 8875, "travel": 8875},
        round_to_cents=100,
    )  # fmt: skip
    given = Circumstances("21201", is_first=True, day="weekend", coupon=CouponTerms("HELLO", percent=10))
    home = Home("regular", bedrooms=2, half_baths=1, square_feet=900, extras=["oven"], frequency="weekly")
    price = price_home(home, rates, given)
    assert [(x.label, x.amount_cents) for x in price.lines] == [
        ("base", 5000), ("bedrooms", 4000), ("bathrooms", 2500), ("half_baths", 1000), ("type", 1250),
        ("extra:oven", 3500), ("first_visit", 6875), ("frequency", -3619), ("weekend", 4101), ("travel", 1500),
        ("rounding", -7), ("coupon:HELLO", -2460), ("tax:service", 1648), ("tax:extra", 317), ("tax:travel", 133),
    ]  # fmt: skip
    assert price.tax_cents == 2098


def test_an_agreed_price_stands_for_the_clean_and_extras_are_added() -> None:
    home = Home("regular", bedrooms=4, square_feet=900, extras=["oven"], frequency="weekly")
    price = price_home(home, RATES, Circumstances(agreed_cents=8000, day="weekend"))
    assert price.total_cents == 8000 + 3500


def test_a_home_that_takes_longer_takes_longer_for_the_same_price() -> None:
    home = Home("regular", bedrooms=2, square_feet=900)
    usual, slow = (price_home(home, RATES, Circumstances(pace_percent=pace)) for pace in (100, 150))
    assert usual.total_cents == slow.total_cents
    assert (usual.duration_minutes, slow.duration_minutes) == (105, 150)

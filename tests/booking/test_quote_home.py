"""A price with its working, kept until it expires."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.cast import NOW, RATES, TODAY, make_branch, make_cast, make_price_list

from midway.booking.actions.quote_home import price_for, quote_home
from midway.booking.models import Quote
from midway.booking.queries import (
    NoPrices,
    NotServed,
    Offer,
    UnknownService,
    branch_serving,
    find_offer,
    price_list_in_force,
    tidy_postcode,
)
from midway.core.pricing import Home, PriceError, price_home

pytestmark = pytest.mark.django_db
HOME = Home("regular", bedrooms=2, bathrooms=1, square_feet=1500, extras=("oven",), frequency="weekly")


def test_the_quote_keeps_the_price_and_its_working() -> None:
    cast = make_cast()
    quote = quote_home(offer=Offer(cast.branch, cast.regular), home=HOME, postcode="21201-1234", now=NOW)
    kept, price = Quote.objects.get(pk=quote.pk), price_home(HOME, RATES)
    assert (kept.total_cents, kept.duration_minutes, kept.currency) == (
        price.total_cents,
        price.duration_minutes,
        "USD",
    )
    assert sum(line["amount_cents"] for line in kept.lines) == kept.total_cents
    assert (kept.postcode, kept.extras, kept.frequency) == ("21201", ["oven"], "weekly")
    assert kept.price_list == cast.price_list
    assert kept.expires_at == NOW + timedelta(days=cast.branch.quote_days)


def test_showing_a_price_keeps_nothing() -> None:
    cast = make_cast()
    shown = price_for(offer=Offer(cast.branch, cast.regular), home=HOME, now=NOW)
    assert shown == price_home(HOME, RATES)
    assert not Quote.objects.exists()


def test_a_home_that_does_not_fit_is_refused_and_nothing_kept() -> None:
    cast = make_cast()
    with pytest.raises(PriceError, match="call us"):
        quote_home(
            offer=Offer(cast.branch, cast.regular), home=replace(HOME, square_feet=9000), postcode="21201", now=NOW
        )
    assert not Quote.objects.exists()


def test_the_newest_list_that_is_effective_sets_the_price() -> None:
    cast = make_cast()
    make_price_list(branch=cast.branch, version=2, effective_on=TODAY)
    third = make_price_list(branch=cast.branch, version=3, effective_on=TODAY)
    make_price_list(branch=cast.branch, version=4, effective_on=TODAY + timedelta(days=1))
    assert price_list_in_force(cast.branch, on=TODAY)[0] == third
    assert price_list_in_force(cast.branch, on=TODAY - timedelta(days=1))[0] == cast.price_list


def test_prices_change_at_the_branchs_midnight() -> None:
    cast = make_cast(zone="Australia/Lord_Howe")
    tomorrows = make_price_list(branch=cast.branch, version=2, effective_on=TODAY + timedelta(days=1))
    # Nine in the morning in New York is past midnight on Lord Howe.
    quote = quote_home(offer=Offer(cast.branch, cast.regular), home=HOME, postcode="21201", now=NOW)
    assert quote.price_list == tomorrows


def test_a_branch_without_prices_says_so() -> None:
    with pytest.raises(NoPrices):
        price_list_in_force(make_branch(), on=date(2026, 3, 2))


def test_where_and_what_we_clean() -> None:
    cast = make_cast()
    make_branch(code="another")
    assert find_offer(service="regular", postcode="21201-1234") == Offer(cast.branch, cast.regular)
    assert find_offer(service="deep").branch == cast.branch
    assert branch_serving("212 01") == cast.branch
    with pytest.raises(NotServed):
        find_offer(service="regular", postcode="99999")
    with pytest.raises(UnknownService):
        find_offer(service="gardening")
    cast.regular.is_offered = False
    cast.regular.save()
    with pytest.raises(UnknownService):
        find_offer(service="regular")


@pytest.mark.parametrize(
    ("typed", "kept"), [("21201", "21201"), ("21201-1234", "21201"), ("sw1a 1aa", "SW1A1AA"), ("", "")]
)
def test_postcodes_are_tidied_as_areas_are_kept(typed: str, kept: str) -> None:
    assert tidy_postcode(typed) == kept

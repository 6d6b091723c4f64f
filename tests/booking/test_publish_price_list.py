"""New prices come into force as the next version."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from tests.booking.deeds import regular_quote
from tests.cast import NOW, RATES, TODAY, by_user, make_branch, make_cast
from tests.core.test_pricing import all_rates

from midway.booking.actions import publish_price_list
from midway.booking.actions.publish_price_list import price_list_subject
from midway.booking.models import PriceList
from midway.booking.queries import price_list_in_force
from midway.booking.rates import RatesMalformed, rates_from_json, rates_to_json
from midway.core.pricing import Rates
from midway.journal.queries import history_of


@pytest.mark.django_db
def test_the_next_version_is_in_force_from_its_day_and_the_journal_says_who() -> None:
    cast = make_cast()
    dearer = replace(RATES, team_loss_percent=20)
    added = publish_price_list(
        branch=cast.branch, rates=dearer, effective_on=TODAY + timedelta(days=1), by=by_user(cast.olga), now=NOW
    )
    assert (added.version, added.created_at) == (2, NOW)
    assert price_list_in_force(cast.branch, on=TODAY)[0] == cast.price_list
    assert price_list_in_force(cast.branch, on=TODAY + timedelta(days=1)) == (added, dearer)
    entry = history_of(price_list_subject(cast.branch)).get()
    assert (entry.event, entry.actor_label, entry.facts["version"]) == ("booking.price_list.published", "Olga", 2)


@pytest.mark.django_db
def test_a_quote_keeps_the_price_it_was_given() -> None:
    cast = make_cast()
    quote = regular_quote(cast)
    before = quote.total_cents
    free = replace(RATES, services={**RATES.services, "regular": replace(RATES.services["regular"], base_cents=0)})
    publish_price_list(branch=cast.branch, rates=free, effective_on=TODAY, by=by_user(cast.olga), now=NOW)
    quote.refresh_from_db()
    assert (quote.total_cents, quote.price_list) == (before, cast.price_list)


@pytest.mark.django_db
def test_each_branch_counts_its_own_versions() -> None:
    cast, other = make_cast(), make_branch()
    published = [
        publish_price_list(branch=branch, rates=RATES, effective_on=TODAY, by=by_user(cast.olga), now=NOW)
        for branch in (other, cast.branch, other)
    ]
    assert [p.version for p in published] == [1, 2, 2]
    assert PriceList.objects.count() == 4


@given(all_rates)
def test_rates_are_read_as_they_were_written(rates: Rates) -> None:
    assert rates_from_json(rates_to_json(rates)) == rates


@pytest.mark.parametrize(
    "damage",
    [
        {"services": None},
        {"services": {"regular": {"base_cents": 1}}},
        {"services": {"regular": {"base_cents": 1, "base_minutes": 1, "surprise": 1}}},
        {"extras": [{"code": "oven"}]},
        {"frequency_percent": {"weekly": "much"}},
        {"services": {"regular": {"base_cents": "much", "base_minutes": 1}}},
        {"extras": [{"code": "oven", "name": "Oven", "amount_cents": 1.5, "minutes": 1}]},
        {"team_loss_percent": 200},
    ],
)
def test_rates_that_cannot_be_read_say_what_to_do(damage: dict[str, object]) -> None:
    with pytest.raises(RatesMalformed, match="Publish a new version"):
        rates_from_json({**rates_to_json(RATES), **damage})


def test_rates_without_a_currency_cannot_be_read() -> None:
    with pytest.raises(RatesMalformed, match="currency"):
        rates_from_json({"services": {}})

"""Raising prices: who is affected is seen first, and told with notice."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.booking.plans.stage import start, year_cast
from tests.cast import Cast, make_price_list

from midway.booking.models import Plan, PriceList
from midway.messaging.models import OutboxMessage

RISE = reverse("office:price_rise")
SAID = {"percent": "10", "effective_on": "2026-03-02", "plans_from_on": "2026-04-10"}


@pytest.fixture
def cast(db: None, monday_morning: None) -> Cast:
    return year_cast()


def post(client: Client, **said: Any) -> Any:
    return client.post(RISE, {**SAID, **said})


def test_who_is_affected_is_shown_before_anybody_is_told(cast: Cast, olga: Client) -> None:
    start(cast)
    page = post(olga, preview="1").content.decode()

    assert "1 plan costs more" in page
    assert "from Friday 10 April each visit costs" in page
    assert PriceList.objects.count() == 1
    assert not OutboxMessage.objects.filter(template="rate_rise").exists()


def test_raising_publishes_the_list_and_tells_the_customers(cast: Cast, olga: Client) -> None:
    start(cast)
    answer = post(olga, **{"raise": "1"})

    assert answer["Location"] == reverse("office:prices")
    assert PriceList.objects.count() == 2
    assert Plan.objects.get().next_price_on == date(2026, 4, 10)
    assert OutboxMessage.objects.filter(template="rate_rise").count() == 1


def test_too_little_notice_is_refused_with_the_first_day_that_is_not(cast: Cast, olga: Client) -> None:
    answer = post(olga, plans_from_on="2026-03-20", **{"raise": "1"})

    assert answer.status_code == 422
    assert "Wednesday 1 April is the first day the policy allows." in answer.content.decode()
    assert PriceList.objects.count() == 1


def test_without_a_plan_only_new_quotes_cost_more(cast: Cast, olga: Client) -> None:
    assert "only new quotes cost more" in post(olga, preview="1").content.decode()


def test_only_who_changes_prices_may_raise_them(cast: Cast, sue: Client) -> None:
    make_price_list(branch=cast.branch, version=2)
    assert sue.get(RISE).status_code == 403
    assert post(sue, **{"raise": "1"}).status_code == 403

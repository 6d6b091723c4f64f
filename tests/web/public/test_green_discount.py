"""A green time may cost a little less: shown with its price, kept to when it is chosen, whatever changes meanwhile."""

import re

import pytest
from django.test import Client
from tests.cast import Cast, at, make_area, make_quote
from tests.dispatch.days import TOMORROW, WEST, visit_in
from tests.web.public.test_you import TYPED

from midway.booking.models import Hold, Quote, Visit
from midway.dispatch.models import DispatchSetting

DAY = {"day": TOMORROW.isoformat()}
CHOICE = re.compile(r'value="([^"~]+~[^"]+)"')


@pytest.fixture
def quote(cast: Cast) -> Quote:
    """For a home in the west, where somebody is tomorrow at one; green times there cost a tenth less."""
    setting = {"has_ranked_slots": True, "green_at_most_minutes": 20, "green_discount_percent": 10}
    DispatchSetting.objects.create(branch=cast.branch, **setting)
    make_area(branch=cast.branch, postcode="21299", name="Far west", latitude=39.29, longitude=WEST)
    visit_in(cast, WEST, "13:00", cast.ana, minutes=60)
    return make_quote(price_list=cast.price_list, service=cast.regular, postcode="21299")


def when_of(quote: Quote) -> str:
    return f"/book/{quote.code}/when"


def green_choice(visitor: Client, quote: Quote) -> str:
    """What the form of the first green time sends back."""
    found = CHOICE.search(visitor.get(when_of(quote), DAY).content.decode())
    assert found
    return found[1]


def test_a_green_time_shows_what_it_costs(visitor: Client, quote: Quote) -> None:
    page = visitor.get(when_of(quote), DAY).content.decode()

    less = quote.total_cents - (quote.total_cents * 10 + 50) // 100
    assert f"· ${less / 100:,.2f}" in page
    assert "The first clean costs 10 % less then." in page


def test_choosing_it_books_at_that_price_with_its_working(visitor: Client, quote: Quote) -> None:
    visitor.post(when_of(quote), {"start": green_choice(visitor, quote)})
    DispatchSetting.objects.update(green_discount_percent=0)
    start = Hold.objects.get().during.lower

    page = visitor.get(f"/book/{quote.code}/you").content.decode()
    visitor.post(f"/book/{quote.code}/you", {**TYPED, "start": start.isoformat()})

    visit = Visit.objects.get(booking__quote=quote)
    assert "Green time, when we are nearby" in page
    assert visit.price_cents == quote.total_cents - (quote.total_cents * 10 + 50) // 100
    assert [line["label"] for line in visit.working][-1] == "green"
    assert sum(line["amount_cents"] for line in visit.working) == visit.price_cents


def test_another_time_costs_what_it_always_did(visitor: Client, quote: Quote) -> None:
    visitor.post(when_of(quote), {"start": green_choice(visitor, quote)})
    visitor.post(when_of(quote), {"start": at("09:00", on=TOMORROW).isoformat()})

    quote.refresh_from_db()
    assert quote.green is None
    assert quote.price_at(at("09:00", on=TOMORROW)) == quote.total_cents


@pytest.mark.parametrize("said", ["~99.nonsense", "~", "~10.", "~x.y", "~-5.abc", "~10.ä"])
def test_nobody_gives_themselves_a_discount(visitor: Client, quote: Quote, said: str) -> None:
    start = at("09:00", on=TOMORROW)

    visitor.post(when_of(quote), {"start": f"{start.isoformat()}{said}"})

    quote.refresh_from_db()
    assert Hold.objects.get().during.lower == start
    assert quote.price_at(start) == quote.total_cents


def test_a_promise_counts_for_its_own_time_and_quote_only(cast: Cast, visitor: Client, quote: Quote) -> None:
    _green, _sign, promise = green_choice(visitor, quote).partition("~")
    other = make_quote(price_list=cast.price_list, service=cast.regular, postcode="21299")

    for wanted, start in ((quote, at("09:00", on=TOMORROW)), (other, at(_green[11:16], on=TOMORROW))):
        visitor.post(when_of(wanted), {"start": f"{start.isoformat()}~{promise}"})
        wanted.refresh_from_db()
        assert wanted.green is None


def test_a_customer_with_a_price_of_their_own_keeps_it(visitor: Client, quote: Quote) -> None:
    Quote.objects.update(agreed_cents=9000)

    page = visitor.get(when_of(quote), DAY).content.decode()

    assert not CHOICE.search(page)
    assert "less then." not in page


def test_a_branch_that_gives_no_discount_marks_and_no_more(visitor: Client, quote: Quote) -> None:
    DispatchSetting.objects.update(green_discount_percent=0)

    page = visitor.get(when_of(quote), DAY).content.decode()

    assert "Green times: we are nearby then and drive least." in page
    assert not CHOICE.search(page)

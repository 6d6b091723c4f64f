"""The price that is shown is the price of the chosen day, with everything that makes it; codes are explained."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.booking.plans.stage import TUESDAYS_AT_NINE, year_cast
from tests.cast import NOW, POSTCODE, RATES, TODAY, Cast, at

from midway.booking.actions.credits import NewCredit, issue_credit
from midway.booking.actions.hold_slot import hold_slot
from midway.booking.actions.quote_home import Wishes, quote_home
from midway.booking.models import Coupon, Credit, Hold, Quote, Visit
from midway.booking.queries import Offer
from midway.booking.rates import rates_to_json
from midway.core.actor import SYSTEM
from midway.core.pricing import Home, ServiceRate, Zone

TUESDAY, WEDNESDAY = TODAY + timedelta(days=1), TODAY + timedelta(days=2)
TYPED = {"name": "Ruth Adler", "email": "ruth@example.com", "phone": "410 555 0177", "line1": "9 Linden Avenue"}
CHOSEN = {"service": "regular", "bedrooms": "2", "bathrooms": "1", "frequency": "once", "postcode": POSTCODE}


@pytest.fixture
def dearer(cast: Cast) -> Cast:
    """Everything that makes a price dearer: a first visit, Wednesdays, holidays, travel."""
    rates = replace(
        RATES,
        services={
            **RATES.services,
            "regular": replace(RATES.services["regular"], first_visit_percent=150, half_bath_cents=1000),
            "deep": ServiceRate(base_cents=0, base_minutes=0, hour_cents=4500),
        },
        zones=(Zone("Harbour", (POSTCODE,), 700),),
        weekend_percent=120,
        weekend_days=(2,),
        holiday_percent=200,
    )
    cast.price_list.rates = rates_to_json(rates)
    cast.price_list.save()
    return cast


def quoted(cast: Cast, *, frequency: str = "once", **wishes: Any) -> Quote:
    home = Home("regular", bedrooms=2, bathrooms=1, frequency=frequency)
    offer = Offer(cast.branch, cast.regular)
    return quote_home(offer=offer, home=home, postcode=POSTCODE, now=NOW, wishes=Wishes(**wishes))


def coupon(cast: Cast, **fields: Any) -> Coupon:
    given = {"branch": cast.branch, "code": "SPRING", "percent": 10, "valid_from": TODAY, "created_at": NOW}
    return Coupon.objects.create(**{**given, **fields})


@pytest.mark.parametrize(("day", "price"), [(TUESDAY, "$122"), (WEDNESDAY, "$145")])
def test_the_times_of_a_day_stand_beside_the_price_of_that_day(
    dearer: Cast, visitor: Client, day: Any, price: str
) -> None:
    page = visitor.get(f"/book/{quoted(dearer).code}/when", {"day": day.isoformat()}).content.decode()

    assert f"A clean on this day costs {price}." in page
    assert f'<p class="total">{price}</p>' in page
    assert "The way to you" in page
    assert ("On a weekend" in page) is (day == WEDNESDAY)


def test_scripts_get_the_summary_of_the_day_with_its_times(dearer: Cast, visitor: Client) -> None:
    headers = {"hx-request": "true", "hx-target": "times"}
    address = f"/book/{quoted(dearer).code}/when?day={WEDNESDAY}"
    fragment = visitor.get(address, headers=headers).content.decode()

    assert 'id="summary" hx-swap-oob="true"' in fragment
    assert '<p class="total">$145</p>' in fragment


def test_the_button_has_the_price_that_is_charged(dearer: Cast, visitor: Client) -> None:
    for day, price, cents in ((TUESDAY, "$122", 12200), (WEDNESDAY, "$145", 14500)):
        quote = quoted(dearer)
        start = at("10:00", on=day)
        hold_slot(quote=quote, start=start, now=NOW)
        page = visitor.get(f"/book/{quote.code}/you").content.decode()
        visitor.post(f"/book/{quote.code}/you", {**TYPED, "email": f"{day}@example.com", "start": start.isoformat()})

        assert f"Book for {price}" in page
        assert Visit.objects.get(booking__quote=quote).price_cents == cents


def test_a_series_says_what_the_first_visit_costs_and_what_the_others(
    db: None, monday_morning: None, visitor: Client
) -> None:
    cast = year_cast()
    regular = replace(RATES.services["regular"], first_visit_percent=150)
    cast.price_list.rates = rates_to_json(replace(RATES, services={**RATES.services, "regular": regular}))
    cast.price_list.save()
    quote = quoted(cast, frequency="weekly")
    hold_slot(quote=quote, start=TUESDAYS_AT_NINE, now=NOW)
    page = visitor.get(f"/book/{quote.code}/you").content.decode()

    assert "Book for $138" in page
    assert "Each visit after the first costs $92." in page
    assert "First visit, when everything takes longer" in page


def test_the_first_page_shows_what_else_a_visit_may_cost(dearer: Cast, visitor: Client) -> None:
    page = visitor.get("/", {**CHOSEN, "half_baths": "1", "frequency": "weekly"}).content.decode()

    for said in ("The first visit", "On a weekend", "On a holiday", "Half baths", "The way to you"):
        assert said in page


def test_hours_are_asked_for_where_we_sell_hours(dearer: Cast, visitor: Client) -> None:
    page = visitor.get("/", {**CHOSEN, "service": "deep", "minutes": "180", "people": "2"}).content.decode()
    answer = visitor.post("/", {**CHOSEN, "service": "deep", "minutes": "180", "people": "2"})
    quote = Quote.objects.get()

    assert '<option value="180" selected>' in page
    assert answer.status_code == 302
    assert (quote.asked_minutes, quote.people, quote.total_cents) == (180, 2, 27700)


def test_a_code_lowers_the_price_as_it_is_typed(cast: Cast, visitor: Client) -> None:
    coupon(cast)
    page = visitor.get("/", {**CHOSEN, "coupon": "spring"}).content.decode()

    assert "Code SPRING" in page
    assert "$103.50" in page


@pytest.mark.parametrize("field", ["coupon", "gift_card"])
def test_a_wrong_code_is_explained_beside_its_field_and_nothing_is_lost(
    cast: Cast, visitor: Client, field: str
) -> None:
    answer = visitor.post("/", {**CHOSEN, "bedrooms": "3", field: "WRONG"})
    page = answer.content.decode()

    assert answer.status_code == 422
    assert f'id="id_{field}-problem"' in page
    assert 'value="WRONG"' in page
    assert 'name="bedrooms" value="3"' in page
    assert not Quote.objects.exists()


def test_a_gift_card_pays_when_the_clean_is_booked(cast: Cast, visitor: Client) -> None:
    card = issue_credit(branch=cast.branch, given=NewCredit(Credit.Kind.GIFT_CARD, 5000, "Sold"), by=SYSTEM, now=NOW)
    visitor.post("/", {**CHOSEN, "gift_card": card.code.lower()})

    assert Quote.objects.get().credit == card


@pytest.mark.django_db(transaction=True)
def test_a_code_refused_at_the_end_leaves_everything_else_as_typed(cast: Cast, visitor: Client) -> None:
    used_up = coupon(cast, most_uses=1)
    quote = quoted(cast, coupon="SPRING")
    hold_slot(quote=quote, start=at("10:00", on=TUESDAY), now=NOW)
    Coupon.objects.filter(pk=used_up.pk).update(uses=1)
    typed = {**TYPED, "start": at("10:00", on=TUESDAY).isoformat()}
    answer = visitor.post(f"/book/{quote.code}/you", typed)
    page, again = answer.content.decode(), Quote.objects.exclude(pk=quote.pk).get()

    assert answer.status_code == 409
    assert "this clean costs $115 now, and nothing you typed is lost" in page
    assert 'value="Ruth Adler"' in page
    assert Hold.objects.get(state=Hold.State.OPEN).quote == again

    visitor.post(f"/book/{again.code}/you", typed)
    assert Visit.objects.get().price_cents == 11500

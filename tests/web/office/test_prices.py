"""Prices: the next version, seen before it is published."""

from dataclasses import replace
from datetime import date
from typing import Any

from django.test import Client
from django.urls import reverse
from tests.cast import RATES, TODAY, Cast

from midway.booking.models import PriceList, Service
from midway.booking.rates import rates_from_json, rates_to_json
from midway.core.price_list import AreaBand, RhythmBand, Zone
from midway.journal.models import Entry
from midway.web.office.prices_form import PricesForm


def filled_in(**instead: Any) -> dict[str, Any]:
    """The form as the page sends it when nothing was touched, but for `instead`."""
    form = PricesForm(rates=RATES, names={}, today=TODAY)
    return {name: form[name].value() for name in form.fields} | instead


def post(client: Client, **said: Any) -> Any:
    return client.post(reverse("office:publish_prices"), said)


def test_the_page_shows_what_is_in_force(cast: Cast, dan: Client) -> None:
    page = dan.get(reverse("office:prices")).content.decode()

    assert "Version 1, in force since Wednesday 1 January" in page
    assert "Regular clean" in page


def test_services_stand_in_the_order_in_which_customers_see_them(cast: Cast, olga: Client) -> None:
    Service.objects.filter(code="deep").update(position=2)
    Service.objects.filter(code="regular").update(position=1)

    shown = olga.get(reverse("office:prices")).content.decode()
    previewed = post(olga, **filled_in(), preview="1").content.decode().partition('id="examples"')[2]

    for page in (shown.partition("<tbody>")[2], previewed.partition("<tbody>")[2]):
        assert 0 < page.index("Regular clean") < page.index("Deep clean")


def test_the_change_is_seen_on_example_homes_before_it_is_published(cast: Cast, olga: Client) -> None:
    answer = post(olga, **filled_in(**{"regular-base_cents": "60.00"}), preview="1")

    page = answer.content.decode()
    assert "What the change does" in page
    assert "$115" in page
    assert "$125" in page
    assert "+$10" in page
    assert PriceList.objects.count() == 1


def test_publishing_makes_the_next_version_and_leaves_the_old(cast: Cast, olga: Client) -> None:
    changed = {"regular-base_cents": "60.50", "percent-weekly": "25", "effective_on": "2026-04-01"}

    answer = post(olga, **filled_in(**changed), publish="1")

    newest = PriceList.objects.order_by("-version")[0]
    rates = rates_from_json(newest.rates)
    assert answer.status_code == 302
    assert (newest.version, newest.effective_on) == (2, date(2026, 4, 1))
    assert rates.services["regular"] == replace(RATES.services["regular"], base_cents=6050)
    assert rates.frequency_percent["weekly"] == 25
    assert rates_from_json(PriceList.objects.get(version=1).rates) == RATES
    assert Entry.objects.get(event="booking.price_list.published").actor_label == "Olga"


def test_untouched_the_form_says_the_same_rates(cast: Cast, olga: Client) -> None:
    post(olga, **filled_in(), publish="1")

    assert rates_from_json(PriceList.objects.get(version=2).rates) == RATES


def test_an_extra_is_added_and_another_taken_away(cast: Cast, olga: Client) -> None:
    changed = {"extra0-name": "", "extra2-name": "Balcony", "extra2-amount_cents": "12.00", "extra2-minutes": "20"}

    post(olga, **filled_in(**changed), publish="1")

    extras = rates_from_json(PriceList.objects.get(version=2).rates).extras
    assert [(extra.code, extra.name, extra.amount_cents) for extra in extras] == [
        ("fridge", "Inside the fridge", 3000),
        ("balcony", "Balcony", 1200),
    ]


def test_a_day_gone_by_and_figures_that_cannot_be_are_refused(cast: Cast, olga: Client) -> None:
    wrong = [{"effective_on": "2026-03-01"}, {"regular-base_cents": "-5"}, {"regular-team_size": "0"}]
    answers = [post(olga, **filled_in(**one), publish="1") for one in wrong]

    assert [answer.status_code for answer in answers] == [422, 422, 422]
    assert "This day has gone by" in answers[0].content.decode()
    assert PriceList.objects.count() == 1


def test_a_service_is_taken_off_and_put_back(cast: Cast, olga: Client) -> None:
    address = reverse("office:offering", args=["deep"])

    olga.post(address, {"offered": "0"})
    assert not Service.objects.get(code="deep").is_offered
    olga.post(address, {"offered": "1"})
    assert Service.objects.get(code="deep").is_offered
    assert olga.post(reverse("office:offering", args=["no-such"])).status_code == 404


def test_every_figure_of_a_price_list_can_be_changed(cast: Cast, olga: Client) -> None:
    changed = {
        "regular-half_bath_cents": "9.50",
        "regular-half_bath_minutes": "10",
        "regular-first_visit_percent": "150",
        "deep-hour_cents": "45",
        "weekend_percent": "115",
        "weekend_days": ["5"],
        "holiday_percent": "200",
        "round_to_cents": "100",
        "tax-service": "8.875",
        "zone0-name": "Harbour",
        "zone0-postcodes": "212, 21230",
        "zone0-surcharge_cents": "7",
        "coupon_below_minimum": "on",
    }
    post(olga, **filled_in(**changed), publish="1")

    rates = rates_from_json(PriceList.objects.get(version=2).rates)
    regular = rates.services["regular"]
    assert (regular.half_bath_cents, regular.half_bath_minutes, regular.first_visit_percent) == (950, 10, 150)
    assert rates.services["deep"].hour_cents == 4500
    assert (rates.weekend_percent, rates.weekend_days, rates.holiday_percent) == (115, (5,), 200)
    assert (rates.round_to_cents, rates.tax_rates, rates.coupon_below_minimum) == (100, {"service": 8875}, True)
    assert rates.zones == (Zone("Harbour", ("212", "21230"), 700),)


def test_prices_by_size_and_rhythm_keep_their_rows(cast: Cast, olga: Client) -> None:
    office = replace(RATES.services["deep"], rhythm_bands=(RhythmBand(5000, {"weekly": 9000}, 60),))
    rates = replace(RATES, services={**RATES.services, "deep": office}, zones=(Zone("Hills", ("213",), 500),))
    PriceList.objects.update(rates=rates_to_json(rates))
    form = PricesForm(rates=rates, names={}, today=TODAY)
    same = {name: form[name].value() for name in form.fields}

    post(olga, **{**same, "deep-rhythm0-weekly": "95"}, publish="1")

    changed = rates_from_json(PriceList.objects.get(version=2).rates)
    assert changed.services["deep"].rhythm_bands == (RhythmBand(5000, {"weekly": 9500}, 60),)
    assert replace(changed, services=rates.services) == rates


def regular_bands(*, version: int = 2) -> tuple[AreaBand, ...]:
    rates = rates_from_json(PriceList.objects.get(version=version).rates)
    return tuple(rates.services["regular"].area_bands)


def test_steps_by_size_are_added_changed_and_removed(cast: Cast, olga: Client) -> None:
    small, middle, large = RATES.services["regular"].area_bands
    changed = {
        "regular-band0-up_to": "",
        "regular-band1-minutes": "35",
        "regular-band3-up_to": "6000",
        "regular-band3-amount_cents": "120.50",
        "regular-band3-minutes": "100",
        "regular-band4-up_to": "3000",
    }
    page = olga.get(reverse("office:prices")).content.decode()
    assert "3 steps by size" in page
    assert "Add steps by size" in page

    post(olga, **filled_in(**changed), publish="1")

    assert small not in regular_bands()
    added = [AreaBand(3000, 0, 0), large, AreaBand(6000, 12050, 100)]
    assert regular_bands() == (replace(middle, minutes=35), *added)


def test_a_service_is_given_its_first_steps_by_size_and_rhythm(cast: Cast, olga: Client) -> None:
    changed = {"deep-rhythm0-up_to": "2000", "deep-rhythm0-weekly": "80", "deep-rhythm0-minutes": "90"}
    post(olga, **filled_in(**changed), publish="1")

    deep = rates_from_json(PriceList.objects.get(version=2).rates).services["deep"]
    assert deep.rhythm_bands == (RhythmBand(2000, {"weekly": 8000}, 90),)


def test_two_steps_up_to_the_same_size_are_refused(cast: Cast, olga: Client) -> None:
    answer = post(olga, **filled_in(**{"regular-band3-up_to": "2000"}), publish="1")

    assert answer.status_code == 422
    assert "There is a step up to this size already." in answer.content.decode()
    assert PriceList.objects.count() == 1

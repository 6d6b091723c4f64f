"""What a visit costs, by hand."""

from django.test import Client
from django.urls import reverse
from tests.cast import NOW, Cast
from tests.web.office.conftest import MakeVisit

from midway.booking.models import Charge, Visit
from midway.journal.models import Entry


def test_another_price_needs_a_reason_that_is_kept(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised(cleaners=(cast.ana,))
    address = reverse("office:visit_price", args=[visit.code])
    refused = dan.post(address, {"price": "99.50", "reason": " "})
    dan.post(address, {"price": "99.50", "reason": "Agreed on the telephone"})

    assert refused.status_code == 422
    assert "Say why the price changes" in refused.content.decode()
    assert Visit.objects.get().price_cents == 9950
    entry = Entry.objects.get(event="booking.visit.repriced")
    assert (entry.facts["reason"], entry.actor_label) == ("Agreed on the telephone", "Dan")


def test_nobody_let_us_in_costs_what_the_page_says(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("09:00", cleaners=(cast.ana,))
    page = dan.get(reverse("office:visit", args=[visit.code])).content.decode()
    dan.post(reverse("office:lock_out", args=[visit.code]), {"reason": "Rang for ten minutes"})

    assert "Costs the customer $115" in page
    assert Visit.objects.get().state == "locked_out"
    assert Charge.objects.get().amount_cents == 11500


def test_a_fee_is_let_go_with_a_reason_only(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    address = reverse("office:lock_out", args=[promised("09:00", cleaners=(cast.ana,)).code])
    refused = dan.post(address, {"reason": "", "waive": "on"})
    dan.post(address, {"reason": "Our own key was lost", "waive": "on"})

    assert refused.status_code == 422
    assert (Charge.objects.get().amount_cents, Charge.objects.get().waived_reason) == (0, "Our own key was lost")


def test_a_fee_that_comes_on_top_of_the_price_is_told_with_what_is_left(
    cast: Cast, dan: Client, promised: MakeVisit
) -> None:
    visit = promised(cleaners=(cast.ana,))
    kind, price = Charge.Kind.SKIP, visit.price_cents
    Charge.objects.create(
        visit=visit, kind=kind, amount_cents=1500, price_cents=price, currency="USD", decision={}, at=NOW
    )
    page = dan.get(reverse("office:visit", args=[visit.code])).content.decode()
    for name, amount in (("Fee", "$15"), ("Left to pay", "$130")):
        assert f'<tr><th scope="row">{name}</th><td class="number">{amount}</td></tr>' in page


def test_before_it_begins_nobody_can_be_locked_out(cast: Cast, dan: Client, promised: MakeVisit) -> None:
    visit = promised("13:00", cleaners=(cast.ana,))
    page = dan.get(reverse("office:visit", args=[visit.code])).content.decode()
    answer = dan.post(reverse("office:lock_out", args=[visit.code]), {"reason": "Early"})

    assert "lock-out-reason" not in page
    assert answer.status_code == 409
    assert Visit.objects.get().state == "scheduled"


def test_cleaners_and_customers_change_no_price(outsiders: list[Client], promised: MakeVisit) -> None:
    address = reverse("office:visit_price", args=[promised().code])
    assert [client.post(address, {"price": "1", "reason": "x"}).status_code for client in outsiders] == [403, 403]

"""Coupons, gift cards and friends in the office: seen with what is left and what they cost, made and ended."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.booking.test_redeem import booked, make_coupon, quoted
from tests.cast import TODAY, Cast

from midway.booking.codes import referral_terms
from midway.booking.models import Coupon, Credit
from midway.journal.models import Entry

COUPON = {"code": "spring26", "percent": "10", "valid_from": TODAY.isoformat(), "most_uses": "5", "reason": "The fair"}


def page(client: Client) -> str:
    return client.get(reverse("office:codes")).content.decode()


def test_a_coupon_is_made_and_seen_with_its_uses(cast: Cast, olga: Client) -> None:
    olga.post(reverse("office:new_coupon"), COUPON)
    booked(quoted(cast, coupon="SPRING26"))
    text = page(olga)
    for said in ("SPRING26", "10 % off", "<dd>1</dd>", "<dd>4</dd>", "$11.50", "The fair", "Counts"):
        assert said in text


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"percent": ""}, "Say either how many percent or which amount."),
        ({"amount": "5"}, "Say either how many percent or which amount."),
        ({"code": "no spaces"}, "Three to 24 letters and digits"),
        ({"reason": ""}, "Say why; it is kept."),
        ({"valid_to": "2026-01-01"}, "It can only end after it has begun."),
    ],
)
def test_what_cannot_be_is_said_and_stays_typed(olga: Client, changed: dict[str, Any], problem: str) -> None:
    answer = olga.post(reverse("office:new_coupon"), COUPON | changed)
    assert answer.status_code == 422
    assert problem in answer.content.decode()
    assert not Coupon.objects.exists()


def test_the_same_code_twice_is_refused(cast: Cast, olga: Client) -> None:
    make_coupon(cast, code="SPRING26")
    assert olga.post(reverse("office:new_coupon"), COUPON).status_code == 409


def test_it_ends_with_a_reason(cast: Cast, olga: Client) -> None:
    make_coupon(cast)
    address = reverse("office:coupon_ending", args=["HELLO"])
    assert olga.post(address, {"reason": ""}).status_code == 422
    olga.post(address, {"reason": "Printed wrong"})
    assert not Coupon.objects.get().active
    assert Entry.objects.get(event="booking.coupon.ended").facts["reason"] == "Printed wrong"
    assert "Does not count" in page(olga)


def test_a_gift_card_shows_its_code_once_and_its_end_afterwards(cast: Cast, olga: Client) -> None:
    said = {"amount": "50", "reason": "Sold to Mr Gray"}
    answer = olga.post(reverse("office:new_gift_card"), said, follow=True).content.decode()
    card = Credit.objects.get()
    assert (card.balance_cents, card.code in answer) == (5000, True)
    assert card.code not in page(olga)
    assert f"•••• {card.code[-4:]}" in page(olga)


def test_what_bringing_somebody_is_worth(cast: Cast, olga: Client) -> None:
    olga.post(reverse("office:referral_terms"), {"referrer": "25", "newcomer": "15", "valid_days": "90"})
    terms = referral_terms(cast.branch)
    assert terms is not None
    assert (terms.referrer_cents, terms.newcomer_cents, terms.valid_days) == (2500, 1500, 90)
    assert "Whoever brings somebody gets $25" in page(olga)
    olga.post(reverse("office:referral_terms"), {"referrer": "0", "newcomer": "0", "valid_days": ""})
    assert referral_terms(cast.branch) is None


def test_dispatchers_look_and_support_sees_no_money(cast: Cast, dan: Client, sue: Client) -> None:
    make_coupon(cast)
    for client in (dan, sue):
        assert "HELLO" in page(client)
        deeds = ("new_coupon", "new_gift_card", "referral_terms")
        assert {client.post(reverse(f"office:{deed}"), {}).status_code for deed in deeds} == {403}
    assert "Cost us so far" in page(dan)
    assert "Cost us so far" not in page(sue)


def test_outsiders_see_nothing(outsiders: list[Client]) -> None:
    assert [client.get(reverse("office:codes")).status_code for client in outsiders] == [403, 403]

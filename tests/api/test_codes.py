"""Codes in the API: what lowers or pays a price, and whose code brought the customer."""

from typing import Any

import pytest
from tests.api.conftest import Answer, Program
from tests.api.test_bookings import order
from tests.cast import NOW, POSTCODE, Cast, by_user

from midway.booking.actions.credits import NewCredit, adjust_credit, issue_credit
from midway.booking.actions.reward_referrals import set_referral_terms
from midway.booking.models import Credit, Quote, Referral
from midway.core.actor import SYSTEM
from midway.customers.codes import give_referral_code

HOME = {"service": "regular", "bedrooms": 2, "bathrooms": 1, "square_feet": 900, "postcode": POSTCODE}


def friend_of(cast: Cast) -> str:
    set_referral_terms(
        branch=cast.branch, referrer_cents=2500, newcomer_cents=1500, valid_days=90, by=by_user(cast.olga), now=NOW
    )
    return give_referral_code(customer=cast.dora, by=SYSTEM, now=NOW)


def quoted(program: Program, **codes: str) -> Quote:
    answer = program.post("quotes", {**HOME, **codes})
    assert answer.status == 200, answer.body
    return Quote.objects.get(code=answer.body["code"])


def booked(program: Program, quote: Quote, **changes: Any) -> Answer:
    return program.post("bookings", order(quote, **changes))


def test_a_friends_code_is_kept_with_the_booking(cast: Cast, program: Program) -> None:
    quote = quoted(program, friend=friend_of(cast).lower())
    assert booked(program, quote).status == 201
    kept = Referral.objects.get()
    assert (kept.referrer, kept.booking.quote) == (cast.dora, quote)


def test_a_code_nobody_has_is_named(cast: Cast, program: Program) -> None:
    friend_of(cast)
    answer = program.post("quotes", {**HOME, "friend": "ABCD-EFGH"})
    assert answer.status == 422
    assert [e["field"] for e in answer.body["errors"]] == ["friend"]


def test_somebody_who_was_here_before_is_refused_beside_the_field(cast: Cast, program: Program) -> None:
    quote = quoted(program, friend=friend_of(cast))
    dora = {"name": "Dora", "email": cast.dora.email, "phone": "410-555-0101"}
    answer = booked(program, quote, customer=dora)
    assert (answer.status, [e["field"] for e in answer.body["errors"]]) == (409, ["friend"])


@pytest.mark.parametrize("key", [{}, {"Idempotency-Key": "one"}])
def test_a_gift_card_that_was_emptied_meanwhile_is_refused(cast: Cast, program: Program, key: dict[str, str]) -> None:
    given = NewCredit(Credit.Kind.GIFT_CARD, 5000, "Sold")
    card = issue_credit(branch=cast.branch, given=given, by=SYSTEM, now=NOW)
    quote = quoted(program, gift_card=card.code)
    adjust_credit(credit=card, amount_cents=-5000, reason="Paid out", by=SYSTEM, now=NOW)
    answer = program.post("bookings", order(quote), **key)
    assert (answer.status, [e["field"] for e in answer.body["errors"]]) == (409, ["gift_card"])

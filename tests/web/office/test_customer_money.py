"""A customer's credit and own prices in the office: seen with every entry, given, taken, agreed and ended."""

from django.test import Client
from django.urls import reverse
from tests.booking.test_redeem import quoted
from tests.cast import TODAY, Cast

from midway.booking.models import AgreedPrice, Credit, CreditEntry
from midway.journal.models import Entry


def address(cast: Cast, name: str = "customer_money", *more: object) -> str:
    return reverse(f"office:{name}", args=[cast.dora.code, *more])


def give(cast: Cast, olga: Client, amount: str = "20") -> CreditEntry:
    olga.post(address(cast, "credit_giving"), {"amount": amount, "reason": "A broken vase"})
    return CreditEntry.objects.latest("id")


def test_given_it_stands_with_its_entry_and_in_the_history(cast: Cast, olga: Client) -> None:
    give(cast, olga)
    page = olga.get(address(cast)).content.decode()
    for said in ("$20", "A broken vase", "Given by us", "Olga"):
        assert said in page
    assert "$20" in olga.get(reverse("office:customer", args=[cast.dora.code])).content.decode()
    assert Entry.objects.get(event="booking.credit.issued").subject == cast.dora.code


def test_taken_out_as_far_as_it_is_there(cast: Cast, olga: Client) -> None:
    entry = give(cast, olga)
    where = address(cast, "credit_adjusting", entry.code)
    assert olga.post(where, {"amount": "25", "way": "out", "reason": "Mistake"}).status_code == 409
    assert olga.post(where, {"amount": "5", "way": "out", "reason": ""}).status_code == 422
    olga.post(where, {"amount": "5", "way": "out", "reason": "Mistake"})
    olga.post(where, {"amount": "1", "way": "in", "reason": "Too much taken"})
    assert [e.balance_cents for e in Credit.objects.get().entries.all()] == [2000, 1500, 1600]


def test_a_price_is_agreed_counts_for_quotes_and_ends(cast: Cast, olga: Client) -> None:
    said = {
        "service": "regular", "premises": str(cast.flat.code), "price": "80", "starts_on": TODAY.isoformat(),
        "reason": "Ten years with us",
    }  # fmt: skip
    olga.post(address(cast, "own_price"), said)
    agreed = AgreedPrice.objects.get()
    assert (agreed.price_cents, agreed.premises) == (8000, cast.flat)
    assert quoted(cast, customer=cast.dora).total_cents == 8000
    assert olga.post(address(cast, "own_price"), said).status_code == 409
    page = olga.get(address(cast)).content.decode()
    assert "Ten years with us" in page
    ending = address(cast, "own_price_ending", agreed.code)
    assert olga.post(ending, {"last_on": TODAY.isoformat(), "reason": ""}).status_code == 422
    olga.post(ending, {"last_on": TODAY.isoformat(), "reason": "Moved"})
    agreed.refresh_from_db()
    assert agreed.ends_on == TODAY


def test_dispatchers_see_it_and_change_nothing_support_sees_nothing(cast: Cast, dan: Client, sue: Client) -> None:
    assert dan.get(address(cast)).status_code == 200
    assert {dan.post(address(cast, deed), {}).status_code for deed in ("credit_giving", "own_price")} == {403}
    assert sue.get(address(cast)).status_code == 403


def test_another_customers_entry_is_not_found(cast: Cast, olga: Client) -> None:
    where = address(cast, "credit_adjusting", cast.flat.code)
    assert olga.post(where, {"amount": "1", "way": "in", "reason": "x"}).status_code == 404

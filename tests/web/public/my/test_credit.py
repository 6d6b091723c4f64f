"""What the customer has with us: seen, shared and added to."""

from django.test import Client
from tests.booking.test_redeem import gift_card
from tests.cast import NOW, Cast, by_user

from midway.booking.actions.credits import NewCredit, issue_credit
from midway.booking.actions.reward_referrals import set_referral_terms
from midway.booking.models import Credit, Visit
from midway.customers.models import Customer


def read(client: Client, address: str = "/my/credit/") -> str:
    return client.get(address).content.decode()


def give(cast: Cast, cents: int = 2000) -> None:
    given = NewCredit(Credit.Kind.GOODWILL, cents, "Sorry for the late start", customer=cast.dora)
    issue_credit(branch=cast.branch, given=given, by=by_user(cast.olga), now=NOW)


def test_without_any_it_says_so_and_offers_no_code(cast: Cast, dora: Client) -> None:
    page = read(dora)
    assert "Nothing to spend yet" in page
    assert "Bring a friend" not in page


def test_the_balance_its_movements_and_what_they_pay(cast: Cast, dora: Client, friday: Visit) -> None:
    give(cast)
    page = read(dora)
    assert "$20" in page
    assert "Sorry for the late start" in page
    visit = read(dora, f"/my/visits/{friday.code}")
    assert "Credit, when we have been there" in visit
    assert "$95" in visit


def test_a_gift_card_is_added_once(cast: Cast, dora: Client) -> None:
    card = gift_card(cast, 5000)
    answer = dora.post("/my/credit/gift-card", {"gift_card": card.code.lower()}, follow=True)
    assert "$50" in answer.content.decode()
    card.refresh_from_db()
    assert card.customer == cast.dora


def test_a_wrong_code_is_said_beside_the_field_and_stays(dora: Client) -> None:
    answer = dora.post("/my/credit/gift-card", {"gift_card": "NOPE-1"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "We do not know this gift card" in page
    assert 'value="NOPE-1"' in page


def test_a_code_to_share_with_its_address(cast: Cast, dora: Client) -> None:
    set_referral_terms(
        branch=cast.branch, referrer_cents=2500, newcomer_cents=1500, valid_days=None, by=by_user(cast.olga), now=NOW
    )
    assert "you get $25 and they get $15" in read(dora)
    dora.post("/my/credit/code")
    code = Customer.objects.get(pk=cast.dora.pk).referral_code
    assert code
    assert f"/?friend={code}" in read(dora)
    page = read(Client(headers={"accept-language": "en"}), f"/?friend={code}")
    assert "$15 credit for your next visit" in page
    assert f'value="{code}"' in page


def test_another_customers_credit_is_not_shown(cast: Cast, evas: Visit, dora: Client) -> None:
    given = NewCredit(Credit.Kind.GOODWILL, 7700, "For Eva", customer=evas.customer)
    issue_credit(branch=cast.branch, given=given, by=by_user(cast.olga), now=NOW)
    assert "For Eva" not in read(dora)

"""Credit pays by itself once something is due, as far as it goes, once; and shows in the working before."""

from datetime import timedelta

import pytest
from tests.booking.deeds import CUSTOMER, visit_at
from tests.booking.test_redeem import FRIDAY_AT_TEN, booked, gift_card, quoted
from tests.cast import NOW, TODAY, Cast, by_user, make_cast

from midway.booking.actions import cancel_visit, override_price
from midway.booking.actions.claim_gift_card import claim_gift_card
from midway.booking.actions.credits import NewCredit, issue_credit
from midway.booking.actions.spend_credits import spend_credits
from midway.booking.models import Credit, CreditEntry, Visit
from midway.booking.payments import balance_of_customer, payments_of
from midway.core.pricing import PriceError
from midway.core.visit_states import VisitState

pytestmark = pytest.mark.django_db
AFTER = FRIDAY_AT_TEN + timedelta(days=3)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def give(cast: Cast, cents: int, **fields: object) -> Credit:
    given = NewCredit(Credit.Kind.GOODWILL, cents, "Sorry", customer=cast.dora, **fields)  # type: ignore[arg-type]
    return issue_credit(branch=cast.branch, given=given, by=by_user(cast.olga), now=NOW)


def paid(visit: Visit) -> list[int]:
    return list(visit.credit_entries.order_by("id").values_list("amount_cents", flat=True))


def test_a_done_visit_is_paid_once_however_often_it_is_run(cast: Cast) -> None:
    give(cast, 3000)
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana, state=VisitState.DONE)
    assert [spend_credits(now=AFTER) for _ in range(3)] == [3000, 0, 0]
    assert paid(visit) == [-3000]
    assert balance_of_customer(cast.dora.pk, now=AFTER) == []
    assert payments_of(visit, now=AFTER).left_cents == 7000


def test_what_ends_first_is_spent_first_and_the_rest_stays(cast: Cast) -> None:
    for_good = give(cast, 9000)
    ending = give(cast, 4000, valid_to=TODAY + timedelta(days=30))
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana, state=VisitState.DONE)
    spend_credits(now=AFTER)
    assert paid(visit) == [-4000, -6000]
    assert (ending.balance_cents, for_good.balance_cents) == (0, 3000)


def test_credit_is_for_the_next_charge_not_the_last(cast: Cast) -> None:
    before = visit_at(cast, NOW - timedelta(days=4), cast.ana, state=VisitState.DONE)
    give(cast, 3000)
    assert spend_credits(now=NOW) == 0
    assert paid(before) == []


@pytest.mark.parametrize("state", [VisitState.CANCELLED, VisitState.SKIPPED, VisitState.LOCKED_OUT])
def test_what_did_not_take_place_is_not_paid(cast: Cast, state: VisitState) -> None:
    give(cast, 3000)
    visit_at(cast, FRIDAY_AT_TEN, state=state)
    assert spend_credits(now=AFTER) == 0


def test_what_has_run_out_pays_nothing(cast: Cast) -> None:
    give(cast, 3000, valid_to=TODAY)
    visit_at(cast, FRIDAY_AT_TEN, cast.ana, state=VisitState.DONE)
    assert spend_credits(now=AFTER) == 0


def test_a_fee_is_paid_when_it_can_be_undone_no_more(cast: Cast) -> None:
    give(cast, 9000)
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    late = FRIDAY_AT_TEN - timedelta(hours=2)
    cancel_visit(visit=visit.code, reason="", by=CUSTOMER, now=late)
    assert spend_credits(now=late + timedelta(hours=23)) == 0
    assert spend_credits(now=late + timedelta(hours=25)) == 5000
    assert balance_of_customer(cast.dora.pk, now=AFTER) == [("USD", 4000)]


def test_the_next_visit_shows_what_credit_will_pay_and_no_other_does(cast: Cast) -> None:
    give(cast, 3000)
    first = visit_at(cast, FRIDAY_AT_TEN, cast.ana)
    second = visit_at(cast, FRIDAY_AT_TEN + timedelta(days=7), cast.ana)
    shown = payments_of(first, now=NOW)
    assert [(line.amount_cents, line.is_to_come) for line in shown.lines] == [(3000, True)]
    assert shown.left_cents == 7000
    assert (payments_of(second, now=NOW).lines, payments_of(second, now=NOW).left_cents) == ([], 10_000)
    assert not CreditEntry.objects.filter(amount_cents__lt=0).exists()


def test_a_gift_card_added_to_ones_credit_pays_by_itself_and_for_nobody_else(cast: Cast) -> None:
    card = gift_card(cast, 4000)
    claim_gift_card(code=card.code.lower(), branch=cast.branch, customer=cast.dora, by=CUSTOMER, now=NOW)
    assert balance_of_customer(cast.dora.pk, now=NOW) == [("USD", 4000)]
    with pytest.raises(PriceError, match="kept with a customer"):
        quoted(cast, gift_card=card.code)
    visit = visit_at(cast, FRIDAY_AT_TEN, cast.ana, state=VisitState.DONE)
    assert spend_credits(now=AFTER) == 4000
    assert paid(visit) == [-4000]


def test_less_on_the_card_than_was_shown_is_said(cast: Cast) -> None:
    from midway.booking.actions.redeem import GiftCardRefused

    card = gift_card(cast, 5000)
    one, other = quoted(cast, gift_card=card.code), quoted(cast, gift_card=card.code)
    booked(one)
    with pytest.raises(GiftCardRefused):
        booked(other)


def test_a_prepaid_visit_that_becomes_cheaper_gives_the_rest_back(cast: Cast) -> None:
    card = gift_card(cast, 20_000)
    visit = booked(quoted(cast, gift_card=card.code))
    override_price(visit=visit.code, price_cents=9000, reason="Small today", by=by_user(cast.olga), now=NOW)
    assert card.balance_cents == 11_000
    assert payments_of(Visit.objects.get(pk=visit.pk), now=NOW).left_cents == 0

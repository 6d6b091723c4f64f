"""Whoever brings somebody and whoever comes get their credit once the newcomer's first visit is done, and once only."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from tests.booking.deeds import CUSTOMER, order
from tests.booking.test_redeem import FRIDAY_AT_TEN, booked, quoted
from tests.cast import NOW, Cast, by_user, make_cast

from midway.booking.actions import book_as_quoted
from midway.booking.actions.credits import NewCredit, issue_credit
from midway.booking.actions.redeem import FriendRefused
from midway.booking.actions.reward_referrals import reward_referrals, set_referral_terms
from midway.booking.code_lists import referral_figures
from midway.booking.models import Credit, Referral, ReferralTerms, Visit
from midway.booking.payments import balance_of_customer
from midway.core.actor import VISITOR
from midway.core.pricing import PriceError
from midway.core.visit_states import VisitState
from midway.customers.codes import give_referral_code
from midway.customers.models import Customer

pytestmark = pytest.mark.django_db
AFTER = FRIDAY_AT_TEN + timedelta(days=2)


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    terms(cast)
    return cast


def terms(cast: Cast, referrer: int = 2500, newcomer: int = 1500) -> ReferralTerms:
    return set_referral_terms(
        branch=cast.branch, referrer_cents=referrer, newcomer_cents=newcomer, valid_days=90,
        by=by_user(cast.olga), now=NOW,
    )  # fmt: skip


def code_of(cast: Cast) -> str:
    return give_referral_code(customer=cast.dora, by=VISITOR, now=NOW)


def brought(cast: Cast) -> Visit:
    return booked(quoted(cast, friend=code_of(cast)))


def test_a_customer_has_one_code(cast: Cast) -> None:
    assert code_of(cast) == code_of(cast) == Customer.objects.get(pk=cast.dora.pk).referral_code != ""


def test_both_are_rewarded_once_after_the_first_visit(cast: Cast) -> None:
    visit = brought(cast)
    assert reward_referrals(now=NOW) == 0
    visit.state = VisitState.DONE
    visit.save()
    assert [reward_referrals(now=AFTER) for _ in range(2)] == [1, 0]
    assert balance_of_customer(cast.dora.pk, now=AFTER) == [("USD", 2500)]
    assert balance_of_customer(visit.customer_id, now=AFTER) == [("USD", 1500)]
    assert {credit.valid_to for credit in Credit.objects.all()} == {(AFTER + timedelta(days=90)).date()}
    figures = referral_figures(cast.branch)
    assert (figures.brought, figures.rewarded, figures.given_cents) == (1, 1, 4000)


def test_a_visit_nobody_reported_counts_a_day_later_and_one_called_off_never(cast: Cast) -> None:
    visit = brought(cast)
    Visit.objects.filter(pk=visit.pk).update(state=VisitState.CANCELLED)
    assert reward_referrals(now=AFTER) == 0
    Visit.objects.filter(pk=visit.pk).update(state=VisitState.SCHEDULED)
    assert reward_referrals(now=visit.ends_at + timedelta(hours=23)) == 0
    assert reward_referrals(now=visit.ends_at + timedelta(hours=24)) == 1


def test_what_was_promised_when_they_came_is_given(cast: Cast) -> None:
    visit = brought(cast)
    terms(cast, 0, 0)
    Visit.objects.filter(pk=visit.pk).update(state=VisitState.DONE)
    reward_referrals(now=AFTER)
    assert balance_of_customer(cast.dora.pk, now=AFTER) == [("USD", 2500)]
    with pytest.raises(PriceError):
        quoted(cast, friend=code_of(cast))


def test_it_is_for_people_who_were_not_here_before(cast: Cast) -> None:
    brought(cast)
    with pytest.raises(FriendRefused), transaction.atomic():
        booked(quoted(cast, friend=code_of(cast)))
    assert Referral.objects.count() == 1


def test_nobody_brings_themselves(cast: Cast) -> None:
    with pytest.raises(PriceError, match="your own code"):
        quoted(cast, friend=code_of(cast), customer=cast.dora)
    quote = quoted(cast, friend=code_of(cast))
    contact = type(order(quote, FRIDAY_AT_TEN).contact)("Dora", cast.dora.email, "410-555-0101")
    with pytest.raises(FriendRefused), transaction.atomic():
        book_as_quoted(order=order(quote, FRIDAY_AT_TEN, contact=contact), by=CUSTOMER, now=NOW)
    assert not Visit.objects.exists()


@pytest.mark.parametrize("code", ["ABCD-EFGH", "''"])
def test_an_unknown_code_is_said(cast: Cast, code: str) -> None:
    with pytest.raises(PriceError) as refusal:
        quoted(cast, friend=code)
    assert refusal.value.field == "friend"


def test_a_second_reward_is_refused_by_the_database(cast: Cast) -> None:
    referral = Referral.objects.get(booking=brought(cast).booking)
    given = NewCredit(Credit.Kind.REFERRAL, 2500, "x", customer=cast.dora, referral=referral)
    issue_credit(branch=cast.branch, given=given, by=by_user(cast.olga), now=NOW)
    with pytest.raises(IntegrityError, match="one_reward_per_referral_and_customer"), transaction.atomic():
        issue_credit(branch=cast.branch, given=given, by=by_user(cast.olga), now=NOW)

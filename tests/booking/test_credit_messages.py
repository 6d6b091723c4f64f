"""Credit that was given or earned is told, once, in the customer's language."""

import pytest
from tests.booking.deeds import told
from tests.booking.test_redeem import gift_card
from tests.booking.test_referrals import AFTER, brought, terms
from tests.cast import NOW, Cast, by_user, make_cast

from midway.booking.actions import ReasonMissing
from midway.booking.actions.credits import NewCredit, adjust_credit, issue_credit
from midway.booking.actions.reward_referrals import reward_referrals
from midway.booking.models import Credit, Visit
from midway.core.visit_states import VisitState
from midway.messaging.texts import words_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def give(cast: Cast, cents: int = 2000, reason: str = "Sorry for the vase") -> Credit:
    given = NewCredit(Credit.Kind.GOODWILL, cents, reason, customer=cast.dora)
    return issue_credit(branch=cast.branch, given=given, by=by_user(cast.olga), now=NOW)


def test_whoever_is_given_credit_hears_of_it(cast: Cast) -> None:
    give(cast)
    [message] = told("credit_given")
    said = words_of(message)
    assert message.to == cast.dora.email
    assert said.subject == "You have $20.00 with us"
    for words in ("We have given you credit of $20.00", "You have now:  $20.00", "/my/credit/"):
        assert words in said.body
    assert "vase" not in said.body
    assert "Until" not in said.body


def test_more_is_told_with_what_there_is_now_and_less_is_not(cast: Cast) -> None:
    credit = give(cast)
    for cents in (500, -1000):
        adjust_credit(credit=credit, amount_cents=cents, reason="Counted again", by=by_user(cast.olga), now=NOW)
    first, second = told("credit_given")
    assert [(m.facts["amount_cents"], m.facts["balance_cents"]) for m in (first, second)] == [(2000, 2000), (500, 2500)]


def test_nobody_hears_of_a_gift_card_or_of_what_was_refused(cast: Cast) -> None:
    gift_card(cast)
    with pytest.raises(ReasonMissing):
        give(cast, reason=" ")
    assert not told("credit_given")


def test_a_friends_code_is_thanked_for_on_both_sides_once(cast: Cast) -> None:
    terms(cast)
    cast.dora.language = "es"
    cast.dora.save()
    visit = brought(cast)
    assert not told("credit_earned")
    Visit.objects.filter(pk=visit.pk).update(state=VisitState.DONE)
    for _ in range(2):
        reward_referrals(now=AFTER)
    messages = {message.to: words_of(message) for message in told("credit_earned")}
    assert set(messages) == {cast.dora.email, "eva@example.com"}
    assert "Alguien reservó con tu código" in messages[cast.dora.email].body
    newcomer = messages["eva@example.com"]
    assert newcomer.subject == "$15.00 for you"
    assert "You came to us by a friend's code" in newcomer.body
    assert "Until:  Friday 5 June" in newcomer.body or "Until:  " in newcomer.body
